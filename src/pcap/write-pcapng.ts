/**
 * pcapng (draft-ietf-opsawg-pcapng) as bytes: the caller puts them where it likes. Little-endian, nanoseconds, one
 * section of unknown length, so that the file is complete after every block and may be read while it grows.
 */
import { WireError } from '../wire/wire-error.ts';
import type { Frame } from './frame.ts';
import {
  BLOCK,
  BLOCK_BODY_AT,
  BLOCK_OVERHEAD,
  BYTE_ORDER_MAGIC,
  DIRECTION,
  OPTION,
  padded,
} from './pcapng-block.ts';
import { NANOSECONDS } from './timestamp.ts';
import { RECORD_LIMIT } from './window.ts';

export type PcapngSection = {
  /** shb_userappl, for instance `pxebench 0.1.0`. */
  readonly application: string;
  readonly operatingSystem?: string;
  readonly hardware?: string;
  readonly comments?: readonly string[];
};

export type PcapngInterface = {
  readonly linkType: number;
  readonly name: string;
  readonly description?: string;
  /** 0, the default, is no limit. */
  readonly snapLength?: number;
  readonly comments?: readonly string[];
};

/** A Frame without what the file itself tells (number, link type), and what only a capturing program knows. */
export type PcapngFrame = Pick<Frame, 'timeNs' | 'interfaceId' | 'bytes' | 'comments' | 'direction'> & {
  /** Absent: the frame is whole. */
  readonly originalLength?: number;
  /** epb_packetid: the same number for the same packet seen on several interfaces. */
  readonly packetId?: bigint;
  /** epb_dropcount: frames lost between this one and the one before. */
  readonly dropCount?: bigint;
};

export type PcapngStatistics = {
  readonly interfaceId: number;
  readonly timeNs: bigint;
  readonly startNs?: bigint;
  readonly endNs?: bigint;
  readonly received?: bigint;
  readonly dropped?: bigint;
  readonly comments?: readonly string[];
};

type EncodedOption = { readonly code: number; readonly value: Uint8Array };

const utf8 = new TextEncoder();
const VERSION = { major: 1, minor: 0 } as const;
/** "Section Length" of a section whose end is not known yet. */
const UNKNOWN_LENGTH = -1n;

/**
 * Makes the blocks of one pcapng file, to be written in the order of the calls: section() once, interface() before
 * the first frame of each, frame() and statistics() at will. Throws WireError (WIRE_UNENCODABLE) for what the format
 * cannot hold and for an interface that was not described.
 */
export class PcapngWriter {
  #interfaces = 0;

  section(section: PcapngSection): Uint8Array {
    const options = [
      ...textOptions(OPTION.comment, 'opt_comment', section.comments),
      ...textOptions(OPTION.sectionHardware, 'shb_hardware', section.hardware),
      ...textOptions(OPTION.sectionOs, 'shb_os', section.operatingSystem),
      ...textOptions(OPTION.sectionApplication, 'shb_userappl', section.application),
    ];
    return block(BLOCK.sectionHeader, 16, options, (view) => {
      view.setUint32(8, BYTE_ORDER_MAGIC, true);
      view.setUint16(12, VERSION.major, true);
      view.setUint16(14, VERSION.minor, true);
      view.setBigInt64(16, UNKNOWN_LENGTH, true);
    });
  }

  /** Interfaces are numbered from 0 in the order of the calls. */
  interface(description: PcapngInterface): Uint8Array {
    const { linkType, snapLength = 0 } = description;
    integer('link type', linkType, 0xffff);
    integer('snap length', snapLength, 0xffff_ffff);
    const options = [
      ...textOptions(OPTION.comment, 'opt_comment', description.comments),
      ...textOptions(OPTION.interfaceName, 'if_name', description.name),
      ...textOptions(OPTION.interfaceDescription, 'if_description', description.description),
      { code: OPTION.interfaceTimeResolution, value: Uint8Array.of(NANOSECONDS.exponent) },
    ];
    this.#interfaces += 1;
    return block(BLOCK.interfaceDescription, 8, options, (view) => {
      view.setUint16(8, linkType, true);
      view.setUint32(12, snapLength, true);
    });
  }

  /** An Enhanced Packet Block. */
  frame(frame: PcapngFrame): Uint8Array {
    const { timeNs, interfaceId, bytes, originalLength = bytes.length, direction } = frame;
    this.#known(interfaceId);
    integer('original packet length', originalLength, 0xffff_ffff);
    const options = [
      ...textOptions(OPTION.comment, 'opt_comment', frame.comments),
      ...(direction === undefined
        ? []
        : [{ code: OPTION.packetFlags, value: Uint8Array.of(DIRECTION[direction], 0, 0, 0) }]),
      ...countOptions(OPTION.packetDropCount, 'epb_dropcount', frame.dropCount),
      ...countOptions(OPTION.packetId, 'epb_packetid', frame.packetId),
    ];
    return block(BLOCK.enhancedPacket, 20 + padded(bytes.length), options, (view, out) => {
      view.setUint32(8, interfaceId, true);
      setTimestamp(view, 12, 'timestamp', timeNs);
      view.setUint32(20, bytes.length, true);
      view.setUint32(24, originalLength, true);
      out.set(bytes, 28);
    });
  }

