import { describe, expect, it } from 'vitest';
import { ByteReader, ByteWriter, fromHex, latin1, toHex, u16At, u32At } from './bytes.ts';

describe('fromHex', () => {
  it('joins parts and leaves white space out; toHex writes it back', () => {
    expect(toHex(fromHex('00 01\n', 'fF', ''))).toBe('0001ff');
  });

  it.each(['0', '0g', '0x00'])('throws WIRE_UNENCODABLE for "%s"', (text) => {
    expect(() => fromHex(text)).toThrow(expect.objectContaining({ code: 'WIRE_UNENCODABLE', field: 'hex' }));
  });
});

describe('latin1', () => {
  it('makes one character of each octet, in a view too', () => {
    expect(latin1(fromHex('00 41ff 00').subarray(1, 3))).toBe('A\u00ff');
  });
});

describe('u16At and u32At', () => {
  it('read in network order, unsigned', () => {
    expect(u16At(fromHex('00 fffe'), 1)).toBe(0xfffe);
    expect(u32At(fromHex('00 fffefdfc'), 1)).toBe(0xfffefdfc);
  });
});

describe('ByteReader', () => {
  it('reads numbers in network order, octets, text and the rest', () => {
    const r = new ByteReader(fromHex('01 0203 fffefdfc aabb 6100 09'));

    expect([r.u8('a'), r.u16('b'), r.u32('c')]).toEqual([1, 0x0203, 0xfffefdfc]);
    expect(r.bytes('d', 2)).toEqual(fromHex('aabb'));
    expect(r.asciiz('e')).toBe('a');
    expect([r.offset, r.remaining, r.done]).toEqual([11, 1, false]);
    expect(r.rest()).toEqual(fromHex('09'));
    expect(r.done).toBe(true);
    expect(r.rest()).toEqual(fromHex(''));
  });

  it('hands out views, not copies, and reads within a view', () => {
    const bytes = fromHex('00 0102 03');
    const r = new ByteReader(bytes.subarray(1, 3));
    expect(r.bytes('a', 2).buffer).toBe(bytes.buffer);
    expect(() => r.u8('b')).toThrow(
      expect.objectContaining({ code: 'WIRE_TRUNCATED', field: 'b', offset: 2 }),
    );
  });

  it.each([
    { what: 'u8', read: (r: ByteReader) => r.u8('f'), bytes: '' },
    { what: 'u16', read: (r: ByteReader) => r.u16('f'), bytes: '00' },
    { what: 'u32', read: (r: ByteReader) => r.u32('f'), bytes: '000000' },
    { what: 'bytes', read: (r: ByteReader) => r.bytes('f', 3), bytes: '0000' },
    { what: 'asciiz', read: (r: ByteReader) => r.asciiz('f'), bytes: '6162' },
  ])('names field and offset where $what is cut, and counts offsets from its base', ({ read, bytes }) => {
    expect(() => read(new ByteReader(fromHex(bytes), 100))).toThrow(
      expect.objectContaining({ code: 'WIRE_TRUNCATED', field: 'f', offset: 100 }),
    );
  });

  it('does not move when a read fails', () => {
    const r = new ByteReader(fromHex('0102'));
    expect(() => r.u32('a')).toThrow();
    expect(r.u16('b')).toBe(0x0102);
  });
});

describe('ByteWriter', () => {
  it('writes numbers, octets, zeros and text, growing as it must', () => {
    const w = new ByteWriter(1)
      .u8('a', 1)
      .u16('b', 0x0203)
      .u32('c', 0xfffefdfc)
      .raw(fromHex('aabb'))
      .zeros(2);
    expect(toHex(w.asciiz('d', 'a\u00ff').bytes())).toBe('010203fffefdfcaabb000061ff00');
    expect(w.length).toBe(14);
  });

  it('hands out a copy', () => {
    const w = new ByteWriter().u8('a', 1);
    const before = w.bytes();
    before[0] = 9;
    expect(w.u8('b', 2).bytes()).toEqual(fromHex('0102'));
  });

  it.each([
    { what: 'a u8 of 256', write: (w: ByteWriter) => w.u8('f', 256) },
    { what: 'a u16 of -1', write: (w: ByteWriter) => w.u16('f', -1) },
    { what: 'a u16 of 1.5', write: (w: ByteWriter) => w.u16('f', 1.5) },
    { what: 'a u32 of 2^32', write: (w: ByteWriter) => w.u32('f', 2 ** 32) },
    { what: 'text beyond Latin-1', write: (w: ByteWriter) => w.asciiz('f', '\u20ac') },
    { what: 'text with NUL', write: (w: ByteWriter) => w.asciiz('f', 'a\0') },
  ])('throws WIRE_UNENCODABLE for $what', ({ write }) => {
    expect(() => write(new ByteWriter().u8('before', 0))).toThrow(
      expect.objectContaining({ code: 'WIRE_UNENCODABLE', field: 'f', offset: 1 }),
    );
  });
});
