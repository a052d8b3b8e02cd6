import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { type BenchDeps, BenchError } from './measure.ts';

export type RunOptions = Pick<BenchDeps, 'signal'> & {
  readonly env?: Readonly<Record<string, string>>;
  /** Each line of standard error, as it comes. */
  readonly onLine?: (line: string) => void;
  readonly onStart?: (pid: number) => void;
};

export type Ran = {
  readonly seconds: number;
  readonly stdout: string;
  /** What it wrote to descriptor 3. */
  readonly aside: string;
};

/** Runs a command to its end, all of its output read. Throws BenchError unless its exit status is 0. */
export async function runCommand(argv: readonly string[], options: RunOptions): Promise<Ran> {
  const { signal, env = {}, onLine = () => {}, onStart = () => {} } = options;
  signal.throwIfAborted();
  const [command = '', ...rest] = argv;
  const began = performance.now();
  // A group of its own: ^C at the terminal is ours to pass on, once.
  const child = spawn(command, rest, {
    detached: true,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const [, stdout, stderr, aside] = child.stdio as [null, Readable, Readable, Readable, undefined];
  if (child.pid !== undefined) onStart(child.pid);
  const interrupt = (): void => void child.kill('SIGINT');
  signal.addEventListener('abort', interrupt, { once: true });
  let errors = '';
  let line = '';
  stderr.setEncoding('utf8').on('data', (more: string) => {
    errors = (errors + more).slice(-2_000);
    const lines = (line + more).split('\n');
    line = lines.pop() ?? '';
    for (const whole of lines) onLine(whole);
  });
  const ended = new Promise<{ readonly how: number | string; readonly seconds: number }>(
    (resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, by) =>
        resolve({ how: code ?? by ?? 'nothing', seconds: (performance.now() - began) / 1000 }),
      );
    },
  );
  try {
    const [{ how, seconds }, ...texts] = await Promise.all([ended, text(stdout), text(aside)]);
    signal.throwIfAborted();
    if (how !== 0)
      throw new BenchError(`${argv.join(' ')}: wanted exit status 0, got ${how}: ${errors.trim()}`);
    return { seconds, stdout: texts[0], aside: texts[1] };
  } finally {
    signal.removeEventListener('abort', interrupt);
  }
}
