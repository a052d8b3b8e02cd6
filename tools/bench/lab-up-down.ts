import { seedLab } from '../../src/lab/lab-spec.ts';
import { startLab } from '../../src/lab/start-lab.ts';
import type { BenchDeps, Measure } from './measure.ts';
import { percentile } from './statistics.ts';

const ROUNDS = 20;
const AT_ONCE = [1, 4];
const WANTED_SECONDS = 0.5;

type Times = { readonly up: number; readonly down: number };

export const labUpDown: Measure = {
  name: 'lab',
  title: 'Lab up and down',
  run: async (deps) => {
    const found = [];
    for (const atOnce of AT_ONCE) found.push({ atOnce, times: await rounds(atOnce, deps) });
    const rows = found.map(({ atOnce, times }) => {
      const of = (seconds: (time: Times) => number) => {
        const values = times.map(seconds);
        return { p50: percentile(values, 0.5), p95: percentile(values, 0.95), max: Math.max(...values) };
      };
      const sums = {
        up: of(({ up }) => up),
        down: of(({ down }) => down),
        both: of(({ up, down }) => up + down),
      };
      return { atOnce, labs: times.length, ...sums };
    });
    return {
      document: { wantedSeconds: WANTED_SECONDS, rows },
      lines: [
        'seconds            up p50    p95    max   down p50    p95    max   both p50    p95    max',
        ...rows.map(({ atOnce, labs, up, down, both }) =>
          [
            `${atOnce} at once (${labs})`.padEnd(16),
            ...[up, down, both].map(({ p50, p95, max }) => [p50, p95, max].map(seconds).join('')),
          ].join('  '),
        ),
        `wanted: up and down within ${WANTED_SECONDS} s`,
      ],
    };
  },
};

async function rounds(atOnce: number, { signal, progress }: BenchDeps): Promise<readonly Times[]> {
  const times: Times[] = [];
  // One more, not counted: the first reads what the others find in memory.
  for (let round = 0; round <= ROUNDS; round++) {
    signal.throwIfAborted();
    progress(`labs, ${atOnce} at once: round ${round} of ${ROUNDS}`);
    const all = await Promise.all(Array.from({ length: atOnce }, upAndDown));
    if (round > 0) times.push(...all);
  }
  return times;
}

async function upAndDown(): Promise<Times> {
  const began = performance.now();
  const lab = await startLab(seedLab());
  const isUp = performance.now();
  await lab[Symbol.asyncDispose]();
  return { up: (isUp - began) / 1000, down: (performance.now() - isUp) / 1000 };
}

function seconds(value: number): string {
  return value.toFixed(3).padStart(7);
}
