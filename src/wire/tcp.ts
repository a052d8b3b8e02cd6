/**
 * TCP segments: RFC 9293 §3.1 (header); options of RFC 9293 §3.2, RFC 7323 (window scale, timestamps), RFC 2018 (SACK).
 *
 *   | source port:u16 | destination port:u16 | sequence number:u32 | acknowledgment number:u32 |
 *   | data offset:4 reserved:4 flags:8 | window:u16 | checksum:u16 | urgent pointer:u16 | options | payload |
 *
 * A segment does not carry its own length: what a snap length cut off is `missing` of the IP packet. Streams are put
 * together in tcp-reassembly.ts.
 */
import { ByteWriter, NO_BYTES, u16At, u32At } from './bytes.ts';
import {
  type AddressPair,
  type ChecksumState,
  checksumState,
  internetChecksum,
  pseudoHeaderSum,
} from './checksum.ts';
import { IP_PROTOCOL } from './ipv4.ts';
import { formatTcpOption, parseTcpOptions, serializeTcpOptions, type TcpOption } from './tcp-option.ts';
import { malformed, type ParseResult, truncated, WireError } from './wire-error.ts';

export type TcpFlags = {
  readonly fin: boolean;
  readonly syn: boolean;
  readonly rst: boolean;
  readonly psh: boolean;
  readonly ack: boolean;
  readonly urg: boolean;
  readonly ece: boolean;
  readonly cwr: boolean;
};

export type Tcp = {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly seq: number;
  readonly ack: number;
  readonly flags: TcpFlags;
  /** Four bits between data offset and flags, NS among them. */
  readonly reserved: number;
  /** As on the wire, before any scaling. */
  readonly window: number;
  /** As on the wire; tcpChecksum judges it. */
  readonly checksum: number;
  readonly urgentPointer: number;
  readonly options: readonly TcpOption[];
  readonly payload: Uint8Array;
};

const HEADER = 20;
const FLAG_NAMES = ['fin', 'syn', 'rst', 'psh', 'ack', 'urg', 'ece', 'cwr'] as const;
/** All 256 sets of flags, made once: a segment needs no object of its own. */
const FLAGS: readonly TcpFlags[] = Array.from({ length: 256 }, (_, octet) => {
  const bit = (at: number): boolean => ((octet >> at) & 1) === 1;
  return {
    fin: bit(0),
    syn: bit(1),
    rst: bit(2),
    psh: bit(3),
    ack: bit(4),
    urg: bit(5),
    ece: bit(6),
    cwr: bit(7),
  };
});
const NO_OPTIONS: readonly TcpOption[] = [];

/** All flags false but those named: `tcpFlags('syn', 'ack')`. */
export function tcpFlags(...names: readonly (keyof TcpFlags)[]): TcpFlags {
  return FLAGS[names.reduce((octet, name) => octet | (1 << FLAG_NAMES.indexOf(name)), 0)] as TcpFlags;
}

/**
 * Never throws. Payload and option octets are views. Errors: WIRE_TRUNCATED at the field that is cut (`options` too);
 * WIRE_MALFORMED: `data offset` below 5.
 */
export function parseTcp(bytes: Uint8Array): ParseResult<Tcp> {
  return parseTcpWithin(bytes, 0, bytes.length);
}

/** The same of the octets from `start` up to, not including, `limit`: without a view of them. Offsets in errors are from `start`. */
export function parseTcpWithin(bytes: Uint8Array, start: number, limit: number): ParseResult<Tcp> {
  const have = limit - start;
  if (have < HEADER) return truncatedHeader(have);
  const offset = ((bytes[start + 12] as number) >> 4) * 4;
  if (offset < HEADER) return malformed('data offset', 12, `wanted at least 5, got ${offset / 4}`);
  if (have < offset) return truncated('options', HEADER, offset - HEADER, have - HEADER);
  return {
    ok: true,
    value: {
      sourcePort: u16At(bytes, start),
      destinationPort: u16At(bytes, start + 2),
      seq: u32At(bytes, start + 4),
      ack: u32At(bytes, start + 8),
      flags: FLAGS[bytes[start + 13] as number] as TcpFlags,
      reserved: (bytes[start + 12] as number) & 0x0f,
      window: u16At(bytes, start + 14),
      checksum: u16At(bytes, start + 16),
      urgentPointer: u16At(bytes, start + 18),
      options:
        offset === HEADER ? NO_OPTIONS : parseTcpOptions(bytes.subarray(start + HEADER, start + offset)),
      payload: bytes.subarray(start + offset, limit),
    },
  };
}