  /** An Interface Statistics Block: usually the last of a file. */
  statistics(statistics: PcapngStatistics): Uint8Array {
    const { interfaceId, timeNs } = statistics;
    this.#known(interfaceId);
    const options = [
      ...textOptions(OPTION.comment, 'opt_comment', statistics.comments),
      ...timeOptions(OPTION.statisticsStart, 'isb_starttime', statistics.startNs),
      ...timeOptions(OPTION.statisticsEnd, 'isb_endtime', statistics.endNs),
      ...countOptions(OPTION.statisticsReceived, 'isb_ifrecv', statistics.received),
      ...countOptions(OPTION.statisticsDropped, 'isb_ifdrop', statistics.dropped),
    ];
    return block(BLOCK.interfaceStatistics, 12, options, (view) => {
      view.setUint32(8, interfaceId, true);
      setTimestamp(view, 12, 'timestamp', timeNs);
    });
  }

  #known(interfaceId: number): void {
    if (Number.isInteger(interfaceId) && interfaceId >= 0 && interfaceId < this.#interfaces) return;
    throw unencodable('interface id', `one of the ${this.#interfaces} described before`, interfaceId);
  }
}

/** A whole block; `fill` writes its fixed fields, which stand from octet 8 on and take `fixedLength`. */
function block(
  type: number,
  fixedLength: number,
  options: readonly EncodedOption[],
  fill: (view: DataView, out: Uint8Array) => void,
): Uint8Array {
  // With no options there is no opt_endofopt either.
  const optionsLength =
    options.length === 0 ? 0 : options.reduce((sum, { value }) => sum + 4 + padded(value.length), 4);
  const length = BLOCK_OVERHEAD + fixedLength + optionsLength;
  if (length > RECORD_LIMIT) throw unencodable('block total length', `at most ${RECORD_LIMIT}`, length);
  const out = new Uint8Array(length);
  const view = new DataView(out.buffer);
  view.setUint32(0, type, true);
  view.setUint32(4, length, true);
  fill(view, out);
  let at = BLOCK_BODY_AT + fixedLength;
  for (const { code, value } of options) {
    view.setUint16(at, code, true);
    view.setUint16(at + 2, value.length, true);
    out.set(value, at + 4);
    at += 4 + padded(value.length);
  }
  view.setUint32(length - 4, length, true);
  return out;
}

function textOptions(
  code: number,
  field: string,
  text: string | readonly string[] | undefined,
): readonly EncodedOption[] {
  if (text === undefined) return [];
  const texts = typeof text === 'string' ? [text] : text;
  return texts.map((one) => {
    const value = utf8.encode(one);
    if (value.length > 0xffff) throw unencodable(field, 'at most 65535 bytes of UTF-8', value.length);
    return { code, value };
  });
}

function countOptions(code: number, field: string, count: bigint | undefined): readonly EncodedOption[] {
  if (count === undefined) return [];
  const value = new Uint8Array(8);
  new DataView(value.buffer).setBigUint64(0, unsigned64(field, count), true);
  return [{ code, value }];
}

function timeOptions(code: number, field: string, timeNs: bigint | undefined): readonly EncodedOption[] {
  if (timeNs === undefined) return [];
  const value = new Uint8Array(8);
  setTimestamp(new DataView(value.buffer), 0, field, timeNs);
  return [{ code, value }];
}

/** Two 32-bit halves, the high one first in either byte order. */
function setTimestamp(view: DataView, at: number, field: string, timeNs: bigint): void {
  const value = unsigned64(field, timeNs);
  view.setUint32(at, Number(value >> 32n), true);
  view.setUint32(at + 4, Number(value & 0xffff_ffffn), true);
}

function unsigned64(field: string, value: bigint): bigint {
  if (value < 0n || value >= 1n << 64n) throw unencodable(field, 'an unsigned integer of 64 bits', value);
  return value;
}

function integer(field: string, value: number, most: number): void {
  if (!Number.isInteger(value) || value < 0 || value > most) {
    throw unencodable(field, `an integer from 0 to ${most}`, value);
  }
}

function unencodable(field: string, wanted: string, got: number | bigint): WireError {
  return new WireError('WIRE_UNENCODABLE', 0, field, `wanted ${wanted}, got ${got}`);
}
