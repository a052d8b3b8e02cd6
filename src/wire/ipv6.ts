/**
 * IPv6: RFC 8200 §3 (header), §4 (extension headers); RFC 4302 §2 (authentication header).
 *
 *   | version:4 traffic class:8 flow label:20 | payload length:u16 | next header:u8 | hop limit:u8 |
 *   | source:16 | destination:16 | ( extension header )* | payload |
 *
 * Extension headers are skipped, kept as octets. Fragments are recognised (ip-reassembly.ts puts them together). Not handled: jumbograms
 * (RFC 2675; payload length 0 is an empty payload), the insides of ESP.
 */
import { type Ipv6Address, ipv6FromBytes, ipv6ToBytes } from './address.ts';
import { ByteWriter, NO_BYTES, u16At, u32At } from './bytes.ts';
import type { Fragment } from './ipv4.ts';
import { malformed, type ParseResult, truncated, WireError } from './wire-error.ts';

/** `protocol` is the number by which the header before announced it; `bytes` starts with its own next header field. */
export type ExtensionHeader = { readonly protocol: number; readonly bytes: Uint8Array };

export type Ipv6Packet = {
  readonly source: Ipv6Address;
  readonly destination: Ipv6Address;
  readonly trafficClass: number;
  readonly flowLabel: number;
  readonly hopLimit: number;
  /** As on the wire: extension headers and payload. */
  readonly payloadLength: number;
  readonly extensions: readonly ExtensionHeader[];
  /** Of the payload: the last next header value, behind all extension headers. In a later fragment the whole packet's. */
  readonly protocol: number;
  /** From the fragment header; offset 0 and no more without one. */
  readonly fragment: Fragment;
  readonly payload: Uint8Array;
  /** What lies behind the payload length. */
  readonly trailing: Uint8Array;
  /** Octets that the payload length promises and that were not captured. */
  readonly missing: number;
};

const HEADER = 40;
const FRAGMENT_HEADER = 44;
const AUTHENTICATION_HEADER = 51;
/** Hop-by-hop, routing, fragment, authentication, destination options, mobility, HIP, shim6 (IANA's list of extension headers). */
const EXTENSIONS: ReadonlySet<number> = new Set([
  0,
  43,
  FRAGMENT_HEADER,
  AUTHENTICATION_HEADER,
  60,
  135,
  139,
  140,
]);
const WHOLE: Fragment = { offset: 0, more: false };
const NO_EXTENSIONS: readonly ExtensionHeader[] = [];

/**
 * Never throws. Payload, extensions and trailing are views. A packet cut behind its headers is a value with `missing` > 0.
 * Errors: WIRE_TRUNCATED at the field that is cut, `extension header` too; WIRE_MALFORMED: `version`.
 */
export function parseIpv6(bytes: Uint8Array): ParseResult<Ipv6Packet> {
  const have = bytes.length;
  if (have < 1) return truncated('version', 0, 1, 0);
  const version = (bytes[0] as number) >> 4;
  if (version !== 6) return malformed('version', 0, `wanted 6, got ${version}`);
  if (have < HEADER) return truncatedHeader(have);

  const payloadLength = u16At(bytes, 4);
  const end = Math.min(have, HEADER + payloadLength);
  let protocol = bytes[6] as number;
  let at = HEADER;
  let fragment = WHOLE;
  let extensions = NO_EXTENSIONS;
  if (EXTENSIONS.has(protocol)) {
    const found: ExtensionHeader[] = [];
    // Behind the header of a later fragment come octets from the middle of something.
    while (EXTENSIONS.has(protocol) && fragment.offset === 0) {
      if (end - at < 8) return truncated('extension header', at, 8, end - at);
      const length = extensionLength(protocol, bytes[at + 1] as number);
      if (end - at < length) return truncated('extension header', at, length, end - at);
      if (protocol === FRAGMENT_HEADER) {
        const field = u16At(bytes, at + 2);
        fragment = { offset: field & 0xfff8, more: (field & 1) === 1 };
      }
      found.push({ protocol, bytes: bytes.subarray(at, at + length) });
      protocol = bytes[at] as number;
      at += length;
    }
    extensions = found;
  }
  const first = u32At(bytes, 0);
  return {
    ok: true,
    value: {
      source: ipv6FromBytes(bytes, 8),
      destination: ipv6FromBytes(bytes, 24),
      trafficClass: (first >>> 20) & 0xff,
      flowLabel: first & 0xfffff,
      hopLimit: bytes[7] as number,
      payloadLength,
      extensions,
      protocol,
      fragment,
      payload: bytes.subarray(at, end),
      trailing: end === have ? NO_BYTES : bytes.subarray(end),
      missing: HEADER + payloadLength - end,
    },
  };
}

