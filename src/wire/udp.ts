/**
 * UDP: RFC 768; over IPv6 RFC 8200 §8.1.
 *
 *   | source port:u16 | destination port:u16 | length:u16 | checksum:u16 | payload |
 *
 * Not handled: length 0 for jumbograms (RFC 2675), UDP-Lite.
 */
import { ByteWriter, NO_BYTES, u16At } from './bytes.ts';
import {
  type AddressPair,
  type ChecksumState,
  checksumState,
  internetChecksum,
  pseudoHeaderSum,
} from './checksum.ts';
import { IP_PROTOCOL } from './ipv4.ts';
import { malformed, type ParseResult, truncated } from './wire-error.ts';

export type Udp = {
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** As on the wire: header and payload. */
  readonly length: number;
  /** As on the wire; 0 says that the sender computed none. */
  readonly checksum: number;
  /** Cut to length. */
  readonly payload: Uint8Array;
  /** What IP carried behind the length. */
  readonly trailing: Uint8Array;
  /** Octets that length promises and that are not here: a snap length, a first fragment, an ICMP quotation. */
  readonly missing: number;
};

const HEADER = 8;

/** Never throws. Errors: WIRE_TRUNCATED at the field the header ends in; WIRE_MALFORMED: `length` below 8. */
export function parseUdp(bytes: Uint8Array): ParseResult<Udp> {
  return parseUdpWithin(bytes, 0, bytes.length);
}

/** The same of the octets from `start` up to, not including, `limit`: without a view of them. Offsets in errors are from `start`. */
export function parseUdpWithin(bytes: Uint8Array, start: number, limit: number): ParseResult<Udp> {
  const have = limit - start;
  if (have < HEADER) {
    const offset = have & ~1;
    const field = ['source port', 'destination port', 'length', 'checksum'][offset / 2] as string;
    return truncated(field, offset, 2, have - offset);
  }
  const length = u16At(bytes, start + 4);
  if (length < HEADER) return malformed('length', 4, `wanted at least the header's 8, got ${length}`);
  const end = Math.min(have, length);
  return {
    ok: true,
    value: {
      sourcePort: u16At(bytes, start),
      destinationPort: u16At(bytes, start + 2),
      length,
      checksum: u16At(bytes, start + 6),
      payload: bytes.subarray(start + HEADER, start + end),
      trailing: end === have ? NO_BYTES : bytes.subarray(start + end, limit),
      missing: length - end,
    },
  };
}

/** What serializeUdp needs: any parsed datagram is one. */
export type UdpFields = Pick<Udp, 'sourcePort' | 'destinationPort' | 'payload'> &
  Partial<Pick<Udp, 'checksum' | 'trailing' | 'missing'>>;

/**
 * With `addresses` the checksum is computed, whatever `checksum` says. Without, `checksum` is written as it is (left out: 0,
 * none): the byte-exact inverse, and the way to send a wrong one. The length is header + payload + missing.
 * Throws WireError for what does not fit.
 */
export function serializeUdp(datagram: UdpFields, addresses?: AddressPair): Uint8Array {
  const { payload, trailing = NO_BYTES, missing = 0, checksum = 0 } = datagram;
  const bytes = new ByteWriter(HEADER + payload.length + trailing.length)
    .u16('source port', datagram.sourcePort)
    .u16('destination port', datagram.destinationPort)
    .u16('length', HEADER + payload.length + missing)
    .u16('checksum', addresses === undefined ? checksum : 0)
    .raw(payload)
    .raw(trailing)
    .bytes();
  if (addresses === undefined) return bytes;
  const covered = bytes.subarray(0, HEADER + payload.length);
  const computed = internetChecksum(covered, pseudoHeaderSum(addresses, IP_PROTOCOL.udp, covered.length));
  // RFC 768: "If the computed checksum is zero, it is transmitted as all ones".
  const sent = computed === 0 ? 0xffff : computed;
  bytes[6] = sent >>> 8;
  bytes[7] = sent & 0xff;
  return bytes;
}

/** Judges the checksum. `bytes` is what parseUdp got, `datagram` what it made of it. */
export function udpChecksum(bytes: Uint8Array, datagram: Udp, addresses: AddressPair): ChecksumState {
  if (datagram.checksum === 0) return 'absent';
  if (datagram.missing > 0) return 'unknown';
  return checksumState(bytes.subarray(0, datagram.length), datagram.checksum, addresses, IP_PROTOCOL.udp);
}

/** `UDP 68 > 67, 300 bytes` */
export function formatUdp(datagram: Udp): string {
  const cut = datagram.missing > 0 ? `, ${datagram.missing} more not captured` : '';
  return `UDP ${datagram.sourcePort} > ${datagram.destinationPort}, ${datagram.payload.length} bytes${cut}`;
}
