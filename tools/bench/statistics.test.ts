import { describe, expect, it } from 'vitest';
import { median, percentile, spreadOf } from './statistics.ts';

describe('percentile', () => {
  it('is the value of the nearest rank', () => {
    const values = Array.from({ length: 20 }, (_, i) => 20 - i);
    expect([0, 0.05, 0.5, 0.95, 0.951, 1].map((share) => percentile(values, share))).toEqual([
      1, 1, 10, 19, 20, 20,
    ]);
  });
});

describe('median', () => {
  it.each([
    { values: [3], wanted: 3 },
    { values: [10, 9, 1], wanted: 9 },
    { values: [100, 1, 2, 4], wanted: 3 },
    { values: [], wanted: Number.NaN },
  ])('of $values is $wanted', ({ values, wanted }) => {
    expect(median(values)).toBe(wanted);
  });
});

describe('spreadOf', () => {
  it('has the ends and the middle', () => {
    expect(spreadOf([2, 10, 3])).toEqual({ min: 2, median: 3, max: 10 });
  });
});
