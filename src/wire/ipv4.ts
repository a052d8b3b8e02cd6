/**
 * IPv4: RFC 791 §3.1; the DSCP octet is RFC 2474's.
 *
 *   | version:4 IHL:4 | tos:u8 | total length:u16 | identification:u16 | 0 DF MF fragment offset:13 |
 *   | ttl:u8 | protocol:u8 | header checksum:u16 | source:4 | destination:4 | options:(IHL-5)*4 | payload |
 *
 * Fragments are recognised (ip-reassembly.ts puts them together). Options stay octets.
 */
import { type Ipv4Address, ipv4FromBytes, ipv4ToBytes } from './address.ts';
import { NO_BYTES, u16At } from './bytes.ts';
import { internetChecksum } from './checksum.ts';
import { malformed, type ParseResult, truncated, WireError } from './wire-error.ts';

export const IP_PROTOCOL = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58 } as const;

/** Offset in octets (the wire counts in eights). An unfragmented packet has 0 and false. */
export type Fragment = { readonly offset: number; readonly more: boolean };
export type HeaderChecksum = { readonly value: number; readonly correct: boolean };

export type Ipv4Packet = {
  readonly source: Ipv4Address;
  readonly destination: Ipv4Address;
  readonly protocol: number;
  readonly tos: number;
  readonly ttl: number;
  readonly identification: number;
  readonly dontFragment: boolean;
  /** The bit that RFC 791 reserves and RFC 3514 calls evil. */
  readonly reservedFlag: boolean;
  readonly fragment: Fragment;
  /** As on the wire. 0 is what segmentation offload leaves in captures taken on the sender: all that was captured counts. */
  readonly totalLength: number;
  readonly checksum: HeaderChecksum;
  readonly options: Uint8Array;
  /** Cut to totalLength. */
  readonly payload: Uint8Array;
  /** What lies behind totalLength: Ethernet's padding, mostly. */
  readonly trailing: Uint8Array;
  /** Octets that totalLength promises and that were not captured (snap length), or were cut off (an ICMP quotation). */
  readonly missing: number;
};

const WHOLE: Fragment = { offset: 0, more: false };
const FIXED_HEADER = 20;

/** True for every fragment, the first one too. */
export function isFragment(packet: { readonly fragment: Fragment }): boolean {
  return packet.fragment.more || packet.fragment.offset > 0;
}

/**
 * Never throws. Payload, options and trailing are views. A packet cut behind its header is a value with `missing` > 0;
 * one cut inside it is WIRE_TRUNCATED. WIRE_MALFORMED: `version`, `IHL` below 5, `total length` shorter than the header.
 */
export function parseIpv4(bytes: Uint8Array): ParseResult<Ipv4Packet> {
  const have = bytes.length;
  if (have < 1) return truncated('version', 0, 1, 0);
  const first = bytes[0] as number;
  if (first >> 4 !== 4) return malformed('version', 0, `wanted 4, got ${first >> 4}`);
  const headerLength = (first & 0x0f) * 4;
  if (headerLength < FIXED_HEADER) return malformed('IHL', 0, `wanted at least 5, got ${first & 0x0f}`);
  if (have < FIXED_HEADER) return truncatedHeader(have);
  if (have < headerLength) {
    return truncated('options', FIXED_HEADER, headerLength - FIXED_HEADER, have - FIXED_HEADER);
  }
  const totalLength = u16At(bytes, 2);
  if (totalLength < headerLength && totalLength !== 0) {
    return malformed('total length', 2, `wanted at least the header's ${headerLength}, got ${totalLength}`);
  }

  const flags = u16At(bytes, 6);
  const length = totalLength === 0 ? have : totalLength;
  const end = Math.min(have, length);
  const offset = (flags & 0x1fff) * 8;
  const more = (flags & 0x2000) !== 0;
  const value = u16At(bytes, 10);
  return {
    ok: true,
    value: {
      source: ipv4FromBytes(bytes, 12),
      destination: ipv4FromBytes(bytes, 16),
      protocol: bytes[9] as number,
      tos: bytes[1] as number,
      ttl: bytes[8] as number,
      identification: u16At(bytes, 4),
      dontFragment: (flags & 0x4000) !== 0,
      reservedFlag: (flags & 0x8000) !== 0,
      fragment: offset === 0 && !more ? WHOLE : { offset, more },
      totalLength,
      checksum: { value, correct: headerHolds(bytes, headerLength) },
      options: headerLength === FIXED_HEADER ? NO_BYTES : bytes.subarray(FIXED_HEADER, headerLength),
      payload: bytes.subarray(headerLength, end),
      trailing: end === have ? NO_BYTES : bytes.subarray(end),
      missing: length - end,
    },
  };
}

const FIELDS = [
  ['tos', 1, 1],
  ['total length', 2, 2],
  ['identification', 4, 2],
  ['fragment offset', 6, 2],
  ['ttl', 8, 1],
  ['protocol', 9, 1],
  ['header checksum', 10, 2],
  ['source', 12, 4],
  ['destination', 16, 4],
] as const;