/** RFC 8200 §4.5: what the fragments of one packet have in common. Undefined where there is no fragment header. */
export function fragmentIdentification({ extensions }: Pick<Ipv6Packet, 'extensions'>): number | undefined {
  const header = extensions.find(({ protocol }) => protocol === FRAGMENT_HEADER);
  return header === undefined ? undefined : u32At(header.bytes, 4);
}

/** In octets. RFC 4302 §2.2 counts the authentication header in fours; a fragment header's second octet is reserved. */
function extensionLength(protocol: number, field: number): number {
  if (protocol === FRAGMENT_HEADER) return 8;
  return protocol === AUTHENTICATION_HEADER ? (field + 2) * 4 : (field + 1) * 8;
}

function truncatedHeader(have: number): ReturnType<typeof truncated> {
  const fields = [
    ['flow label', 0, 4],
    ['payload length', 4, 2],
    ['next header', 6, 1],
    ['hop limit', 7, 1],
    ['source', 8, 16],
  ] as const;
  for (const [field, offset, length] of fields) {
    if (have < offset + length) return truncated(field, offset, length, have - offset);
  }
  return truncated('destination', 24, 16, have - 24);
}

/** What serializeIpv6 needs: any parsed packet is one. Left out: hop limit 64, everything else 0 or empty. */
export type Ipv6Fields = Pick<Ipv6Packet, 'source' | 'destination' | 'protocol' | 'payload'> &
  Partial<
    Pick<Ipv6Packet, 'trafficClass' | 'flowLabel' | 'hopLimit' | 'extensions' | 'trailing' | 'missing'>
  >;

/**
 * Byte-exact inverse. The payload length is computed (extensions + payload + missing). Extension headers are written as
 * they are; `protocol` is written only where there are none, since the last of them carries it.
 * Throws WireError for what does not fit, and for extension headers whose chain does not end at `protocol`.
 */
export function serializeIpv6(packet: Ipv6Fields): Uint8Array {
  const { extensions = NO_EXTENSIONS, payload, trailing = NO_BYTES, missing = 0 } = packet;
  const { trafficClass = 0, flowLabel = 0, hopLimit = 64, protocol } = packet;
  if (trafficClass > 0xff || flowLabel > 0xfffff) {
    const got = `${trafficClass} and ${flowLabel}`;
    throw new WireError(
      'WIRE_UNENCODABLE',
      0,
      'flow label',
      `wanted 8 bits of class and 20 of label, got ${got}`,
    );
  }
  const announced = [...extensions.slice(1).map((extension) => extension.protocol), protocol];
  const broken = extensions.findIndex((extension, i) => extension.bytes[0] !== announced[i]);
  if (broken >= 0) {
    const got = `${extensions[broken]?.bytes[0]} in header ${broken}`;
    throw new WireError('WIRE_UNENCODABLE', HEADER, 'next header', `wanted ${announced[broken]}, got ${got}`);
  }
  const extra = extensions.reduce((length, extension) => length + extension.bytes.length, 0);
  const w = new ByteWriter(HEADER + extra + payload.length + trailing.length)
    .u32('flow label', 0x60000000 + trafficClass * 0x100000 + flowLabel)
    .u16('payload length', extra + payload.length + missing)
    .u8('next header', extensions[0]?.protocol ?? protocol)
    .u8('hop limit', hopLimit)
    .raw(ipv6ToBytes(packet.source))
    .raw(ipv6ToBytes(packet.destination));
  for (const extension of extensions) w.raw(extension.bytes);
  return w.raw(payload).raw(trailing).bytes();
}

/** `fe80::1 > ff02::1 protocol 58 hop limit 255, 24 bytes` and what is odd. */
export function formatIpv6(packet: Ipv6Packet): string {
  const { fragment } = packet;
  const odd = [
    packet.extensions.length > 0 ? `behind ${packet.extensions.length} extension headers` : '',
    fragment.more || fragment.offset > 0 ? `fragment at ${fragment.offset}` : '',
    packet.missing > 0 ? `${packet.missing} bytes not captured` : '',
  ].filter((text) => text !== '');
  const head = `${packet.source} > ${packet.destination} protocol ${packet.protocol} hop limit ${packet.hopLimit}`;
  return [`${head}, ${packet.payload.length} bytes`, ...odd].join(', ');
}
