/**
 * The measures of docs/benchmarks.md. Nothing is asserted by the clock: a slow machine is no failure.
 * Exit status 0, or 1 where what was to be measured did not happen, 2 for wrong usage, 130 for Ctrl-C.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { allScenarios } from './bench/all-scenarios.ts';
import { bootRatio } from './bench/boot-ratio.ts';
import { bootStorm } from './bench/boot-storm.ts';
import { decodeSpeed } from './bench/decode-speed.ts';
import { explainMemory } from './bench/explain-memory.ts';
import { labUpDown } from './bench/lab-up-down.ts';
import { linkCost } from './bench/link-cost.ts';
import { describeMachine, load } from './bench/machine.ts';
import { BenchError, type Measure } from './bench/measure.ts';
import { Progress } from './bench/progress.ts';
import { serveDhcpMeasure } from './bench/serve-dhcp.ts';
import { serveHttpMeasure } from './bench/serve-http.ts';
import { serveTftp } from './bench/serve-tftp.ts';

const MEASURES: readonly Measure[] = [
  bootRatio,
  labUpDown,
  linkCost,
  allScenarios,
  explainMemory,
  decodeSpeed,
  bootStorm,
  serveDhcpMeasure,
  serveTftp,
  serveHttpMeasure,
];
const DEFAULT_PAIRS = 5;

const USAGE = `usage: node tools/bench.ts [--json] [--pairs N] [MEASURE ...]

${MEASURES.map(({ name, title }) => `  ${name.padEnd(8)} ${title}`).join('\n')}

Without a MEASURE, all of them. --pairs: boots of each kind that are compared, for each firmware, and rounds of what is measured in turn (${DEFAULT_PAIRS}).
`;

type Options = { readonly measures: readonly Measure[]; readonly pairs: number; readonly json: boolean };

function readOptions(): Options {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'boolean' }, pairs: { type: 'string' } },
  });
  const unknown = positionals.find((name) => MEASURES.every((measure) => measure.name !== name));
  if (unknown !== undefined) throw new Error(`wanted a measure, got "${unknown}"`);
  const pairs = Number(values.pairs ?? DEFAULT_PAIRS);
  if (!Number.isInteger(pairs) || pairs < 1)
    throw new Error(`--pairs: wanted a number from 1, got "${values.pairs}"`);
  const measures = MEASURES.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  return { measures, pairs, json: values.json === true };
}

async function bench({ measures, pairs, json }: Options, signal: AbortSignal): Promise<void> {
  await using undo = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'pxebench-bench-'));
  undo.defer(() => rm(folder, { recursive: true }));
  const progress = new Progress();
  undo.defer(() => progress.clear());
  const machine = await describeMachine();
  const say = (text: string): void => {
    progress.clear();
    if (!json) console.log(text);
  };
  for (const [name, value] of Object.entries(machine)) say(`${name.padEnd(12)} ${value}`);

  const found: Record<string, unknown> = {};
  for (const measure of measures) {
    const before = load();
    const measured = await measure.run({ signal, progress: (text) => progress.tell(text), folder, pairs });
    found[measure.name] = { ...measured.document, load: { before, after: load() } };
    say(`\n${measure.title}\n${measured.lines.map((line) => `  ${line}`).join('\n')}`);
    say(`  load of the machine: ${before} before, ${load()} after`);
  }
  if (json) console.log(JSON.stringify({ format: 'pxebench-bench/1', machine, ...found }, null, 2));
}

let options: Options | undefined;
try {
  options = readOptions();
} catch (error) {
  console.error(`bench: ${(error as Error).message}\n\n${USAGE}`);
  process.exitCode = 2;
}

const interrupt = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.once(name, () => interrupt.abort(new BenchError('interrupted')));
}
try {
  if (options !== undefined) await bench(options, interrupt.signal);
} catch (error) {
  if (!(error instanceof BenchError)) throw error;
  console.error(`bench: ${error.message}`);
  process.exitCode = interrupt.signal.aborted ? 130 : 1;
}
