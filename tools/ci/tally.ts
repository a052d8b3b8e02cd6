import { z } from 'zod';

/** What a step of .ci/run came to. */
export type Tally = { readonly passed: number; readonly failed: number; readonly skipped: number };

const count = z.number().int().nonnegative();

/** The part of vitest's JSON report that is counted. */
const unitResults = z.object({
  numPassedTests: count,
  numFailedTests: count,
  numPendingTests: count,
  numTodoTests: count,
  testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(z.unknown()) })),
});

/** The part of `pxebench run --report` that is counted. */
const scenarioResults = z.object({ passed: count, failed: count, errors: count, skipped: count });

/** Tests, and each test file that could not even be loaded as one failed test. Throws ZodError. */
export function tallyTests(report: unknown): Tally {
  const results = unitResults.parse(report);
  const notLoaded = results.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  );
  return {
    passed: results.numPassedTests,
    failed: results.numFailedTests + notLoaded.length,
    skipped: results.numPendingTests + results.numTodoTests,
  };
}

/** Scenarios; a fault of the bench is a failure here. Throws ZodError. */
export function tallyScenarios(report: unknown): Tally {
  const { passed, failed, errors, skipped } = scenarioResults.parse(report);
  return { passed, failed: failed + errors, skipped };
}

/**
 * A command that failed has failed, whatever its report says: a report that is missing, or counts no failure, or no test
 * at all, makes one failure.
 */
export function withStatus(tally: Tally | undefined, status: number): Tally {
  const { passed, failed, skipped } = tally ?? { passed: 0, failed: 0, skipped: 0 };
  const silent = failed === 0 && (status !== 0 || tally === undefined || passed + skipped === 0);
  return { passed, failed: silent ? 1 : failed, skipped };
}

export function addTallies(tallies: readonly Tally[]): Tally {
  return tallies.reduce(
    (sum, one) => ({
      passed: sum.passed + one.passed,
      failed: sum.failed + one.failed,
      skipped: sum.skipped + one.skipped,
    }),
    { passed: 0, failed: 0, skipped: 0 },
  );
}

export const formatTally = ({ passed, failed, skipped }: Tally): string =>
  `${passed} passed, ${failed} failed, ${skipped} skipped`;
