import type { Story } from '../story/event.ts';
import type { AnyCheck, Check, Topic, Verdict } from './check.ts';
import { observe } from './observe.ts';

/** What one check says of one story. */
export type CheckResult = {
  readonly check: AnyCheck;
  /** `fail` where anything failed, else `pass` where anything passed, else `inconclusive` where anything was. */
  readonly outcome: Verdict['outcome'];
  /** How often it applied. */
  readonly applied: number;
  readonly failures: readonly Extract<Verdict, { outcome: 'fail' }>[];
};

/** How many failures of one check are kept: all of one kind say no more. */
const KEPT_FAILURES = 20;

/** Every check over every observation of its topic in a story, in the order of the checks. Pure. */
export function evaluate(story: Story, checks: readonly AnyCheck[]): readonly CheckResult[] {
  return evaluateAll([story], checks);
}

/** The same over several stories of one capture: one verdict for each check. */
export function evaluateAll(stories: Iterable<Story>, checks: readonly AnyCheck[]): readonly CheckResult[] {
  const byTopic = Map.groupBy(checks, ({ on }) => on);
  const tallies = new Map(checks.map((check) => [check.id, new Tally(check)]));
  for (const story of stories) {
    for (const { topic, seen, cut } of observe(story)) {
      for (const check of byTopic.get(topic) ?? []) {
        // The topic of an observation is that of the checks it is given to.
        const verdict = (check as Check<Topic>).evaluate(seen);
        tallies.get(check.id)?.count(cut ? undecided(verdict) : verdict);
      }
    }
  }
  return [...tallies.values()].map((tally) => tally.result());
}

/** A message that the capture cut is no proof, of what is there or of what is not. */
function undecided(verdict: Verdict): Verdict {
  return verdict.outcome === 'not-applicable'
    ? verdict
    : { outcome: 'inconclusive', because: 'the capture does not hold the whole message' };
}

/** What of several verdicts decides, before all others. */
const DECIDING = ['fail', 'pass', 'inconclusive'] as const;

class Tally {
  readonly #check: AnyCheck;
  readonly #failures: Extract<Verdict, { outcome: 'fail' }>[] = [];
  readonly #counts = { fail: 0, pass: 0, inconclusive: 0, 'not-applicable': 0 };

  constructor(check: AnyCheck) {
    this.#check = check;
  }

  count(verdict: Verdict): void {
    this.#counts[verdict.outcome]++;
    if (verdict.outcome === 'fail' && this.#failures.length < KEPT_FAILURES) this.#failures.push(verdict);
  }

  result(): CheckResult {
    const counts = this.#counts;
    const outcome = DECIDING.find((one) => counts[one] > 0) ?? 'not-applicable';
    const applied = counts.fail + counts.pass + counts.inconclusive;
    return { check: this.#check, outcome, applied, failures: this.#failures };
  }
}
