/**
 * Option 82, Relay Agent Information: RFC 3046 §2.0. Sub-options: RFC 3046 §2.0 (1, 2), RFC 3256 (4), RFC 3527 (5),
 * RFC 3993 (6), RFC 4014 (7), RFC 4030 (8), RFC 4243 (9), RFC 5010 (10), RFC 5107 (11).
 *
 *   | 82 | n | ( code:u8 length:u8 data:length )* |
 *
 * There is neither PAD nor END: 0 and 255 are codes like any other, and have a length. So this loop is not shared with the
 * top level or with options 43 and 175.
 */
import { latin1, toHex } from '../bytes.ts';
import { type ParseResult, WireError } from '../wire-error.ts';
import { quoteText } from './opt-text.ts';

export const RELAY = {
  circuitId: 1,
  remoteId: 2,
  docsisDeviceClass: 4,
  linkSelection: 5,
  subscriberId: 6,
  radiusAttributes: 7,
  authentication: 8,
  vendorSpecific: 9,
  flags: 10,
  serverIdentifierOverride: 11,
} as const;

const NAMES: ReadonlyMap<number, string> = new Map([
  [RELAY.circuitId, 'circuit-id'],
  [RELAY.remoteId, 'remote-id'],
  [RELAY.docsisDeviceClass, 'docsis-device-class'],
  [RELAY.linkSelection, 'link-selection'],
  [RELAY.subscriberId, 'subscriber-id'],
  [RELAY.radiusAttributes, 'radius-attributes'],
  [RELAY.authentication, 'authentication'],
  [RELAY.vendorSpecific, 'vendor-specific'],
  [RELAY.flags, 'flags'],
  [RELAY.serverIdentifierOverride, 'server-identifier-override'],
]);

export type RelaySubOption = {
  readonly code: number;
  /** A view, without code and length. */
  readonly data: Uint8Array;
  /** Of the code octet, from the start of the option's data. */
  readonly offset: number;
};

/** In wire order. WIRE_TRUNCATED where a sub-option runs over the end of the option. */
export function parseRelayAgentInformation(data: Uint8Array): ParseResult<readonly RelaySubOption[]> {
  const subOptions: RelaySubOption[] = [];
  let at = 0;
  while (at < data.length) {
    const code = data[at] ?? 0;
    const length = data[at + 1];
    if (length === undefined)
      return {
        ok: false,
        error: new WireError('WIRE_TRUNCATED', at + 1, `82.${code} length`, 'need 1 byte, have 0'),
      };
    const next = at + 2 + length;
    if (next > data.length)
      return {
        ok: false,
        error: new WireError(
          'WIRE_TRUNCATED',
          at + 2,
          `82.${code}`,
          `need ${length} ${length === 1 ? 'byte' : 'bytes'}, have ${data.length - at - 2}`,
        ),
      };
    subOptions.push({ code, data: data.subarray(at + 2, next), offset: at });
    at = next;
  }
  return { ok: true, value: subOptions };
}

/** Byte-exact inverse. Throws WireError (WIRE_UNENCODABLE) for a code that is no octet and data longer than 255 octets. */
export function serializeRelayAgentInformation(
  subOptions: readonly Pick<RelaySubOption, 'code' | 'data'>[],
): Uint8Array {
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const { code, data } of subOptions) {
    if (!Number.isInteger(code) || code < 0 || code > 255)
      throw new WireError('WIRE_UNENCODABLE', at, '82 code', `wanted 0 to 255, got ${code}`);
    if (data.length > 255)
      throw new WireError(
        'WIRE_UNENCODABLE',
        at,
        `82.${code}`,
        `wanted at most 255 octets, got ${data.length}`,
      );
    parts.push(Uint8Array.of(code, data.length), data);
    at += 2 + data.length;
  }
  return Buffer.concat(parts);
}

/** `circuit-id "port7", remote-id 0012f0`: text where all octets are printable ASCII, else hex. */
export function formatRelayAgentInformation(
  subOptions: readonly Pick<RelaySubOption, 'code' | 'data'>[],
): string {
  return subOptions
    .map(({ code, data }) => {
      const text = latin1(data);
      const value = /^[ -~]+$/.test(text) ? quoteText(text) : toHex(data);
      return `${NAMES.get(code) ?? code} ${value}`.trimEnd();
    })
    .join(', ');
}
