/**
 * Classic pcap files (draft-ietf-opsawg-pcap), of either byte order, with micro- or nanoseconds.
 *
 *   file    | magic:u32 | major:u16 | minor:u16 | reserved:u32 x2 | snap length:u32 | FCS and link type:u32 |
 *   packet  | seconds:u32 | fraction:u32 | captured length:u32 | original length:u32 | data |
 *
 * Also Alexey Kuznetsov's "modified" format (libpcap sf-pcap.c), which has eight octets more per packet:
 * interface index, protocol, packet type. They are passed over.
 */
import { WireError } from '../wire/wire-error.ts';
import type { CaptureInterface } from './capture-item.ts';
import { MICROSECONDS, NANOSECONDS, NS_PER_SECOND } from './timestamp.ts';
import {
  type CaptureDecoder,
  cutError,
  type FieldLayout,
  RECORD_LIMIT,
  type Sink,
  type Window,
} from './window.ts';

const MAGIC = { microseconds: 0xa1b2c3d4, nanoseconds: 0xa1b23c4d, modified: 0xa1b2cd34 } as const;

const FILE_HEADER: FieldLayout = [
  ['magic number', 4],
  ['major version', 2],
  ['minor version', 2],
  ['reserved 1', 4],
  ['reserved 2', 4],
  ['snap length', 4],
  ['link type', 4],
];
const FILE_HEADER_LENGTH = 24;
const PACKET_HEADER: FieldLayout = [
  ['timestamp seconds', 4],
  ['timestamp fraction', 4],
  ['captured packet length', 4],
  ['original packet length', 4],
];
const PACKET_HEADER_LENGTH = 16;
const MODIFIED_EXTRA_LENGTH = 8;

/** The upper bits of the link type say whether frames end in a check sequence (libpcap LT_LINKTYPE). */
const LINK_TYPE_MASK = 0x03ffffff;

/**
 * libpcap's MAXIMUM_SNAPLEN, and the most that it reads of Ethernet. A file whose own snap length is larger may hold
 * larger frames, up to RECORD_LIMIT.
 */
const USUAL_LENGTH_LIMIT = 262_144;

export type ClassicVariant = { readonly littleEndian: boolean; readonly kind: keyof typeof MAGIC };

/** Which classic pcap starts with these four octets, if any. */
export function classicVariant(view: DataView): ClassicVariant | undefined {
  for (const littleEndian of [true, false]) {
    const magic = view.getUint32(0, littleEndian);
    if (magic === MAGIC.microseconds) return { littleEndian, kind: 'microseconds' };
    if (magic === MAGIC.nanoseconds) return { littleEndian, kind: 'nanoseconds' };
    if (magic === MAGIC.modified) return { littleEndian, kind: 'modified' };
  }
  return undefined;
}

export class ClassicDecoder implements CaptureDecoder {
  readonly #little: boolean;
  readonly #kind: ClassicVariant['kind'];
  readonly #headerLength: number;
  readonly #nsPerFraction: bigint;
  #linkType: number | undefined;
  #lengthLimit = USUAL_LENGTH_LIMIT;
  #minor = 4;
  #frames = 0;
  /** Of the packet that is not all there yet: what cut() measures against. */
  #needed = 0;
  /** The second of the last packet in nanoseconds: most packets share it, and a BigInt product costs. */
  #seconds = 0;
  #secondsNs = 0n;

  constructor(variant: ClassicVariant) {
    this.#little = variant.littleEndian;
    this.#kind = variant.kind;
    this.#headerLength = PACKET_HEADER_LENGTH + (variant.kind === 'modified' ? MODIFIED_EXTRA_LENGTH : 0);
    this.#nsPerFraction = variant.kind === 'nanoseconds' ? 1n : 1000n;
  }

  read(window: Window, sink: Sink): number {
    const linkType = this.#linkType;
    if (linkType === undefined) return this.#readFileHeader(window, sink);

    const { view, at, available } = window;
    if (available < this.#headerLength) return this.#headerLength;
    const first = view.getUint32(at + 8, this.#little);
    const second = view.getUint32(at + 12, this.#little);
    // Before version 2.4 some writers had the two lengths the other way round (libpcap sf-pcap.c, MAYBE_SWAPPED).
    const swapped = this.#minor < 4 && first > second;
    const captured = swapped ? second : first;
    if (captured > this.#lengthLimit) {
      throw new WireError(
        'WIRE_MALFORMED',
        window.offset + 8,
        'captured packet length',
        `wanted at most ${this.#lengthLimit}, got ${captured}`,
        'what follows here is not a packet header; the file may be damaged, or not be a pcap file from here on',
      );
    }
    const length = this.#headerLength + captured;
    if (available < length) {
      this.#needed = length;
      return length;
    }

    const seconds = view.getUint32(at, this.#little);
    if (seconds !== this.#seconds) {
      this.#seconds = seconds;
      this.#secondsNs = BigInt(seconds) * NS_PER_SECOND;
    }
    this.#frames += 1;
    sink.frames.push({
      number: this.#frames,
      timeNs: this.#secondsNs + BigInt(view.getUint32(at + 4, this.#little)) * this.#nsPerFraction,
      interfaceId: 0,
      linkType,
      bytes: window.bytes.subarray(at + this.#headerLength, at + length),
      originalLength: swapped ? first : second,
    });
    window.at = at + length;
    return 0;
  }

  #readFileHeader(window: Window, sink: Sink): number {
    if (window.available < FILE_HEADER_LENGTH) return FILE_HEADER_LENGTH;
    const { view, at } = window;
    const major = view.getUint16(at + 4, this.#little);
    const minor = view.getUint16(at + 6, this.#little);
    if (major !== 2) {
      throw new WireError('WIRE_MALFORMED', window.offset + 4, 'major version', `wanted 2, got ${major}`);
    }
    const snapLength = view.getUint32(at + 16, this.#little);
    this.#lengthLimit = Math.min(Math.max(snapLength, USUAL_LENGTH_LIMIT), RECORD_LIMIT);
    this.#minor = minor;
    this.#linkType = view.getUint32(at + 20, this.#little) & LINK_TYPE_MASK;
    const note: CaptureInterface = {
      kind: 'interface',
      id: 0,
      linkType: this.#linkType,
      snapLength,
      resolution: this.#kind === 'nanoseconds' ? NANOSECONDS : MICROSECONDS,
      timeOffsetSeconds: 0n,
    };
    sink.notes.push(
      {
        kind: 'section',
        format: 'pcap',
        byteOrder: this.#little ? 'little' : 'big',
        version: `${major}.${minor}`,
      },
      note,
    );
    window.at = at + FILE_HEADER_LENGTH;
    return 0;
  }

  cut(window: Window): WireError {
    if (this.#linkType === undefined) return cutError(window, FILE_HEADER);
    const header: FieldLayout =
      this.#kind === 'modified'
        ? [...PACKET_HEADER, ['interface, protocol, packet type', MODIFIED_EXTRA_LENGTH]]
        : PACKET_HEADER;
    if (window.available < this.#headerLength) return cutError(window, header);
    return cutError(window, [...header, ['packet data', this.#needed - this.#headerLength]]);
  }
}
