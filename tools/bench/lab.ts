import { SEED_LAB } from '../../src/lab/lab-spec.ts';
import { startLab } from '../../src/lab/start-lab.ts';
import type { Figure, Measure } from './measure.ts';
import { type Spread, spreadOf } from './statistics.ts';

const LABS = 20;
const AT_ONCE = 4;

type Times = { readonly up: number; readonly down: number };

/** Making a lab and taking it away: milliseconds, one at a time and several at once. */
export const lab: Measure = async ({ say, signal }) => {
  const figures: Figure[] = [];
  for (const atOnce of [1, AT_ONCE]) {
    const times: Times[] = [];
    for (let n = 0; n < LABS; n += atOnce) {
      signal.throwIfAborted();
      say(`labs, ${atOnce} at once: ${n + atOnce} of ${LABS}`);
      times.push(...(await Promise.all(Array.from({ length: atOnce }, oneLab))));
    }
    const how = atOnce === 1 ? 'one at a time' : `${atOnce} at once`;
    const of = (value: (time: Times) => number): string => shown(spreadOf(times.map(value)));
    figures.push(
      { what: `lab up, ms, ${how}`, seen: of(({ up }) => up) },
      { what: `lab down, ms, ${how}`, seen: of(({ down }) => down) },
      { what: `lab up and down, ms, ${how}`, seen: of(({ up, down }) => up + down), wanted: '<= 500' },
    );
  }
  return figures;
};

async function oneLab(): Promise<Times> {
  const began = performance.now();
  const made = await startLab(SEED_LAB, { path: process.env.PATH ?? '' });
  made.capture.stream.resume();
  const up = performance.now();
  await made[Symbol.asyncDispose]();
  return { up: up - began, down: performance.now() - up };
}

function shown({ p50, p95 }: Spread): string {
  return `p50 ${p50.toFixed(0)}, p95 ${p95.toFixed(0)}`;
}
