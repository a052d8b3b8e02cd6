import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wantedRanges } from './byte-ranges.ts';

const parts = (...ranges: [number, number][]) => ({
  kind: 'parts',
  ranges: ranges.map(([start, end]) => ({ start, end })),
});

describe('wantedRanges', () => {
  // RFC 9110 §14.1.2's examples, for a file of 10,000 octets.
  it.each([
    ['bytes=0-499', parts([0, 500])],
    ['bytes=500-999', parts([500, 1000])],
    ['bytes=-500', parts([9500, 10_000])],
    ['bytes=9500-', parts([9500, 10_000])],
    ['bytes=0-0,-1', parts([0, 1], [9999, 10_000])],
    ['bytes= 0-999, 4500-5499, -1000', parts([0, 1000], [4500, 5500], [9000, 10_000])],
    ['bytes=500-600,601-999', parts([500, 601], [601, 1000])],
    ['Bytes=0-499', parts([0, 500])],
    ['bytes=9999-20000', parts([9999, 10_000])],
    ['bytes=-20000', parts([0, 10_000])],
    ['bytes=0-99999999999999999999', parts([0, 10_000])],
    ['bytes=0-9,10000-', parts([0, 10])],
    ['bytes=10000-', { kind: 'unsatisfiable' }],
    ['bytes=10000-10000', { kind: 'unsatisfiable' }],
    ['bytes=-0', { kind: 'unsatisfiable' }],
    ['bytes=99999999999999999999-', { kind: 'unsatisfiable' }],
    ['bytes=5-4', { kind: 'whole' }],
    ['bytes=-', { kind: 'whole' }],
    ['bytes=', { kind: 'whole' }],
    ['bytes=a-b', { kind: 'whole' }],
    ['bytes=0x1-5', { kind: 'whole' }],
    ['bytes=0-5,', { kind: 'whole' }],
    ['bytes 0-5', { kind: 'whole' }],
    ['lines=0-5', { kind: 'whole' }],
    ['bytes=0-,0-', { kind: 'whole' }],
    [`bytes=${Array.from({ length: 17 }, (_, i) => `${i * 2}-${i * 2}`).join()}`, { kind: 'whole' }],
  ])('reads %s', (value, wanted) => {
    expect(wantedRanges([value], 10_000)).toEqual(wanted);
  });

  it('gives the whole file where there is no field, or more than one', () => {
    expect(wantedRanges(undefined, 10)).toEqual({ kind: 'whole' });
    expect(wantedRanges(['bytes=0-1', 'bytes=2-3'], 10)).toEqual({ kind: 'whole' });
  });

  it('gives all of an empty file to whoever wants its end', () => {
    expect(wantedRanges(['bytes=-5'], 0)).toEqual({ kind: 'whole' });
    expect(wantedRanges(['bytes=0-'], 0)).toEqual({ kind: 'unsatisfiable' });
  });

  it('never wants what the file does not have, nor more than it', () => {
    const spec = fc.oneof(
      fc.tuple(fc.nat(40), fc.nat(40)).map(([a, b]) => `${a}-${b}`),
      fc.nat(40).map((a) => `${a}-`),
      fc.nat(40).map((a) => `-${a}`),
      fc.string(),
    );
    const field = fc.array(spec, { minLength: 1, maxLength: 20 }).map((specs) => `bytes=${specs.join()}`);
    fc.assert(
      fc.property(field, fc.nat(30), (value, size) => {
        const wanted = wantedRanges([value], size);
        if (wanted.kind !== 'parts') return;
        expect(wanted.ranges.length).toBeGreaterThan(0);
        for (const { start, end } of wanted.ranges) expect(start < end && end <= size).toBe(true);
        const octets = wanted.ranges.reduce((sum, { start, end }) => sum + end - start, 0);
        expect(octets).toBeLessThanOrEqual(size);
      }),
      { numRuns: 2000 },
    );
  });
});
