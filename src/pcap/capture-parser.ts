import { latin1, toHex } from '../wire/bytes.ts';
import { parsing, WireError } from '../wire/wire-error.ts';
import type { CaptureBatch, CaptureEnding } from './capture-item.ts';
import { ClassicDecoder, classicVariant } from './classic-decoder.ts';
import { BLOCK } from './pcapng-block.ts';
import { PcapngDecoder } from './pcapng-decoder.ts';
import { type CaptureDecoder, type Sink, Window } from './window.ts';

const EMPTY = new Uint8Array(0);
const MAGIC_LENGTH = 4;
/** How much of a file that is no capture the error shows. */
const SHOWN_LENGTH = 16;
const READABLE = 'a pcap, pcapng or gzip file';

/** First octets of what people hand in by mistake, and what to do about it. */
const OTHER_FILES: readonly (readonly [hex: string, what: string, remedy: string])[] = [
  ['1f8b', 'gzip inside gzip', 'unpack it once: gunzip'],
  ['28b52ffd', 'zstd', 'unpack it: zstd -d'],
  ['fd377a58', 'xz', 'unpack it: xz -d'],
  ['425a68', 'bzip2', 'unpack it: bzip2 -d'],
  ['04224d18', 'lz4', 'unpack it: lz4 -d'],
  ['504b0304', 'zip', 'unpack it: unzip'],
  ['736e6f6f', 'a snoop capture', 'convert it: editcap -F pcapng IN OUT'],
  ['58435000', 'a NetXRay capture', 'convert it: editcap -F pcapng IN OUT'],
];

/**
 * Bytes in, frames out, without I/O: reads a pcap or pcapng file (not gzip) pushed in chunks of any size. A frame
 * comes out of the push that completes its record. Never throws, whatever the bytes.
 *
 * Frames are views on the chunks pushed (or on a buffer of their own, where a chunk's end cut them): a chunk must not
 * be written to after it was pushed.
 */
export class CaptureParser {
  #decoder: CaptureDecoder | undefined;
  /** The beginning of a record whose end has not come yet: #carry[0 .. #carried]. Octet 0 stands at #base. */
  #carry: Uint8Array = EMPTY;
  #carried = 0;
  /** Octets of the capture that are read and done with. */
  #base = 0;
  /** Octets that it takes, from #base on, to get further. */
  #needed = MAGIC_LENGTH;
  #frames = 0;
  #ending: CaptureEnding | undefined;

  /** Octets pushed so far. */
  get length(): number {
    return this.#base + this.#carried;
  }

