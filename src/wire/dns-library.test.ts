import dnsPacket from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readName } from './dns-library.ts';

const library = dnsPacket as unknown as {
  readonly name: { readonly decode: { (buffer: Buffer, offset: number): string; readonly bytes: number } };
};

/** What dns-packet alone says of it. */
function byLibrary(
  bytes: Uint8Array,
  offset: number,
): { readonly name: string; readonly end: number } | undefined {
  try {
    const name = library.name.decode(Buffer.from(bytes), offset);
    return { name, end: offset + library.name.decode.bytes };
  } catch {
    return undefined;
  }
}

const letter = fc.oneof({ weight: 9, arbitrary: fc.constantFrom(0x61, 0x2d, 0x5f, 0x39, 0x7e) }, fc.nat(255));
const label = fc.array(letter, { minLength: 1, maxLength: 63 }).map((octets) => [octets.length, ...octets]);
const ending = fc.oneof(
  { weight: 6, arbitrary: fc.constant([0]) },
  fc.constant([]),
  fc.nat(40).map((at) => [0xc0, at]),
  fc.array(fc.nat(255), { maxLength: 3 }),
);
const message = fc
  .tuple(
    fc.constantFrom([], [3, 0x77, 0x77, 0x77, 0]),
    fc.array(label, { maxLength: 6 }),
    ending,
    fc.uint8Array({ maxLength: 4 }),
  )
  .map(([before, labels, end, behind]) => ({
    bytes: Uint8Array.from([...before, ...labels.flat(), ...end, ...behind]),
    offset: before.length,
  }));

describe('readName', () => {
  it('reads each name as dns-packet does, and refuses what it refuses', () => {
    let read = 0;
    fc.assert(
      fc.property(message, ({ bytes, offset }) => {
        const wanted = byLibrary(bytes, offset);
        if (wanted === undefined) expect(() => readName(bytes, offset, 'name')).toThrow();
        else {
          read++;
          expect(readName(bytes, offset, 'name')).toEqual(wanted);
        }
      }),
      { numRuns: 2_000 },
    );
    expect(read).toBeGreaterThan(200);
  });

  it.each([
    ['the root', [0], '.'],
    ['a name', [3, 0x70, 0x78, 0x65, 2, 0x73, 0x6b, 0], 'pxe.sk'],
  ])('reads %s', (_, octets, name) => {
    expect(readName(Uint8Array.from(octets), 0, 'name')).toEqual({ name, end: octets.length });
  });
});
