/**
 * Adds up what the steps of .ci/run came to: `node tools/ci-summary.ts test=STATUS e2e=STATUS check=STATUS`, by the exit
 * statuses and the reports in pxebench-results/. The last line is the sum. Exit status 1 if anything failed.
 */
import { readFileSync } from 'node:fs';
import { addTallies, formatTally, type Tally, tallyScenarios, tallyTests, withStatus } from './ci/tally.ts';

const statuses = new Map(
  process.argv.slice(2).map((argument) => {
    const [step = '', status = ''] = argument.split('=');
    return [step, Number(status)];
  }),
);

function tallyOf(step: string, count: (report: unknown) => Tally): Tally {
  const file = `pxebench-results/${step}/results.json`;
  let tally: Tally | undefined;
  try {
    tally = count(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    // The last line has to be printed in any case; withStatus() makes a failure of this.
    console.log(
      `make ${step}: no report to count: ${file}: ${error instanceof Error ? error.message : error}`,
    );
  }
  return withStatus(tally, statuses.get(step) ?? 1);
}

const tallies = {
  'make test': tallyOf('test', tallyTests),
  'make e2e': tallyOf('e2e', tallyScenarios),
  // Not a test: it counts only when it fails.
  'make check': { passed: 0, failed: statuses.get('check') === 0 ? 0 : 1, skipped: 0 },
};
for (const [step, tally] of Object.entries(tallies)) console.log(`${step}: ${formatTally(tally)}`);

const sum = addTallies(Object.values(tallies));
console.log(formatTally(sum));
process.exitCode = sum.failed === 0 ? 0 : 1;
