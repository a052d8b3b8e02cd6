import { spawn } from 'node:child_process';
import { mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { PLACES } from '../../src/cli/places.ts';
import { bootStorm, noise, writeCapture } from './made-captures.ts';
import type { Figure, Measure, MeasureDeps } from './measure.ts';

const COUNTS = [250_000, 500_000, 1_000_000] as const;
const MAIN = join(PLACES.bin, '..', 'src', 'cli', 'main.ts');
const PEAK = join(import.meta.dirname, 'peak-memory-at-exit.ts');

type Run = { readonly seconds: number; readonly megabytes: number };

/**
 * `explain` on captures of up to a million packets: its time, and the most memory it took (VmHWM of the real process).
 * The memory must not grow with the capture.
 */
export const explain: Measure = async (deps) => {
  const folder = await mkdtemp(join(tmpdir(), 'pxebench-bench-'));
  try {
    const captures = {
      'boots of many clients': bootStorm(join(PLACES.captures, 'lab')),
      'one DISCOVER each of a million clients': noise(),
    };
    const figures: Figure[] = [];
    for (const [name, frames] of Object.entries(captures))
      figures.push(...(await measured(name, frames, folder, deps)));
    return figures;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

async function measured(
  name: string,
  frames: Parameters<typeof writeCapture>[1],
  folder: string,
  { say, signal }: MeasureDeps,
): Promise<readonly Figure[]> {
  const path = join(folder, 'made.pcapng');
  const onProgress = (count: number): void =>
    say(`making a capture: ${name}, ${count.toLocaleString('en')} packets`);
  const lengths = await writeCapture(path, frames, COUNTS, { signal, onProgress });
  const figures: Figure[] = [];
  // From the largest down: the file is cut for the next.
  for (const count of COUNTS.toReversed()) {
    await truncate(path, lengths.get(count));
    say(`explain: ${name}, ${count.toLocaleString('en')} packets`);
    const { seconds, megabytes } = await explained(path, signal);
    figures.unshift({
      what: `explain, ${name}, ${count.toLocaleString('en')} packets`,
      seen: `${seconds.toFixed(1)} s, ${megabytes.toFixed(0)} MB`,
      wanted: '< 200 MB, whatever the count',
    });
  }
  return figures;
}

async function explained(path: string, signal: AbortSignal): Promise<Run> {
  const began = performance.now();
  const child = spawn(process.execPath, ['--import', PEAK, MAIN, 'explain', path], {
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
    signal,
  });
  const peak = child.stdio[3];
  if (peak === null || peak === undefined || !('read' in peak)) throw new Error('no descriptor 3');
  const [kilobytes, status] = await Promise.all([
    text(peak),
    new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    }),
  ]);
  if (status !== 0) throw new Error(`explain ended with status ${status}`);
  return { seconds: (performance.now() - began) / 1000, megabytes: Number(kilobytes) / 1024 };
}
