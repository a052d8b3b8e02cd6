import { WireError } from '../wire/wire-error.ts';
import type { CaptureNote } from './capture-item.ts';
import type { Frame } from './frame.ts';

/**
 * No record of a capture may claim more octets than this: a length beyond it is damage, not data (Wireshark's
 * MAX_BLOCK_SIZE for pcapng). It also bounds the memory that a cut or hostile file can make us hold.
 */
export const RECORD_LIMIT = 16 * 1024 * 1024;

/** The part of the byte stream that is at hand. A decoder reads at `at` and moves it on. */
export class Window {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Offset in the capture of bytes[0]. */
  readonly base: number;
  at = 0;

  constructor(bytes: Uint8Array, base: number) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.base = base;
  }

  get available(): number {
    return this.bytes.length - this.at;
  }

  /** Offset in the capture of the next octet. */
  get offset(): number {
    return this.base + this.at;
  }
}

/** Where decoders put what they read. */
export type Sink = { readonly frames: Frame[]; readonly notes: CaptureNote[] };

/** One capture format, fed by CaptureParser. */
export interface CaptureDecoder {
  /**
   * Reads one record (file header, packet, block). Returns 0 when it was read and `window.at` stands behind it;
   * otherwise how many octets from `window.at` on it takes to get further (more than are available), with
   * `window.at` unmoved. A record that is read takes exactly the number last returned for it. Throws WireError.
   */
  readonly read: (window: Window, sink: Sink) => number;
  /** Names the field in which the stream ended: `window` holds the beginning of a record. May throw WireError too. */
  readonly cut: (window: Window) => WireError;
}

/** Name and length in octets, in file order. */
export type FieldLayout = readonly (readonly [field: string, length: number])[];

/** The error for a record that ends somewhere within `layout`. */
export function cutError(window: Window, layout: FieldLayout): WireError {
  let start = 0;
  for (const [field, length] of layout) {
    const have = window.available - start;
    if (have < length) {
      return new WireError(
        'WIRE_TRUNCATED',
        window.offset + start,
        field,
        `need ${length} ${length === 1 ? 'byte' : 'bytes'}, have ${have}`,
      );
    }
    start += length;
  }
  throw new Error(`a record of ${start} bytes is not cut by ${window.available}`);
}
