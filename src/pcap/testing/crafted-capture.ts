/** For tests: captures written field by field, in either byte order, independently of PcapngWriter. */

export type CraftedFields = (readonly [field: string, bytes: Uint8Array])[];

/** A file, where each of its fields starts, and after which octets it could end without anything missing. */
export type Crafted = {
  readonly bytes: Uint8Array;
  readonly fields: readonly { readonly field: string; readonly start: number; readonly length: number }[];
  readonly recordEnds: readonly number[];
};

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts);
}

/** Joins records, each a list of fields. */
export function crafted(...records: readonly CraftedFields[]): Crafted {
  const fields: { field: string; start: number; length: number }[] = [];
  const recordEnds: number[] = [];
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const record of records) {
    for (const [field, bytes] of record) {
      fields.push({ field, start: at, length: bytes.length });
      parts.push(bytes);
      at += bytes.length;
    }
    recordEnds.push(at);
  }
  return { bytes: concat(...parts), fields, recordEnds };
}

/** Numbers in one byte order. */
export class Craft {
  readonly little: boolean;

  constructor(little: boolean) {
    this.little = little;
  }

  u16(value: number): Uint8Array {
    const out = new Uint8Array(2);
    new DataView(out.buffer).setUint16(0, value, this.little);
    return out;
  }

  u32(value: number): Uint8Array {
    const out = new Uint8Array(4);
    new DataView(out.buffer).setUint32(0, value, this.little);
    return out;
  }

  u64(value: bigint): Uint8Array {
    const out = new Uint8Array(8);
    new DataView(out.buffer).setBigUint64(0, BigInt.asUintN(64, value), this.little);
    return out;
  }

  // Classic pcap.

  fileHeader(
    magic: number,
    { major = 2, minor = 4, snapLength = 262_144, linkType = 1 }: Partial<Record<string, number>> = {},
  ): CraftedFields {
    return [
      ['magic number', this.u32(magic)],
      ['major version', this.u16(major)],
      ['minor version', this.u16(minor)],
      ['reserved 1', this.u32(0)],
      ['reserved 2', this.u32(0)],
      ['snap length', this.u32(snapLength)],
      ['link type', this.u32(linkType)],
    ];
  }

  packet(
    seconds: number,
    fraction: number,
    bytes: Uint8Array,
    { captured = bytes.length, original = bytes.length, extra = new Uint8Array(0) }: PacketOverrides = {},
  ): CraftedFields {
    return [
      ['timestamp seconds', this.u32(seconds)],
      ['timestamp fraction', this.u32(fraction)],
      ['captured packet length', this.u32(captured)],
      ['original packet length', this.u32(original)],
      ['interface, protocol, packet type', extra],
      ['packet data', bytes],
    ];
  }

  // pcapng.

  block(name: string, type: number, body: Uint8Array, length = body.length + 12): CraftedFields {
    return [
      ['block type', this.u32(type)],
      ['block total length', this.u32(length)],
      [`${name} body`, body],
      ['trailing block total length', this.u32(length)],
    ];
  }

  option(code: number, value: Uint8Array | string): Uint8Array {
    const bytes = typeof value === 'string' ? Buffer.from(value) : value;
    return concat(this.u16(code), this.u16(bytes.length), padded(bytes));
  }

  section(...options: readonly Uint8Array[]): CraftedFields {
    return this.block(
      'section header block',
      0x0a0d0d0a,
      concat(this.u32(0x1a2b3c4d), this.u16(1), this.u16(0), this.u64(-1n), ...options),
    );
  }

  interface(linkType: number, snapLength: number, ...options: readonly Uint8Array[]): CraftedFields {
    return this.block(
      'interface description block',
      1,
      concat(this.u16(linkType), this.u16(0), this.u32(snapLength), ...options),
    );
  }

  enhancedPacket(
    interfaceId: number,
    timestamp: bigint,
    bytes: Uint8Array,
    original = bytes.length,
    ...options: readonly Uint8Array[]
  ): CraftedFields {
    return this.block(
      'enhanced packet block',
      6,
      concat(
        this.u32(interfaceId),
        this.u32(Number(timestamp >> 32n)),
        this.u32(Number(timestamp & 0xffff_ffffn)),
        this.u32(bytes.length),
        this.u32(original),
        padded(bytes),
        ...options,
      ),
    );
  }

  obsoletePacket(interfaceId: number, drops: number, timestamp: bigint, bytes: Uint8Array): CraftedFields {
    return this.block(
      'packet block',
      2,
      concat(
        this.u16(interfaceId),
        this.u16(drops),
        this.u32(Number(timestamp >> 32n)),
        this.u32(Number(timestamp & 0xffff_ffffn)),
        this.u32(bytes.length),
        this.u32(bytes.length),
        padded(bytes),
      ),
    );
  }

  simplePacket(bytes: Uint8Array, original = bytes.length): CraftedFields {
    return this.block('simple packet block', 3, concat(this.u32(original), padded(bytes)));
  }
}

type PacketOverrides = {
  readonly captured?: number;
  readonly original?: number;
  /** The modified format's eight octets. */
  readonly extra?: Uint8Array;
};

function padded(bytes: Uint8Array): Uint8Array {
  // 0xa5 where the draft asks for zeros: whoever reads padding is found out.
  return concat(bytes, new Uint8Array((4 - (bytes.length % 4)) % 4).fill(0xa5));
}

/** A byte stream that hands over these chunks. */
export async function* chunked(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.slice(at, at + length);
}
