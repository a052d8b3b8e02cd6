/**
 * One target in a process of its own: `node in-process.ts NAME SECONDS SEED`, or `node in-process.ts NAME --input HEX` for one
 * finding again. A JSON object a line on stdout: progress, findings, and the end.
 */
import { setImmediate as breath } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { seededRandom } from '../seeded-random.ts';
import { mutate, pick } from './mutate.ts';
import type { Report } from './report.ts';
import { TARGETS } from './targets.ts';

const [name, time = '', seed = ''] = process.argv.slice(2);
const target = TARGETS.find((candidate) => candidate.name === name);
if (target === undefined) throw new Error(`wanted one of ${TARGETS.map((one) => one.name).join(', ')}`);

const CHUNK = 2_000;
const REPORT_MS = 1_000;
const MAX_CORPUS = 5_000;
/** The same octets crash in the same way again and again: enough to see that they do. */
const MAX_FINDINGS = 10;
/** So long it learns; after that nothing is kept here, and the subject's tables are full: what grows then is a leak. */
const LEARNS = 0.5;
const MAX_GROWTH = 32 * 1024 * 1024;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const run = await target.open();
if (time === '--input') {
  process.stdout.write(`${run(Buffer.from(seed, 'hex'))}\n`);
} else await fuzz(Number(time) * 1000, Number(seed));

async function fuzz(ms: number, first: number): Promise<void> {
  const random = seededRandom(first);
  const corpus = [...((await target?.seeds()) ?? [])];
  if (corpus.length === 0) throw new Error(`${name}: no seeds`);
  const outcomes = new Set(corpus.map(run));
  const began = performance.now();
  let inputs = 0;
  let findings = 0;
  let told = began;
  let settled: number | undefined;
  const elapsed = (): number => performance.now() - began;
  while (elapsed() < ms && findings < MAX_FINDINGS) {
    for (let n = 0; n < CHUNK; n++) {
      const input = mutate(pick(corpus, random) ?? new Uint8Array(0), corpus, random);
      inputs++;
      try {
        const outcome = run(input);
        if (settled !== undefined || outcomes.has(outcome) || corpus.length >= MAX_CORPUS) continue;
        outcomes.add(outcome);
        corpus.push(input);
      } catch (error) {
        findings++;
        say({ kind: 'finding', input: Buffer.from(input).toString('hex'), error: String(error) });
        if (findings >= MAX_FINDINGS) break;
      }
    }
    if (settled === undefined && elapsed() > LEARNS * ms) settled = heap();
    if (performance.now() - told >= REPORT_MS) {
      told = performance.now();
      say({ kind: 'progress', inputs, corpus: corpus.length });
      await breath();
    }
  }
  const growth = settled === undefined ? 0 : heap() - settled;
  if (growth > MAX_GROWTH) say({ kind: 'finding', error: `memory grew by ${growth} octets` });
  say({ kind: 'end', inputs, corpus: corpus.length, seconds: elapsed() / 1000, memory: growth });
}

function heap(): number {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function say(report: Report): void {
  process.stdout.write(`${JSON.stringify(report)}\n`);
}
