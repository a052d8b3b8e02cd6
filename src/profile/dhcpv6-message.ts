/**
 * What a DHCPv6 client says: RFC 8415 §8 (messages), §21.1 (options).
 *
 *   | type:u8 | transaction:3 | ( code:u16 length:u16 value )* |
 *
 * Not handled: relayed messages (12, 13): they are a relay's.
 */
import { u16At } from '../wire/bytes.ts';

export type Dhcpv6Option = { readonly code: number; readonly data: Uint8Array };

export type Dhcpv6Message = {
  /** `solicit`, or `type 40`. */
  readonly type: string;
  readonly transaction: number;
  /** In wire order, as far as they can be read. */
  readonly options: readonly Dhcpv6Option[];
};

const HEADER = 4;
const OPTION_HEADER = 4;
const RELAYED: ReadonlySet<number> = new Set([12, 13]);
/** RFC 8415 §7.3, by code. */
const TYPES = [
  '',
  'solicit',
  'advertise',
  'request',
  'confirm',
  'renew',
  'rebind',
  'reply',
  'release',
  'decline',
  'reconfigure',
  'information-request',
] as const;

/** Undefined for what is no message between client and server. */
export function readDhcpv6(bytes: Uint8Array): Dhcpv6Message | undefined {
  const [type = 0] = bytes;
  if (bytes.length < HEADER || type === 0 || RELAYED.has(type)) return undefined;
  return {
    type: TYPES[type] ?? `type ${type}`,
    transaction: ((bytes[1] as number) << 16) | u16At(bytes, 2),
    options: readDhcpv6Options(bytes.subarray(HEADER)),
  };
}

/** Of a message, or of an option that has options itself. */
export function readDhcpv6Options(bytes: Uint8Array): readonly Dhcpv6Option[] {
  const options: Dhcpv6Option[] = [];
  for (let at = 0; at + OPTION_HEADER <= bytes.length; ) {
    const end = at + OPTION_HEADER + u16At(bytes, at + 2);
    if (end > bytes.length) break;
    options.push({ code: u16At(bytes, at), data: bytes.slice(at + OPTION_HEADER, end) });
    at = end;
  }
  return options;
}
