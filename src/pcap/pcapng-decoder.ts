/**
 * pcapng files (draft-ietf-opsawg-pcapng): any number of sections, each in its own byte order and with its own
 * interfaces. Read: section header, interface description, enhanced, simple and obsolete packet, interface statistics.
 * Passed over: every other block (name resolution, decryption secrets, custom ...), and every option not named here.
 *
 * A Simple Packet Block has no timestamp: such a frame's timeNs is 0.
 */
import { WireError } from '../wire/wire-error.ts';
import type { CaptureInterface } from './capture-item.ts';
import type { Frame } from './frame.ts';
import {
  BLOCK,
  BLOCK_BODY_AT,
  BLOCK_OVERHEAD,
  BYTE_ORDER_MAGIC,
  DIRECTION,
  DIRECTION_MASK,
  OPTION,
  padded,
} from './pcapng-block.ts';
import { fixedOption, optionTexts, type PcapngOption, readOptions } from './pcapng-options.ts';
import { resolutionFromOctet, timestampToNs } from './timestamp.ts';
import {
  type CaptureDecoder,
  cutError,
  type FieldLayout,
  RECORD_LIMIT,
  type Sink,
  type Window,
} from './window.ts';

/** Names for errors, and how long a block of the type is at least, options and data left out. */
const KNOWN_BLOCKS: ReadonlyMap<number, { readonly name: string; readonly least: number }> = new Map([
  [BLOCK.sectionHeader, { name: 'section header block', least: 28 }],
  [BLOCK.interfaceDescription, { name: 'interface description block', least: 20 }],
  [BLOCK.packet, { name: 'packet block', least: 32 }],
  [BLOCK.simplePacket, { name: 'simple packet block', least: 16 }],
  [BLOCK.interfaceStatistics, { name: 'interface statistics block', least: 24 }],
  [BLOCK.enhancedPacket, { name: 'enhanced packet block', least: 32 }],
]);

type KnownInterface = {
  readonly note: CaptureInterface;
  readonly toNs: (high: number, low: number) => bigint;
};

export class PcapngDecoder implements CaptureDecoder {
  #little = true;
  /** Of this section; their ids in the file start at #firstId. */
  #interfaces: KnownInterface[] = [];
  #firstId = 0;
  /** Of the last frame. */
  #number = 0;

