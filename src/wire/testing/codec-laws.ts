/** For tests only: what holds for every codec, whatever its protocol. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { toHex } from '../bytes.ts';
import type { ParseResult } from '../wire-error.ts';

export type Codec<T> = {
  readonly parse: (bytes: Uint8Array) => ParseResult<T>;
  readonly serialize: (value: T) => Uint8Array;
  /** One line; must not throw for anything that parse returns. */
  readonly format: (value: T) => string;
};

const POISON = 0xa5;

/** A view into a larger buffer, as parsers get it from a capture: reading outside the view meets 0xa5. */
function inside(bytes: Uint8Array): Uint8Array {
  const around = new Uint8Array(bytes.length + 16).fill(POISON);
  around.set(bytes, 8);
  return around.subarray(8, 8 + bytes.length);
}

function holds<T>(codec: Codec<T>, bytes: Uint8Array): void {
  const input = inside(bytes);
  const parsed = codec.parse(input);
  expect(toHex(input), 'parse left its input alone').toBe(toHex(bytes));
  if (parsed.ok) {
    expect(toHex(codec.serialize(parsed.value))).toBe(toHex(bytes));
    expect(codec.format(parsed.value)).not.toMatch(/\n|undefined|NaN/);
  } else {
    expect(parsed.error.field).not.toBe('');
    expect(parsed.error.offset).toBeGreaterThanOrEqual(0);
    expect(parsed.error.offset).toBeLessThanOrEqual(bytes.length);
  }
}

/** Tests: prefixes of the samples, samples with octets changed, and noise are read back exactly or refused as a value. */
export function itIsACodec<T>(codec: Codec<T>, samples: Readonly<Record<string, Uint8Array>>): void {
  it.each(Object.entries(samples))(
    'reads and writes back %s, and every prefix of it that is readable',
    (_, sample) => {
      expect(codec.parse(sample).ok).toBe(true);
      for (let n = 0; n <= sample.length; n++) holds(codec, sample.subarray(0, n));
    },
  );

  it('never throws, and writes back what it reads, for samples with octets changed and cut or with octets behind', () => {
    const changed = fc
      .record({
        sample: fc.constantFrom(...Object.values(samples)),
        changes: fc.array(fc.record({ at: fc.nat(), to: fc.integer({ min: 0, max: 255 }) }), {
          maxLength: 4,
        }),
        cut: fc.option(fc.nat()),
        behind: fc.uint8Array({ maxLength: 6 }),
      })
      .map(({ sample, changes, cut, behind }) => {
        const whole = new Uint8Array([...sample, ...behind]);
        for (const { at, to } of changes) whole[at % whole.length] = to;
        return cut === null ? whole : whole.subarray(0, cut % (whole.length + 1));
      });
    fc.assert(
      fc.property(changed, (bytes) => holds(codec, bytes)),
      { numRuns: 1000 },
    );
  });

  it('never throws, and writes back what it reads, for noise', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => holds(codec, bytes)),
      { numRuns: 300 },
    );
  });
}
