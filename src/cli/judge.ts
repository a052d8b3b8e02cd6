import { ALL_CHECKS } from '../checks/all-checks.ts';
import { type CheckResult, evaluate } from '../checks/evaluate.ts';
import { formatChecks, isBroken } from '../report/checks-text.ts';
import type { Story } from '../story/event.ts';
import type { Io } from './command.ts';

/** Evaluates the checks of one story after the other, and remembers whether any was broken. */
export class Judge {
  readonly #strict: boolean;
  foundBroken = false;

  constructor(strict: boolean) {
    this.#strict = strict;
  }

  /** For people. */
  lines(story: Story, io: Io): readonly string[] {
    return formatChecks(this.#of(story), this.#strict, io.paint, io.width);
  }

  /** For --json and --report. */
  document(story: Story): readonly unknown[] {
    return this.#of(story).map(({ check, outcome, applied, failures }) => {
      const { id, rows, subject, clause } = check;
      return { id, outcome, subject, clause, rows, applied, failures };
    });
  }

  #of(story: Story): readonly CheckResult[] {
    const results = evaluate(story, ALL_CHECKS);
    this.foundBroken ||= results.some((result) => isBroken(result, this.#strict));
    return results;
  }
}
