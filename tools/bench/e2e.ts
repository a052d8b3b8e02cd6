import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PLACES } from '../../src/cli/places.ts';
import type { RunResult } from '../../src/report/result.ts';
import type { Measure } from './measure.ts';

/** What `make e2e` runs, from the first process to the last. */
export const e2e: Measure = async ({ say, signal }) => {
  say('all scenarios');
  const report = await mkdtemp(join(tmpdir(), 'pxebench-bench-'));
  try {
    const began = performance.now();
    const child = spawn(join(PLACES.bin, 'pxebench'), ['run', '--report', report], {
      stdio: 'ignore',
      signal,
    });
    const status = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    const seconds = (performance.now() - began) / 1000;
    const results = JSON.parse(await readFile(join(report, 'results.json'), 'utf8')) as RunResult;
    const { passed, scenarios } = results;
    return [
      {
        what: `make e2e, warm, s (${scenarios.length} boots, exit status ${status}, ${passed} passed)`,
        seen: seconds.toFixed(1),
        wanted: '<= 240',
      },
    ];
  } finally {
    await rm(report, { recursive: true, force: true });
  }
};
