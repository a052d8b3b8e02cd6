/**
 * make bench: the measures of docs/benchmarks.md. Figures, never assertions: what a clock says depends on the machine.
 *
 *   node tools/bench.ts [--json] [MEASURE ...]
 */
import { readFile } from 'node:fs/promises';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { e2e } from './bench/e2e.ts';
import { explain } from './bench/explain.ts';
import { lab } from './bench/lab.ts';
import type { Figure, Measure } from './bench/measure.ts';
import { powerOn } from './bench/power-on.ts';

const MEASURES: Readonly<Record<string, Measure>> = { 'power-on': powerOn, lab, e2e, explain };

const { values, positionals } = parseArgs({ options: { json: { type: 'boolean' } }, allowPositionals: true });
const unknown = positionals.filter((name) => MEASURES[name] === undefined);
if (unknown.length > 0) {
  console.error(`bench: no measure ${unknown.join(', ')}; there is: ${Object.keys(MEASURES).join(', ')}`);
  process.exit(2);
}

const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupt.abort());
const terminal = process.stderr.isTTY === true;
const say = (text: string): void => {
  process.stderr.write(terminal ? `\r\x1b[K${text}` : `${text}\n`);
};

const chosen = positionals.length > 0 ? positionals : Object.keys(MEASURES);
const results: (Figure & { readonly measure: string; readonly load: string })[] = [];
if (values.json !== true) console.log(await machine());
try {
  for (const name of chosen) {
    // Others at work on the machine show in every figure: the load from before says whether there were any.
    const load = (loadavg()[0] ?? 0).toFixed(1);
    const figures = (await MEASURES[name]?.({ say, signal: interrupt.signal })) ?? [];
    if (terminal) process.stderr.write('\r\x1b[K');
    results.push(...figures.map((figure) => ({ measure: name, load, ...figure })));
    if (values.json !== true) for (const line of table(name, load, figures)) console.log(line);
  }
} catch (error) {
  if (!interrupt.signal.aborted) throw error;
  console.error('\ninterrupted');
  process.exit(130);
}
if (values.json === true) console.log(JSON.stringify({ machine: await machine(), results }, null, 2));

function table(name: string, load: string, figures: readonly Figure[]): readonly string[] {
  const width = Math.max(...figures.map(({ what }) => what.length));
  const seen = Math.max(...figures.map((figure) => figure.seen.length));
  return [
    '',
    `${name} (load average before: ${load})`,
    ...figures.map((figure) =>
      `  ${figure.what.padEnd(width)}  ${figure.seen.padEnd(seen)}  ${figure.wanted ?? ''}`.trimEnd(),
    ),
  ];
}

async function machine(): Promise<string> {
  const system = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const name = /^PRETTY_NAME="(.*)"$/m.exec(system)?.[1] ?? process.platform;
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), ${memory} GB, ${name}, Linux ${release()}, Node ${process.version}`;
}
