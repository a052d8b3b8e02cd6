import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BETWEEN_RUNS } from './between-runs.ts';
import { compareProfiles, matchesPath } from './compare-profiles.ts';
import type { ClientProfile } from './profile.ts';

const facts = fc.dictionary(
  fc.constantFrom('options', 'length', 'wait-seconds'),
  fc.oneof(fc.integer({ min: 0, max: 9 }), fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 4 })),
);
const profiles = fc
  .dictionary(fc.constantFrom('discover', 'request'), facts)
  .map(
    (dhcp): ClientProfile => ({ format: 'pxebench-profile/1', title: 'x', stages: { firmware: { dhcp } } }),
  );

const profile = (discover: Record<string, number | number[]>): ClientProfile => ({
  format: 'pxebench-profile/1',
  title: 'x',
  stages: { firmware: { dhcp: { discover } } },
});

describe('compareProfiles', () => {
  it('gives the mirror image when the sides are swapped', () => {
    const mirrored = { gone: 'new', new: 'gone', changed: 'changed', same: 'same' } as const;
    const outcomes = (a: ClientProfile, b: ClientProfile): Map<string, string> =>
      new Map(compareProfiles(a, b).map(({ path, outcome }) => [path, outcome]));
    fc.assert(
      fc.property(profiles, profiles, (a, b) => {
        const back = compareProfiles(b, a).map(({ path, outcome }) => [path, mirrored[outcome]] as const);
        expect(new Map(back)).toEqual(outcomes(a, b));
      }),
    );
  });

  it('finds nothing between a profile and itself', () => {
    fc.assert(
      fc.property(profiles, (a) => {
        expect(compareProfiles(a, a).filter(({ outcome }) => outcome !== 'same')).toEqual([]);
      }),
    );
  });

  it('tells what a list gained, lost and moved', () => {
    const [row] = compareProfiles(profile({ options: [53, 60, 55] }), profile({ options: [55, 53, 175] }));
    expect(row).toMatchObject({ outcome: 'changed', detail: 'added 175; gone 60; order changed' });
  });

  it('lets measured times differ a little, and other numbers not at all', () => {
    const rows = compareProfiles(
      profile({ 'wait-seconds': 1, length: 300 }),
      profile({ 'wait-seconds': 1.2, length: 301 }),
    );
    expect(rows.map(({ path, outcome }) => [path, outcome])).toEqual([
      ['firmware.dhcp.discover.wait-seconds', 'same'],
      ['firmware.dhcp.discover.length', 'changed'],
    ]);
  });

  it('lets the number of tries differ by one, and compares pauses as far as both go', () => {
    const a = profile({ 'sequence-tries': [1, 4], 'intervals-seconds': [1, 2, 4], 'gives-up-after': 4 });
    const outcomes = (b: ClientProfile): readonly string[] =>
      compareProfiles(a, b).map(({ outcome }) => outcome);
    const b = { 'sequence-tries': [2, 3], 'intervals-seconds': [1, 2], 'gives-up-after': 3 };
    expect(outcomes(profile(b))).toEqual(['same', 'same', 'changed']);
    const c = { 'sequence-tries': [3, 4], 'intervals-seconds': [4, 8], 'gives-up-after': 4 };
    expect(outcomes(profile(c))).toEqual(['changed', 'changed', 'same']);
  });

  it('allows what a rule names, within its tolerance', () => {
    const rule = (tolerance?: number) => [
      { path: '**.length', ...(tolerance === undefined ? {} : { tolerance }) },
    ];
    const of = (tolerance?: number) =>
      compareProfiles(profile({ length: 300 }), profile({ length: 310 }), rule(tolerance))[0]?.allowed;
    expect([of(), of(10), of(9)]).toEqual([true, true, false]);
  });
});

describe('BETWEEN_RUNS', () => {
  const runs = (facts: Record<string, number | number[]>, again: Record<string, number | number[]>) =>
    compareProfiles(profile(facts), profile(again), BETWEEN_RUNS).map(
      ({ outcome, allowed }) => outcome === 'same' || allowed,
    );

  it('lets a busy machine be late and try again, and nothing else be different', () => {
    const was = {
      'offer-to-request-seconds': 3,
      'sequence-tries': [1],
      options: [53, 55],
      'gives-up-after': 4,
    };
    expect(runs(was, { ...was, 'offer-to-request-seconds': 3.9, 'sequence-tries': [3] })).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(
      runs(was, { ...was, 'offer-to-request-seconds': 0, options: [55, 53], 'gives-up-after': 3 }),
    ).toEqual([false, true, false, false]);
  });
});

describe('matchesPath', () => {
  it('takes * within a part and ** over parts', () => {
    expect(matchesPath('firmware.*.discover.*', 'firmware.dhcp.discover.options')).toBe(true);
    expect(matchesPath('firmware.*', 'firmware.dhcp.discover.options')).toBe(false);
    expect(matchesPath('firmware.**', 'firmware.dhcp.discover.options')).toBe(true);
  });
});
