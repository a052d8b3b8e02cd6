/** What a check is: one clause of a specification as a pure function over what a story shows. No sockets, no clock. */
import type { Observations } from './observe.ts';

/** As the document has it, MUST NOT and SHOULD NOT included; `PRACTICE`: no document says it, and boots depend on it. */
type Level = 'MUST' | 'SHOULD' | 'PRACTICE';

export type Clause = {
  readonly document: string;
  /** `§4.1`, or a heading where the document has no numbers. */
  readonly section: string;
  readonly level: Level;
} & (
  | {
      /** Verbatim and short. */
      readonly quote: string;
    }
  | {
      /** In our words: a table or figure, a source that gives no sentence, or PRACTICE. */
      readonly says: string;
    }
);

export type Verdict =
  | { readonly outcome: 'pass' }
  | { readonly outcome: 'not-applicable' }
  /** The clause applies, and what would decide it is not in the capture. */
  | { readonly outcome: 'inconclusive'; readonly because: string }
  | {
      readonly outcome: 'fail';
      readonly expected: string;
      readonly actual: string;
      /** That prove it, at least one. */
      readonly frames: readonly number[];
    };

/** What a check looks at: one of the lists of Observations. */
export type Topic = keyof Observations;

export type Check<T extends Topic = Topic> = {
  /** Permanent, never reused: `dhcp.reply.copies-xid`. */
  readonly id: string;
  /** The rows of docs/clauses.md that it holds, wholly or in part: `DHCP-001`. */
  readonly rows: readonly [string, ...string[]];
  /** Whose obligation it is. */
  readonly subject: 'server' | 'client';
  readonly clause: Clause;
  readonly on: T;
  /** Pure. Once for each observation of its topic. */
  readonly evaluate: (seen: Observations[T][number]) => Verdict;
};

/** A check of any topic, as a list of checks of all topics holds it. */
export type AnyCheck = { [T in Topic]: Check<T> }[Topic];

export const PASS: Verdict = { outcome: 'pass' };
export const NOT_APPLICABLE: Verdict = { outcome: 'not-applicable' };

export function fail(expected: string, actual: string, frames: readonly number[]): Verdict {
  return { outcome: 'fail', expected, actual, frames };
}

/** PASS where it holds; else a failure with the frames of what was seen. */
export function holds(
  isHeld: boolean,
  { frames }: { readonly frames: readonly number[] },
  expected: string,
  actual: () => string,
): Verdict {
  return isHeld ? PASS : fail(expected, actual(), frames);
}
