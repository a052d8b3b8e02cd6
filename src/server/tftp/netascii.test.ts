import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NetasciiDecoder, netasciiLength, toNetascii } from './netascii.ts';

const latin1 = (octets: Uint8Array): string => Buffer.from(octets).toString('latin1');

describe('toNetascii', () => {
  it('ends lines with CR LF and marks a CR that is not one', () => {
    const octets = Buffer.from('a\nb\rc\r\n\xff', 'latin1');
    expect(latin1(toNetascii(octets))).toBe('a\r\nb\r\0c\r\0\r\n\xff');
    expect(toNetascii(new Uint8Array(0))).toHaveLength(0);
  });

  it('makes as many octets as netasciiLength says', () => {
    fc.assert(
      fc.property(text, (octets) => {
        expect(toNetascii(octets)).toHaveLength(netasciiLength(octets));
      }),
    );
  });
});

describe('NetasciiDecoder', () => {
  it.each([
    ['a\r\nb\r\0c', 'a\nb\rc'],
    ['\r\r\n', '\r\n'],
    ['\rx', '\rx'],
    ['x\r', 'x\r'],
  ])('makes of %j a file of %j', (wire, file) => {
    const decoder = new NetasciiDecoder();
    expect(latin1(decoder.take(Buffer.from(wire))) + latin1(decoder.end())).toBe(file);
  });

  it('undoes toNetascii, wherever the blocks are cut', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 9 }), (octets, blksize) => {
        const wire = toNetascii(octets);
        const decoder = new NetasciiDecoder();
        const parts = [];
        for (let at = 0; at < wire.length; at += blksize) {
          parts.push(decoder.take(wire.subarray(at, at + blksize)));
        }
        expect(Buffer.concat([...parts, decoder.end()]).equals(octets)).toBe(true);
      }),
    );
  });
});

const text = fc
  .array(fc.constantFrom(10, 13, 0, 97, 255), { maxLength: 60 })
  .map((octets) => Uint8Array.from(octets));
