import { WireError } from './wire-error.ts';

/** Text whose every character is one octet, and back without loss: what the octets of a packet say is not UTF-8. */
export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

export function toHex(bytes: Uint8Array): string {
  // A hardware address is done before a Buffer over it would be made.
  if (bytes.length > SHORT) {
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
  }
  let text = '';
  for (let i = 0; i < bytes.length; i++) text += HEX_OCTET[bytes[i] as number];
  return text;
}

const SHORT = 16;
const HEX_OCTET = Array.from({ length: 256 }, (_, octet) => octet.toString(16).padStart(2, '0'));

/** Hex digits to octets, parts joined, white space left out: a fixture is written one field per line. */
export function fromHex(...parts: readonly string[]): Uint8Array {
  const digits = parts.join('').replace(/\s+/g, '');
  if (!/^([0-9a-fA-F]{2})*$/.test(digits)) {
    throw new WireError('WIRE_UNENCODABLE', 0, 'hex', `wanted pairs of hex digits, got "${digits}"`);
  }
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** Shared, since a view of nothing is what most packets have behind their last field. */
export const NO_BYTES: Uint8Array = new Uint8Array(0);

/** Two octets in network order at `at`; the caller has checked that they are there. */
export function u16At(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

/** Four octets in network order, unsigned, at `at`; the caller has checked that they are there. */
export function u32At(bytes: Uint8Array, at: number): number {
  return u16At(bytes, at) * 0x10000 + u16At(bytes, at + 2);
}

/**
 * A cursor over octets in network order. Each read names its field, so that the error says which field was cut.
 * Throws WireError; only `parsing()` may be around it.
 */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  /** Added to offsets in errors: where these bytes start inside the whole message. */
  readonly #base: number;
  #at = 0;

  constructor(bytes: Uint8Array, base = 0) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#base = base;
  }

  /** Offset of the next octet, counted from the start of the whole message. */
  get offset(): number {
    return this.#base + this.#at;
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  #take(field: string, length: number): number {
    if (length > this.remaining) {
      throw new WireError(
        'WIRE_TRUNCATED',
        this.offset,
        field,
        `need ${length} ${length === 1 ? 'byte' : 'bytes'}, have ${this.remaining}`,
      );
    }
    const at = this.#at;
    this.#at += length;
    return at;
  }

  u8(field: string): number {
    return this.#view.getUint8(this.#take(field, 1));
  }

  u16(field: string): number {
    return this.#view.getUint16(this.#take(field, 2));
  }

  u32(field: string): number {
    return this.#view.getUint32(this.#take(field, 4));
  }

  /** A view, not a copy: the caller's buffer stays referenced. */
  bytes(field: string, length: number): Uint8Array {
    const at = this.#take(field, length);
    return this.#bytes.subarray(at, at + length);
  }

  /** Text up to the next NUL, which is read too. */
  asciiz(field: string): string {
    const end = this.#bytes.indexOf(0, this.#at);
    if (end < 0) {
      throw new WireError('WIRE_TRUNCATED', this.offset, field, `no NUL in the last ${this.remaining} bytes`);
    }
    const text = latin1(this.#bytes.subarray(this.#at, end));
    this.#at = end + 1;
    return text;
  }

  rest(): Uint8Array {
    const at = this.#at;
    this.#at = this.#bytes.length;
    return this.#bytes.subarray(at);
  }
}

/** Appends octets in network order. Throws WireError for a value that does not fit its field. */
export class ByteWriter {
  #bytes: Uint8Array;
  #at = 0;

  constructor(capacity = 64) {
    this.#bytes = new Uint8Array(capacity);
  }

  get length(): number {
    return this.#at;
  }

  #room(length: number): number {
    const at = this.#at;
    this.#at += length;
    if (this.#at > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#at, this.#bytes.length * 2));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    return at;
  }

  #number(field: string, value: number, octets: 1 | 2 | 4): this {
    if (!Number.isInteger(value) || value < 0 || value >= 2 ** (8 * octets)) {
      throw new WireError(
        'WIRE_UNENCODABLE',
        this.#at,
        field,
        `wanted an integer of ${8 * octets} bits, got ${value}`,
      );
    }
    const at = this.#room(octets);
    for (let i = octets - 1, rest = value; i >= 0; i--, rest = Math.floor(rest / 256))
      this.#bytes[at + i] = rest % 256;
    return this;
  }

  u8(field: string, value: number): this {
    return this.#number(field, value, 1);
  }

  u16(field: string, value: number): this {
    return this.#number(field, value, 2);
  }

  u32(field: string, value: number): this {
    return this.#number(field, value, 4);
  }

  raw(bytes: Uint8Array): this {
    const at = this.#room(bytes.length);
    this.#bytes.set(bytes, at);
    return this;
  }

  zeros(count: number): this {
    const at = this.#room(count);
    this.#bytes.fill(0, at, at + count);
    return this;
  }

  asciiz(field: string, text: string): this {
    if (text.includes('\0')) {
      throw new WireError('WIRE_UNENCODABLE', this.#at, field, 'wanted text without NUL');
    }
    if (/[\u0100-\uffff]/.test(text)) {
      const problem = `wanted characters of one octet, got ${JSON.stringify(text)}`;
      throw new WireError('WIRE_UNENCODABLE', this.#at, field, problem);
    }
    return this.raw(Buffer.from(text, 'latin1')).u8(field, 0);
  }

  /** A copy: writing on does not change what was handed out. */
  bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#at);
  }
}