  /** After a batch with an ending, further chunks are ignored. */
  push(chunk: Uint8Array): CaptureBatch {
    const sink: Sink = { frames: [], notes: [] };
    if (this.#ending !== undefined) return sink;
    const length = this.length + chunk.length;
    const read = parsing(() => this.#read(plain(chunk), sink));
    this.#frames += sink.frames.length;
    if (read.ok) return sink;
    this.#ending = this.#cutOff(read.error, length);
    return { ...sink, ending: this.#ending };
  }

  /** The stream is over; `problem` says why, where it was not its own end (a gzip file that breaks off). */
  end(problem?: WireError): CaptureBatch {
    if (this.#ending === undefined) {
      const error = problem ?? this.#cut();
      this.#ending =
        error === undefined
          ? { kind: 'complete', frames: this.#frames, length: this.length }
          : this.#cutOff(error, this.length);
      return { frames: [], notes: [], ending: this.#ending };
    }
    return { frames: [], notes: [] };
  }

  #read(chunk: Uint8Array, sink: Sink): void {
    let from = 0;
    while (this.#carried > 0) {
      const missing = Math.min(this.#needed - this.#carried, chunk.length - from);
      this.#append(chunk.subarray(from, from + missing));
      from += missing;
      if (this.#carried < this.#needed) return;
      const window = new Window(this.#carry.subarray(0, this.#carried), this.#base);
      this.#needed = this.#step(window, sink);
      if (window.at > 0) {
        this.#base += this.#carried;
        this.#carried = 0;
        // Frames may be views on this buffer: the next record starts another one.
        this.#carry = EMPTY;
      }
    }
    const window = new Window(from === 0 ? chunk : chunk.subarray(from), this.#base);
    while (window.available >= this.#needed && window.available > 0) this.#needed = this.#step(window, sink);
    this.#base = window.offset;
    this.#append(window.bytes.subarray(window.at));
  }

  /** One record, or the choice of a decoder. Returns how many octets the next step takes. */
  #step(window: Window, sink: Sink): number {
    if (this.#decoder === undefined) {
      this.#decoder = decoderFor(window);
      return MAGIC_LENGTH;
    }
    return this.#decoder.read(window, sink) || 1;
  }

  /** Grows with what really came, never with what a length field claims. */
  #append(bytes: Uint8Array): void {
    const length = this.#carried + bytes.length;
    if (length > this.#carry.length) {
      const capacity = Math.max(length, Math.min(this.#needed, 2 * length));
      const larger = new Uint8Array(capacity);
      larger.set(this.#carry.subarray(0, this.#carried));
      this.#carry = larger;
    }
    this.#carry.set(bytes, this.#carried);
    this.#carried = length;
  }

  /** What the stream's end cut, if it cut anything. */
  #cut(): WireError | undefined {
    const window = new Window(this.#carry.subarray(0, this.#carried), this.#base);
    const decoder = this.#decoder;
    if (decoder === undefined) return notACapture(window.bytes);
    if (this.#carried === 0) return undefined;
    const cut = parsing(() => decoder.cut(window));
    return cut.ok ? cut.value : cut.error;
  }

  #cutOff(error: WireError, length: number): CaptureEnding {
    const { offset, field } = error;
    const frames = this.#frames;
    const after = `after ${frames} ${frames === 1 ? 'frame' : 'frames'}`;
    let message = `The capture cannot be read on from byte ${offset}, ${after}: ${error.message}`;
    if (this.#decoder === undefined) message = `This is not a capture file: ${error.message}`;
    else if (error.code === 'WIRE_TRUNCATED')
      message = `The capture ends at byte ${length}, ${after}: ${error.message}`;
    return { kind: 'cut-off', frames, length, offset, field, error, message };
  }
}

/** Frames are Uint8Array views even where chunks are Buffers, whose slice() is not a copy. */
function plain(chunk: Uint8Array): Uint8Array {
  return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length);
}

function decoderFor(window: Window): CaptureDecoder {
  const variant = classicVariant(window.view);
  if (variant !== undefined) return new ClassicDecoder(variant);
  if (window.view.getUint32(0) === BLOCK.sectionHeader) return new PcapngDecoder();
  throw notACapture(window.bytes);
}

function notACapture(bytes: Uint8Array): WireError {
  if (bytes.length === 0) {
    return new WireError('WIRE_TRUNCATED', 0, 'magic number', `wanted ${READABLE}, got an empty file`);
  }
  const shown = bytes.subarray(0, SHOWN_LENGTH);
  const seen = `${toHex(shown)} ("${latin1(shown).replace(/[^ -~]/g, '.')}")`;
  if (bytes.length < MAGIC_LENGTH) {
    return new WireError('WIRE_TRUNCATED', 0, 'magic number', `wanted ${READABLE}, got only ${seen}`);
  }
  const hex = toHex(bytes.subarray(0, MAGIC_LENGTH));
  const [, what, remedy] = OTHER_FILES.find(([magic]) => hex.startsWith(magic)) ?? [];
  const is = what === undefined ? '' : `, which is ${what}`;
  return new WireError('WIRE_MALFORMED', 0, 'magic number', `wanted ${READABLE}, got ${seen}${is}`, remedy);
}