/** Names the field in which a header of less than 20 octets ends. */
function truncatedHeader(have: number): ReturnType<typeof truncated> {
  for (const [field, offset, length] of FIELDS) {
    if (have < offset + length) return truncated(field, offset, length, have - offset);
  }
  return truncated('destination', 16, 4, have - 16);
}

/** The sum over the header with its checksum in place is 0xffff (RFC 1071 §1). Here without a view: it is done per frame. */
function headerHolds(bytes: Uint8Array, headerLength: number): boolean {
  let sum = 0;
  for (let i = 0; i < headerLength; i += 2) sum += u16At(bytes, i);
  sum = (sum & 0xffff) + (sum >>> 16);
  return (sum & 0xffff) + (sum >>> 16) === 0xffff;
}

/** What serializeIpv4 needs: any parsed packet is one. Left out: ttl 64, everything else 0 or empty. */
export type Ipv4Fields = Pick<Ipv4Packet, 'source' | 'destination' | 'protocol' | 'payload'> &
  Partial<Omit<Ipv4Packet, 'source' | 'destination' | 'protocol' | 'payload'>>;

/**
 * Byte-exact inverse. IHL and total length are computed (header + payload + missing; `missing` is the way to lie about it,
 * and a totalLength of 0 stays 0). So is the checksum, unless `checksum.correct` is false: then its value is written as it
 * is, which is the way to send a wrong one. Throws WireError for what does not fit.
 */
export function serializeIpv4(packet: Ipv4Fields): Uint8Array {
  const { options = NO_BYTES, payload, trailing = NO_BYTES, fragment = WHOLE, missing = 0 } = packet;
  if (options.length % 4 !== 0 || options.length > 40) {
    throw new WireError(
      'WIRE_UNENCODABLE',
      FIXED_HEADER,
      'options',
      `wanted 0 to 40 octets in fours, got ${options.length}`,
    );
  }
  if (fragment.offset % 8 !== 0) {
    throw new WireError(
      'WIRE_UNENCODABLE',
      6,
      'fragment offset',
      `wanted a multiple of 8, got ${fragment.offset}`,
    );
  }
  const headerLength = FIXED_HEADER + options.length;
  const totalLength = packet.totalLength === 0 ? 0 : headerLength + payload.length + missing;
  const flags =
    (packet.reservedFlag ? 0x8000 : 0) | (packet.dontFragment ? 0x4000 : 0) | (fragment.more ? 0x2000 : 0);

  const bytes = new Uint8Array(headerLength + payload.length + trailing.length);
  const put = (field: string, at: number, octets: 1 | 2, value: number, max = 256 ** octets - 1): void => {
    if (!Number.isInteger(value) || value < 0 || value > max) {
      throw new WireError('WIRE_UNENCODABLE', at, field, `wanted an integer up to ${max}, got ${value}`);
    }
    if (octets === 2) bytes[at] = value >>> 8;
    bytes[at + octets - 1] = value;
  };
  bytes[0] = 0x40 | (headerLength / 4);
  put('tos', 1, 1, packet.tos ?? 0);
  put('total length', 2, 2, totalLength);
  put('identification', 4, 2, packet.identification ?? 0);
  put('fragment offset', 6, 2, fragment.offset / 8, 0x1fff);
  bytes[6] = (bytes[6] as number) | (flags >>> 8);
  put('ttl', 8, 1, packet.ttl ?? 64);
  put('protocol', 9, 1, packet.protocol);
  bytes.set(ipv4ToBytes(packet.source), 12);
  bytes.set(ipv4ToBytes(packet.destination), 16);
  bytes.set(options, FIXED_HEADER);
  put('header checksum', 10, 2, headerChecksum(bytes.subarray(0, headerLength), packet.checksum));
  bytes.set(payload, headerLength);
  bytes.set(trailing, headerLength + payload.length);
  return bytes;
}

function headerChecksum(header: Uint8Array, given: HeaderChecksum | undefined): number {
  if (given?.correct === false) return given.value;
  const computed = internetChecksum(header);
  // RFC 1624 §3: a router that updates the checksum may write 0xffff for 0. Receivers take both.
  return computed === 0 && given?.value === 0xffff ? 0xffff : computed;
}

/** `10.188.0.10 > 10.188.0.66 protocol 17 ttl 64 id 0x1a2b, 300 bytes` and what is odd. */
export function formatIpv4(packet: Ipv4Packet): string {
  const { fragment, checksum } = packet;
  const odd = [
    isFragment(packet)
      ? `fragment at ${fragment.offset}${fragment.more ? ', more follow' : ', the last'}`
      : '',
    checksum.correct ? '' : `header checksum 0x${checksum.value.toString(16).padStart(4, '0')} is wrong`,
    packet.missing > 0 ? `${packet.missing} bytes not captured` : '',
  ].filter((text) => text !== '');
  const id = packet.identification.toString(16).padStart(4, '0');
  const head = `${packet.source} > ${packet.destination} protocol ${packet.protocol} ttl ${packet.ttl} id 0x${id}`;
  return [`${head}, ${packet.payload.length} bytes`, ...odd].join(', ');
}
