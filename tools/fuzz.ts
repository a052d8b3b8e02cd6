/**
 * Bad messages for the reference server, ten minutes of them: each protocol's core in a process of its own, millions of
 * messages, and at the same time a running server over real sockets, which has to answer good ones between the bad.
 * Exit status 0: nothing found; 1: something was; 2: wrong usage; 130: Ctrl-C.
 */
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { PLACES } from '../src/cli/places.ts';
import { loadServer } from '../src/sut/server-spec.ts';
import { startServer } from '../src/sut/start-server.ts';
import { startBenchNetwork } from './bench/bench-network.ts';
import { largeReferenceServer } from './bench/large-reference-server.ts';
import { Progress } from './bench/progress.ts';
import type { Report } from './fuzz/report.ts';
import { TARGETS } from './fuzz/targets.ts';

const ON_THE_WIRE = ['dhcp', 'boot-server', 'tftp', 'http', 'dns'];
const FOLDER = join(import.meta.dirname, 'fuzz');
const DEFAULT_MINUTES = 10;
const LOOK_MS = 1_000;
/** Of the running server, after its tables have filled. */
const SETTLED_AFTER = 0.3;
const MAX_GROWTH_KB = 64 * 1024;
const MAX_DESCRIPTORS = 500;

const USAGE = `usage: node tools/fuzz.ts [--minutes N] [--seed N] [TARGET ...]

Cores, by the million: ${TARGETS.map(({ name }) => name).join(', ')}
A running server, over real sockets: ${ON_THE_WIRE.map((name) => `wire-${name}`).join(', ')}

Without a TARGET, all of them at once. The same seed makes the same messages.
A finding is printed with its octets: node tools/fuzz/in-process.ts TARGET --input HEX does it again.
`;

type Options = { readonly seconds: number; readonly seed: number; readonly names: readonly string[] };
/** What one target has come to. */
type Tally = { inputs: number; corpus: number; findings: number; ended: boolean };

function readOptions(): Options {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { minutes: { type: 'string' }, seed: { type: 'string' } },
  });
  const all = [...TARGETS.map(({ name }) => name), ...ON_THE_WIRE.map((name) => `wire-${name}`)];
  const unknown = positionals.find((name) => !all.includes(name));
  if (unknown !== undefined) throw new Error(`wanted a target, got "${unknown}"`);
  const minutes = Number(values.minutes ?? DEFAULT_MINUTES);
  if (!(minutes > 0)) throw new Error(`--minutes: wanted a number above 0, got "${values.minutes}"`);
  const seed = Number(values.seed ?? randomInt(2 ** 31));
  if (!Number.isInteger(seed)) throw new Error(`--seed: wanted a whole number, got "${values.seed}"`);
  return { seconds: 60 * minutes, seed, names: positionals.length > 0 ? positionals : all };
}

async function fuzz({ seconds, seed, names }: Options, signal: AbortSignal): Promise<boolean> {
  console.log(`seed ${seed}, ${seconds / 60} minutes: ${names.join(', ')}`);
  const tallies = new Map<string, Tally>(
    names.map((name) => [name, { inputs: 0, corpus: 0, findings: 0, ended: false }]),
  );
  const progress = new Progress();
  const began = performance.now();
  const found = (name: string, text: string): void => {
    const tally = tallies.get(name);
    if (tally !== undefined) tally.findings++;
    progress.clear();
    console.log(`${name}: ${text}`);
  };
  const follow = async (name: string, stdout: Readable): Promise<void> => {
    const tally = tallies.get(name);
    for await (const line of createInterface(stdout)) {
      const report = JSON.parse(line) as Report;
      if (report.kind === 'finding') {
        found(name, `${report.error}${report.input === undefined ? '' : `\n  --input ${report.input}`}`);
        continue;
      }
      if (tally !== undefined) Object.assign(tally, { inputs: report.inputs, corpus: report.corpus });
      if (report.kind === 'end' && tally !== undefined) tally.ended = true;
      const left = Math.max(0, seconds - (performance.now() - began) / 1000);
      const sum = [...tallies.values()].reduce((inputs, one) => inputs + one.inputs, 0);
      progress.tell(`${Math.round(left)} s left; ${sum.toLocaleString('en')} messages`);
    }
  };

  const inProcess = names.filter((name) => !name.startsWith('wire-'));
  const onTheWire = names.filter((name) => name.startsWith('wire-')).map((name) => name.slice(5));
  await Promise.all([
    ...inProcess.map((name) => runCore(name, seconds, seed, signal, (stdout) => follow(name, stdout))),
    ...(onTheWire.length === 0 ? [] : [runServer(onTheWire, seconds, seed, signal, follow, found)]),
  ]);
  progress.clear();
  for (const [name, { inputs, corpus, findings, ended }] of tallies) {
    if (!ended) found(name, 'did not come to its end');
    const what = `${inputs.toLocaleString('en').padStart(12)} messages, ${corpus} kept`;
    console.log(`${name.padEnd(18)} ${what}${findings > 0 || !ended ? '  FOUND SOMETHING' : ''}`);
  }
  return [...tallies.values()].every(({ findings, ended }) => findings === 0 && ended);
}

