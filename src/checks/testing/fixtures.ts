/** For tests: three kinds of observations for every check, so that none is without one that it fails. */
import { describe, expect, it } from 'vitest';
import type { Check, Topic } from '../check.ts';
import type { Observations } from '../observe.ts';

export type Fixtures<T extends Topic> = {
  readonly passes: readonly Observations[T][number][];
  readonly fails: readonly Observations[T][number][];
  readonly doesNotApply: readonly Observations[T][number][] | 'always applies';
};

/** One `describe` for each check; a check without fixtures is a failure, and so are fixtures without a check. */
export function judge<T extends Topic>(
  checks: readonly Check<T>[],
  fixtures: Readonly<Record<string, Fixtures<T>>>,
): void {
  it('has fixtures for every check, and none for others', () => {
    expect(Object.keys(fixtures).toSorted()).toEqual(checks.map(({ id }) => id).toSorted());
  });
  for (const check of checks) {
    const own = fixtures[check.id];
    if (own === undefined) continue;
    describe(`${check.id} (${check.clause.document} ${check.clause.section}, ${check.clause.level})`, () => {
      it('passes', () => {
        expect(own.passes.length).toBeGreaterThan(0);
        for (const seen of own.passes) expect(check.evaluate(seen)).toEqual({ outcome: 'pass' });
      });
      it('fails, with what was wanted and the frames', () => {
        expect(own.fails.length).toBeGreaterThan(0);
        for (const seen of own.fails) {
          const verdict = check.evaluate(seen);
          expect(verdict.outcome).toBe('fail');
          if (verdict.outcome !== 'fail') continue;
          expect(verdict.frames.length).toBeGreaterThan(0);
          expect(verdict.expected).not.toBe('');
          expect(verdict.actual).not.toBe('');
        }
      });
      const { doesNotApply } = own;
      if (doesNotApply === 'always applies') return;
      it('does not apply', () => {
        expect(doesNotApply.length).toBeGreaterThan(0);
        for (const seen of doesNotApply) {
          expect(check.evaluate(seen)).toEqual({ outcome: 'not-applicable' });
        }
      });
    });
  }
}