function truncatedHeader(have: number): ReturnType<typeof truncated> {
  const fields = [
    ['source port', 0, 2],
    ['destination port', 2, 2],
    ['sequence number', 4, 4],
    ['acknowledgment number', 8, 4],
    ['data offset', 12, 2],
    ['window', 14, 2],
    ['checksum', 16, 2],
  ] as const;
  for (const [field, offset, length] of fields) {
    if (have < offset + length) return truncated(field, offset, length, have - offset);
  }
  return truncated('urgent pointer', 18, 2, have - 18);
}

/** What serializeTcp needs: any parsed segment is one. Left out: 0, or empty; window 65535. */
export type TcpFields = Pick<Tcp, 'sourcePort' | 'destinationPort' | 'seq' | 'flags'> &
  Partial<Omit<Tcp, 'sourcePort' | 'destinationPort' | 'seq' | 'flags'>>;

/**
 * With `addresses` the checksum is computed, whatever `checksum` says. Without, `checksum` is written as it is (left out: 0,
 * which is wrong but for chance): the byte-exact inverse, and the way to send a wrong one. The data offset is computed; options
 * are filled up to fours with end-of-list octets. Throws WireError for what does not fit.
 */
export function serializeTcp(segment: TcpFields, addresses?: AddressPair): Uint8Array {
  const { payload = NO_BYTES, reserved = 0 } = segment;
  const options = serializeTcpOptions(segment.options ?? NO_OPTIONS);
  if (options.length > 40) {
    throw new WireError(
      'WIRE_UNENCODABLE',
      HEADER,
      'options',
      `wanted up to 40 octets, got ${options.length}`,
    );
  }
  if (reserved < 0 || reserved > 15) {
    throw new WireError('WIRE_UNENCODABLE', 12, 'reserved', `wanted 4 bits, got ${reserved}`);
  }
  const flags = FLAG_NAMES.reduce((octet, name, at) => (segment.flags[name] ? octet | (1 << at) : octet), 0);
  const bytes = new ByteWriter(HEADER + options.length + payload.length)
    .u16('source port', segment.sourcePort)
    .u16('destination port', segment.destinationPort)
    .u32('sequence number', segment.seq)
    .u32('acknowledgment number', segment.ack ?? 0)
    .u8('data offset', (((HEADER + options.length) / 4) << 4) | reserved)
    .u8('flags', flags)
    .u16('window', segment.window ?? 0xffff)
    .u16('checksum', addresses === undefined ? (segment.checksum ?? 0) : 0)
    .u16('urgent pointer', segment.urgentPointer ?? 0)
    .raw(options)
    .raw(payload)
    .bytes();
  if (addresses === undefined) return bytes;
  const sum = internetChecksum(bytes, pseudoHeaderSum(addresses, IP_PROTOCOL.tcp, bytes.length));
  bytes[16] = sum >>> 8;
  bytes[17] = sum & 0xff;
  return bytes;
}

/** Judges the checksum of the whole segment `bytes`. `missing` is the IP packet's. */
export function tcpChecksum(bytes: Uint8Array, addresses: AddressPair, missing = 0): ChecksumState {
  if (missing > 0 || bytes.length < HEADER) return 'unknown';
  return checksumState(bytes, u16At(bytes, 16), addresses, IP_PROTOCOL.tcp);
}

/** `TCP 13970 > 80 syn seq 21525 ack 0 window 65532 mss 1460, 0 bytes` */
export function formatTcp(segment: Tcp): string {
  const flags = FLAG_NAMES.filter((name) => segment.flags[name]).join(',');
  const numbers = `seq ${segment.seq} ack ${segment.ack} window ${segment.window}`;
  const options = segment.options.map(formatTcpOption).filter((text) => text !== '');
  const head = `TCP ${segment.sourcePort} > ${segment.destinationPort} ${flags === '' ? 'no flags' : flags}`;
  return `${[head, numbers, ...options].join(' ')}, ${segment.payload.length} bytes`;
}
