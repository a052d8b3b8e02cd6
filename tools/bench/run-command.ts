import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { BenchError, type BenchDeps } from './measure.ts';

export type RunOptions = Pick<BenchDeps, 'signal'> & {
  readonly env?: Readonly<Record<string, string>>;
  /** Each line of standard error, as it comes. */
  readonly onLine?: (line: string) => void;
};

export type Ran = {
  readonly seconds: number;
  readonly stdout: string;
  /** What it wrote to descriptor 3. */
  readonly aside: string;
};

/** Runs a command to its end, all of its output read. Throws BenchError unless its exit status is 0. */
export async function runCommand(argv: readonly string[], options: RunOptions): Promise<Ran> {
  const { signal, env = {}, onLine = () => {} } = options;
  signal.throwIfAborted();
  const [command = '', ...rest] = argv;
  const began = performance.now();
  const child = spawn(command, rest, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const interrupt = (): void => void child.kill('SIGINT');
  signal.addEventListener('abort', interrupt, { once: true });
  try {
    const ended = new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, ending) => {
        const seconds = (performance.now() - began) / 1000;
        if (code === 0) resolve(seconds);
        else reject(new BenchError(`${argv.join(' ')}: wanted exit status 0, got ${ending ?? code}: ${errors.trim()}`));
      });
    });
    let errors = '';
    let line = '';
    child.stderr.setEncoding('utf8').on('data', (more: string) => {
      errors = (errors + more).slice(-2_000);
      const lines = (line + more).split('\n');
      line = lines.pop() ?? '';
      lines.forEach(onLine);
    });
    const [seconds, stdout, aside] = await Promise.all([
      ended,
      text(child.stdout),
      text(child.stdio[3] as NodeJS.ReadableStream & AsyncIterable<Buffer>),
    ]);
    return { seconds, stdout, aside };
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', interrupt);
  }
}
