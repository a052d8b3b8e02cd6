import { readFileSync } from 'node:fs';
import type { BenchDeps } from './measure.ts';
import { BenchError } from './measure.ts';
import { runCommand } from './run-command.ts';

/** What a command took from its start to its end, everything it printed thrown away. */
export type Timed = {
  /** Seconds by the wall clock. */
  readonly wall: number;
  /** Seconds of processor time, user and system: the same where other programs share the machine, near enough. */
  readonly processor: number;
  /** The most memory that was seen of it (VmHWM). */
  readonly peakMb: number;
};

/** Bash's `time` knows the processor time of a process that has ended, to a millisecond; Node does not. */
const TIMED = 'TIMEFORMAT="%R %U %S"; { time "$@" >/dev/null 2>&4; } 4>&2 2>&3';
const LOOK_MS = 10;

export async function timedCommand(
  argv: readonly string[],
  { signal }: Pick<BenchDeps, 'signal'>,
): Promise<Timed> {
  let peakKib = 0;
  let looking: NodeJS.Timeout | undefined;
  const onStart = (pid: number): void => {
    looking = setInterval(() => {
      peakKib = Math.max(peakKib, ...childrenOf(pid).map(peakOf));
    }, LOOK_MS);
  };
  try {
    const { aside } = await runCommand(['bash', '-c', TIMED, 'bash', ...argv], { signal, onStart });
    const [wall, user, system] = aside.trim().split(' ').map(Number);
    if (wall === undefined || user === undefined || system === undefined)
      throw new BenchError(`${argv.join(' ')}: wanted three times, got "${aside}"`);
    return { wall, processor: user + system, peakMb: (peakKib * 1024) / 1e6 };
  } finally {
    clearInterval(looking);
  }
}

function childrenOf(pid: number): readonly string[] {
  return read(`/proc/${pid}/task/${pid}/children`).trim().split(' ').filter(Boolean);
}

function peakOf(pid: string): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0);
}

/** Empty where the process has gone. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
