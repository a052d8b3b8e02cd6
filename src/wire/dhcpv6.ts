/**
 * DHCPv6: RFC 8415 §8 (client and server messages), §9 (relay messages), §21.1 (options).
 *
 *   client, server  | type:u8 | transaction id:3 | options |
 *   12, 13 relay    | type:u8 | hops:u8 | link address:16 | peer address:16 | options |
 *   option          | code:u16 | length:u16 | data:length |
 *
 * Parsing keeps what the peer sent (order, duplicates, unknown codes) and never judges it. What an option encloses (IA_NA, IA_TA,
 * IA_PD, relayed messages) is read by whoever wants it, with readDhcpv6Options. Not handled: the values of other options.
 */
import { type Ipv6Address, ipv6FromBytes, ipv6ToBytes } from './address.ts';
import { ByteReader, ByteWriter, u16At } from './bytes.ts';
import { type ParseResult, parsing } from './wire-error.ts';

export const DHCPV6_TYPE = {
  solicit: 1,
  advertise: 2,
  request: 3,
  confirm: 4,
  renew: 5,
  rebind: 6,
  reply: 7,
  release: 8,
  decline: 9,
  reconfigure: 10,
  informationRequest: 11,
  relayForward: 12,
  relayReply: 13,
} as const;

const TYPE_NAMES: readonly string[] = [
  ...['', 'SOLICIT', 'ADVERTISE', 'REQUEST', 'CONFIRM', 'RENEW', 'REBIND', 'REPLY', 'RELEASE', 'DECLINE'],
  ...['RECONFIGURE', 'INFORMATION-REQUEST', 'RELAY-FORW', 'RELAY-REPL'],
];

export type Dhcpv6Option = {
  readonly code: number;
  /** A view: without code and length. */
  readonly data: Uint8Array;
};

/** Options in wire order, and what stands behind the last that is whole. */
export type Dhcpv6Options = { readonly options: readonly Dhcpv6Option[]; readonly trailing: Uint8Array };

export type Dhcpv6ClientMessage = Dhcpv6Options & {
  readonly kind: 'message';
  readonly type: number;
  /** 24 bits. */
  readonly transactionId: number;
};

export type Dhcpv6RelayMessage = Dhcpv6Options & {
  readonly kind: 'relay';
  readonly type: number;
  readonly hops: number;
  readonly link: Ipv6Address;
  readonly peer: Ipv6Address;
};

export type Dhcpv6Message = Dhcpv6ClientMessage | Dhcpv6RelayMessage;

const OPTION_RELAY_MESSAGE = 9;
const OPTION_HEADER = 4;
/** RFC 8415 §7.6: HOP_COUNT_LIMIT. */
const MOST_RELAYS = 8;

/** Never throws. Errors: WIRE_TRUNCATED at the header field that is cut; a cut option is in `trailing`. */
export function parseDhcpv6(bytes: Uint8Array): ParseResult<Dhcpv6Message> {
  return parsing((): Dhcpv6Message => {
    const r = new ByteReader(bytes);
    const type = r.u8('type');
    if (type === DHCPV6_TYPE.relayForward || type === DHCPV6_TYPE.relayReply) {
      const hops = r.u8('hop count');
      const link = ipv6FromBytes(r.bytes('link address', 16));
      const peer = ipv6FromBytes(r.bytes('peer address', 16));
      return { kind: 'relay', type, hops, link, peer, ...readDhcpv6Options(r.rest()) };
    }
    const transactionId = r.u8('transaction id') * 0x10000 + r.u16('transaction id');
    return { kind: 'message', type, transactionId, ...readDhcpv6Options(r.rest()) };
  });
}

/** Never throws, whatever the octets. */
export function readDhcpv6Options(bytes: Uint8Array): Dhcpv6Options {
  const options: Dhcpv6Option[] = [];
  let at = 0;
  while (at + OPTION_HEADER <= bytes.length) {
    const end = at + OPTION_HEADER + u16At(bytes, at + 2);
    if (end > bytes.length) break;
    options.push({ code: u16At(bytes, at), data: bytes.subarray(at + OPTION_HEADER, end) });
    at = end;
  }
  return { options, trailing: bytes.subarray(at) };
}

/** Byte-exact inverse of parseDhcpv6. Throws WireError for what does not fit its field. */
export function serializeDhcpv6(message: Dhcpv6Message): Uint8Array {
  const w = new ByteWriter().u8('type', message.type);
  if (message.kind === 'relay') {
    w.u8('hop count', message.hops).raw(ipv6ToBytes(message.link)).raw(ipv6ToBytes(message.peer));
  } else {
    w.u8('transaction id', message.transactionId >>> 16).u16(
      'transaction id',
      message.transactionId & 0xffff,
    );
  }
  return w.raw(serializeDhcpv6Options(message)).bytes();
}

/** Byte-exact inverse of readDhcpv6Options. Throws WireError for what does not fit its field. */
export function serializeDhcpv6Options({ options, trailing }: Dhcpv6Options): Uint8Array {
  const w = new ByteWriter();
  for (const { code, data } of options)
    w.u16('option code', code).u16('option length', data.length).raw(data);
  return w.raw(trailing).bytes();
}

/** The client's or server's message: the one that relays enclosed, as deep as it is. Undefined where there is none. */
export function innermostDhcpv6(message: Dhcpv6Message): Dhcpv6ClientMessage | undefined {
  let inner: Dhcpv6Message = message;
  for (let depth = 0; inner.kind === 'relay' && depth < MOST_RELAYS; depth++) {
    const enclosed = inner.options.find(({ code }) => code === OPTION_RELAY_MESSAGE);
    const parsed = enclosed === undefined ? undefined : parseDhcpv6(enclosed.data);
    if (parsed?.ok !== true) return undefined;
    inner = parsed.value;
  }
  return inner.kind === 'message' ? inner : undefined;
}

/** `SOLICIT`, `type 200`. */
export function formatDhcpv6Type(type: number): string {
  return TYPE_NAMES[type] || `type ${type}`;
}
