import { join } from 'node:path';
import type { RunResult } from '../../src/report/result.ts';
import type { Measure } from './measure.ts';
import { PXEBENCH } from './places.ts';
import { runCommand } from './run-command.ts';

const WANTED_SECONDS = 240;

export const allScenarios: Measure = {
  name: 'e2e',
  title: 'make e2e: all scenarios, each against every server it is for',
  run: async ({ signal, progress, folder }) => {
    let begun = 0;
    progress('all scenarios: starting');
    const { seconds, stdout } = await runCommand(
      [PXEBENCH, 'run', '--json', '--report', join(folder, 'e2e')],
      {
        signal,
        onLine: (line) => {
          // Each boot that begins is announced.
          if (line.startsWith('…')) progress(`all scenarios: boot ${++begun}: ${line.slice(2)}`);
        },
      },
    );
    const result = JSON.parse(stdout) as RunResult;
    const bootSeconds = result.scenarios.reduce((sum, scenario) => sum + scenario.bootSeconds, 0);
    const { passed, skipped } = result;
    return {
      document: { wantedSeconds: WANTED_SECONDS, seconds, boots: passed, skipped, bootSeconds },
      lines: [
        `${seconds.toFixed(1)} s in all for ${passed} boots, all passed${skipped > 0 ? `; ${skipped} skipped` : ''}; wanted: <= ${WANTED_SECONDS} s`,
        `the boots alone, power-on to verdict, one after the other: ${bootSeconds.toFixed(1)} s`,
      ],
    };
  },
};