async function runCore(
  name: string,
  seconds: number,
  seed: number,
  signal: AbortSignal,
  follow: (stdout: Readable) => Promise<void>,
): Promise<void> {
  const argv = [join(FOLDER, 'in-process.ts'), name, String(seconds), String(seed)];
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  const end = (): void => void child.kill();
  signal.addEventListener('abort', end, { once: true });
  await follow(child.stdout);
  signal.removeEventListener('abort', end);
}

async function runServer(
  protocols: readonly string[],
  seconds: number,
  seed: number,
  signal: AbortSignal,
  follow: (name: string, stdout: Readable) => Promise<void>,
  found: (name: string, text: string) => void,
): Promise<void> {
  await using lab = await startBenchNetwork();
  await using undo = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'pxebench-fuzz-'));
  undo.defer(() => rm(folder, { recursive: true }));
  // Its pool has to bear what bad messages make of it: a full one is silence, as it should be.
  const spec = await loadServer(await largeReferenceServer(folder), PLACES.servers);
  await using server = await startServer(spec, lab);
  const first = `wire-${protocols[0]}`;
  let wanted = true;
  void server.exited.then((error) => {
    if (wanted) found(first, `the server ended: ${error.message}`);
  });
  const [pid = 0] = server.pids;
  const watched = watchServer(
    pid,
    seconds,
    (text) => found(first, text),
    () => wanted && !signal.aborted,
  );
  await Promise.all(
    protocols.map(async (protocol) => {
      const argv = [
        process.execPath,
        join(FOLDER, 'on-the-wire.ts'),
        protocol,
        String(seconds),
        String(seed),
      ];
      const running = await lab.spawn(argv, { host: 'load', rawStdout: true });
      const end = (): void => void running.kill('SIGKILL');
      signal.addEventListener('abort', end, { once: true });
      if (running.stdout !== null) await follow(`wire-${protocol}`, running.stdout);
      const { code } = await running.closed;
      if (code !== 0 && !signal.aborted) found(`wire-${protocol}`, running.output.recent());
      signal.removeEventListener('abort', end);
    }),
  );
  wanted = false;
  await watched;
}

/** Looks at the server's memory and descriptors, each second, as long as it is wanted. */
async function watchServer(
  pid: number,
  seconds: number,
  found: (text: string) => void,
  isWanted: () => boolean,
): Promise<void> {
  const began = performance.now();
  let settled: number | undefined;
  while (isWanted()) {
    await wait(LOOK_MS);
    const kb = await residentKb(pid);
    if (kb === undefined || performance.now() - began < SETTLED_AFTER * 1000 * seconds) continue;
    settled ??= kb;
    if (kb - settled > MAX_GROWTH_KB) {
      found(`the server's memory grew from ${settled} to ${kb} kB`);
      settled = kb;
    }
    const descriptors = (await readdir(`/proc/${pid}/fd`).catch(() => [])).length;
    if (descriptors > MAX_DESCRIPTORS) found(`the server has ${descriptors} descriptors open`);
  }
}

/** Undefined: it has ended. */
async function residentKb(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kb = /^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1];
  return kb === undefined ? undefined : Number(kb);
}

let options: Options | undefined;
try {
  options = readOptions();
} catch (error) {
  console.error(`fuzz: ${(error as Error).message}\n\n${USAGE}`);
  process.exitCode = 2;
}
const interrupt = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interrupt.abort());
if (options !== undefined) {
  const clean = await fuzz(options, interrupt.signal);
  if (interrupt.signal.aborted) process.exitCode = 130;
  else if (!clean) process.exitCode = 1;
}