  read(window: Window, sink: Sink): number {
    if (window.available < BLOCK_OVERHEAD) return BLOCK_OVERHEAD;
    const { view, at } = window;
    const type = view.getUint32(at, this.#little);
    if (type === BLOCK.sectionHeader) this.#little = byteOrder(window);
    const length = this.#blockLength(window, type);
    if (window.available < length) return length;
    const again = view.getUint32(at + length - 4, this.#little);
    if (again !== length) {
      throw new WireError(
        'WIRE_MALFORMED',
        window.offset + length - 4,
        'trailing block total length',
        `wanted ${length} as at the start of the ${blockName(type)}, got ${again}`,
      );
    }
    this.#readBlock(window, sink, type, at + length - 4);
    window.at = at + length;
    return 0;
  }

  #readBlock(window: Window, sink: Sink, type: number, end: number): void {
    switch (type) {
      case BLOCK.enhancedPacket:
        sink.frames.push(this.#packet(window, end, window.view.getUint32(window.at + 8, this.#little)));
        break;
      case BLOCK.packet:
        // The interface takes 16 bits here, and a drop count the other 16.
        sink.frames.push(this.#packet(window, end, window.view.getUint16(window.at + 8, this.#little)));
        break;
      case BLOCK.simplePacket:
        sink.frames.push(this.#simplePacket(window, end));
        break;
      case BLOCK.sectionHeader:
        this.#section(window, sink, end);
        break;
      case BLOCK.interfaceDescription:
        this.#interface(window, sink, end);
        break;
      case BLOCK.interfaceStatistics:
        this.#statistics(window, sink, end);
        break;
      case BLOCK.systemdJournal:
      case BLOCK.custom:
      case BLOCK.customNotToCopy:
        // No frames, but Wireshark numbers them as such, and our numbers are to be its numbers.
        this.#number += 1;
        break;
      default:
        break;
    }
  }

  #blockLength(window: Window, type: number): number {
    const length = window.view.getUint32(window.at + 4, this.#little);
    const least = KNOWN_BLOCKS.get(type)?.least ?? BLOCK_OVERHEAD;
    if (length < least || length > RECORD_LIMIT || length % 4 !== 0) {
      throw new WireError(
        'WIRE_MALFORMED',
        window.offset + 4,
        'block total length',
        `wanted a multiple of 4 from ${least} to ${RECORD_LIMIT} for a ${blockName(type)}, got ${length}`,
        'what stands here is not a block; the file may be damaged from here on',
      );
    }
    return length;
  }

  /** Enhanced Packet Block and Packet Block: the same but for the interface and the meaning of no option read here. */
  #packet(window: Window, end: number, interfaceIndex: number): Frame {
    const { view, at } = window;
    const known = this.#known(interfaceIndex, window.offset + 8);
    const captured = view.getUint32(at + 20, this.#little);
    const dataAt = at + 28;
    if (captured > end - dataAt) throw capturedLengthError(window, 20, captured, end - dataAt);
    this.#number += 1;
    const frame: Frame = {
      number: this.#number,
      timeNs: known.toNs(view.getUint32(at + 12, this.#little), view.getUint32(at + 16, this.#little)),
      interfaceId: known.note.id,
      linkType: known.note.linkType,
      bytes: window.bytes.subarray(dataAt, dataAt + captured),
      originalLength: view.getUint32(at + 24, this.#little),
    };
    const optionsAt = dataAt + padded(captured);
    if (optionsAt >= end) return frame;
    const options = readOptions(window, optionsAt, end, this.#little);
    return { ...frame, ...commentsOf(options), ...this.#directionOf(options) };
  }

  #simplePacket(window: Window, end: number): Frame {
    // It names no interface: it belongs to the section's first one, whose snap length cut it (draft, section 4.4).
    const known = this.#known(0, window.offset);
    const original = window.view.getUint32(window.at + 8, this.#little);
    const dataAt = window.at + 12;
    const { snapLength } = known.note;
    const captured = snapLength === 0 ? original : Math.min(original, snapLength);
    if (captured > end - dataAt) throw capturedLengthError(window, 8, captured, end - dataAt);
    this.#number += 1;
    return {
      number: this.#number,
      timeNs: 0n,
      interfaceId: known.note.id,
      linkType: known.note.linkType,
      bytes: window.bytes.subarray(dataAt, dataAt + captured),
      originalLength: original,
    };
  }

  #section(window: Window, sink: Sink, end: number): void {
    const { view, at } = window;
    const major = view.getUint16(at + 12, this.#little);
    const minor = view.getUint16(at + 14, this.#little);
    if (major !== 1) {
      throw new WireError('WIRE_MALFORMED', window.offset + 12, 'major version', `wanted 1, got ${major}`);
    }
    const options = readOptions(window, at + 24, end, this.#little);
    const application = optionTexts(options, OPTION.sectionApplication)[0];
    const operatingSystem = optionTexts(options, OPTION.sectionOs)[0];
    const hardware = optionTexts(options, OPTION.sectionHardware)[0];
    this.#firstId += this.#interfaces.length;
    this.#interfaces = [];
    sink.notes.push({
      kind: 'section',
      format: 'pcapng',
      byteOrder: this.#little ? 'little' : 'big',
      version: `${major}.${minor}`,
      ...(application === undefined ? {} : { application }),
      ...(operatingSystem === undefined ? {} : { operatingSystem }),
      ...(hardware === undefined ? {} : { hardware }),
      ...commentsOf(options),
    });
  }

  #interface(window: Window, sink: Sink, end: number): void {
    const { view, at } = window;
    const options = readOptions(window, at + 16, end, this.#little);
    const resolution = resolutionFromOctet(
      fixedOption(options, OPTION.interfaceTimeResolution, 'if_tsresol', 1)?.getUint8(0) ?? 6,
    );
    const timeOffsetSeconds =
      fixedOption(options, OPTION.interfaceTimeOffset, 'if_tsoffset', 8)?.getBigInt64(0, this.#little) ?? 0n;
    const name = optionTexts(options, OPTION.interfaceName)[0];
    const description = optionTexts(options, OPTION.interfaceDescription)[0];
    const note: CaptureInterface = {
      kind: 'interface',
      id: this.#firstId + this.#interfaces.length,
      linkType: view.getUint16(at + BLOCK_BODY_AT, this.#little),
      snapLength: view.getUint32(at + 12, this.#little),
      resolution,
      timeOffsetSeconds,
      ...(name === undefined ? {} : { name }),
      ...(description === undefined ? {} : { description }),
      ...commentsOf(options),
    };
    this.#interfaces.push({ note, toNs: timestampToNs(resolution, timeOffsetSeconds) });
    sink.notes.push(note);
  }

  #statistics(window: Window, sink: Sink, end: number): void {
    const { view, at } = window;
    const known = this.#known(view.getUint32(at + 8, this.#little), window.offset + 8);
    const options = readOptions(window, at + 20, end, this.#little);
    const received = this.#count(options, OPTION.statisticsReceived, 'isb_ifrecv');
    const dropped = this.#count(options, OPTION.statisticsDropped, 'isb_ifdrop');
    sink.notes.push({
      kind: 'statistics',
      interfaceId: known.note.id,
      timeNs: known.toNs(view.getUint32(at + 12, this.#little), view.getUint32(at + 16, this.#little)),
      ...(received === undefined ? {} : { received }),
      ...(dropped === undefined ? {} : { dropped }),
      ...commentsOf(options),
    });
  }

  #known(index: number, offset: number): KnownInterface {
    const known = this.#interfaces[index];
    if (known !== undefined) return known;
    const count = this.#interfaces.length;
    throw new WireError(
      'WIRE_MALFORMED',
      offset,
      'interface id',
      `wanted one of the ${count} ${count === 1 ? 'interface' : 'interfaces'} that this section describes, got ${index}`,
    );
  }

  #count(options: readonly PcapngOption[], code: number, field: string): bigint | undefined {
    const value = fixedOption(options, code, field, 8);
    // As the draft has it for every 64-bit counter: a whole 64-bit number in the section's byte order.
    return value?.getBigUint64(0, this.#little);
  }

  #directionOf(options: readonly PcapngOption[]): Pick<Frame, 'direction'> {
    const bits = fixedOption(options, OPTION.packetFlags, 'epb_flags', 4)?.getUint32(0, this.#little) ?? 0;
    switch (bits & DIRECTION_MASK) {
      case DIRECTION.inbound:
        return { direction: 'inbound' };
      case DIRECTION.outbound:
        return { direction: 'outbound' };
      default:
        return {};
    }
  }

  cut(window: Window): WireError {
    const start: FieldLayout = [
      ['block type', 4],
      ['block total length', 4],
    ];
    if (window.available < 8) return cutError(window, start);
    const type = window.view.getUint32(window.at, this.#little);
    if (type === BLOCK.sectionHeader && window.available < BLOCK_OVERHEAD) {
      return cutError(window, [...start, ['byte-order magic', 4]]);
    }
    return cutError(window, [
      ...start,
      [`${blockName(type)} body`, this.#blockLength(window, type) - BLOCK_OVERHEAD],
      ['trailing block total length', 4],
    ]);
  }
}

/** True for little. Throws WireError for a section header without either magic. */
function byteOrder(window: Window): boolean {
  const at = window.at + BLOCK_BODY_AT;
  if (window.view.getUint32(at, true) === BYTE_ORDER_MAGIC) return true;
  if (window.view.getUint32(at, false) === BYTE_ORDER_MAGIC) return false;
  throw new WireError(
    'WIRE_MALFORMED',
    window.offset + BLOCK_BODY_AT,
    'byte-order magic',
    `wanted 1a2b3c4d in either byte order, got ${window.view.getUint32(at, false).toString(16).padStart(8, '0')}`,
  );
}

function blockName(type: number): string {
  return KNOWN_BLOCKS.get(type)?.name ?? `block of type ${type}`;
}

function commentsOf(options: readonly PcapngOption[]): { readonly comments?: readonly string[] } {
  const comments = optionTexts(options, OPTION.comment);
  return comments.length === 0 ? {} : { comments };
}

function capturedLengthError(window: Window, fieldAt: number, captured: number, room: number): WireError {
  return new WireError(
    'WIRE_MALFORMED',
    window.offset + fieldAt,
    'captured packet length',
    `wanted at most the ${room} bytes left in the block, got ${captured}`,
  );
}
