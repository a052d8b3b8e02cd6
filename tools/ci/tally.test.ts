import { describe, expect, it } from 'vitest';
import { addTallies, formatTally, tallyScenarios, tallyTests, withStatus } from './tally.ts';

const noTests = {
  numPassedTests: 0,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [],
};

describe('tallyTests', () => {
  it('counts a file that could not be loaded as one failed test', () => {
    const report = {
      ...noTests,
      numPassedTests: 7,
      numFailedTests: 1,
      numPendingTests: 2,
      numTodoTests: 1,
      testResults: [
        { status: 'passed', assertionResults: [{}] },
        { status: 'failed', assertionResults: [{}] },
        { status: 'failed', assertionResults: [] },
      ],
    };

    expect(tallyTests(report)).toEqual({ passed: 7, failed: 2, skipped: 3 });
  });

  it('throws for a report of another form, rather than counting nothing', () => {
    expect(() => tallyTests({ passed: 3 })).toThrow('numPassedTests');
  });
});

describe('tallyScenarios', () => {
  it('counts a fault of the bench as a failure', () => {
    expect(tallyScenarios({ passed: 9, failed: 1, errors: 2, skipped: 3 })).toEqual({
      passed: 9,
      failed: 3,
      skipped: 3,
    });
  });
});

describe('withStatus', () => {
  const good = { passed: 5, failed: 0, skipped: 0 };

  it.each([
    { name: 'a good report and status', tally: good, status: 0, failed: 0 },
    { name: 'a good report and a bad status', tally: good, status: 3, failed: 1 },
    { name: 'failures counted already', tally: { ...good, failed: 2 }, status: 1, failed: 2 },
    { name: 'no report', tally: undefined, status: 0, failed: 1 },
    { name: 'a report of no test at all', tally: tallyTests(noTests), status: 0, failed: 1 },
  ])('makes $failed failed of $name', ({ tally, status, failed }) => {
    expect(withStatus(tally, status).failed).toBe(failed);
  });
});

describe('formatTally', () => {
  it('is the closing line of .ci/run', () => {
    const sum = addTallies([
      { passed: 5, failed: 0, skipped: 1 },
      { passed: 2, failed: 1, skipped: 0 },
    ]);

    expect(formatTally(sum)).toBe('7 passed, 1 failed, 1 skipped');
  });
});
