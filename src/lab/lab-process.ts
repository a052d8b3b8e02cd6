import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { getgid, getuid } from 'node:process';
import { PassThrough, type Readable, type Writable } from 'node:stream';
import { findCommand } from './command-path.ts';
import { LabError } from './lab-error.ts';
import { keepOutput, type ProcessOutput } from './process-output.ts';
import type { LabUser } from './subordinate-ids.ts';

/** How to get into a lab. */
export type LabEntrance = {
  /** The lab's first process, as seen from here. */
  readonly pid: number;
  /** All but root have a user namespace of their own. */
  readonly user: LabUser;
  readonly commands: Readonly<Record<'nsenter' | 'setpriv' | 'setsid' | 'sh' | 'unshare', string>>;
  /** Where commands are looked for. */
  readonly folders: readonly string[];
  /** The environment of processes in the lab, all of it. */
  readonly env: Readonly<Record<string, string>>;
};

export type SpawnInLab = {
  /** Whose network; without it the bridge's own. */
  readonly host?: string | undefined;
  /** `/` without it. */
  readonly cwd?: string | undefined;
  /** Added to the lab's environment. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** As for node:child_process, pipes if left out. Further entries are further descriptors. */
  readonly stdio?: readonly ('pipe' | 'ignore' | number)[] | undefined;
  /** stdout holds bytes for somebody who reads `stdout` himself: not kept, not in `output`. */
  readonly rawStdout?: boolean | undefined;
  /**
   * A server that, as root, insists on becoming another user, and serves as well if it is not root. In a lab of one user
   * id there is no other user: it is then started as the user who runs us, and may bind ports below 1024 all the same.
   */
  readonly leavesRoot?: boolean | undefined;
  /** For messages; `HOST: COMMAND` without it. */
  readonly label?: string | undefined;
};

export type ProcessEnd = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

export interface LabProcess {
  /** `pxe: dnsmasq` */
  readonly label: string;
  readonly argv: readonly string[];
  /** nsenter, which waits outside the lab for the command and ends as it does. */
  readonly child: ChildProcess;
  /** Of the command itself, as seen from here, for /proc/PID; 0 if it had ended before it could be seen. */
  readonly pid: number;
  readonly stdin: Writable | null;
  /** Flowing already, unless rawStdout: what came before you listen is in `output`. */
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  /** What it writes to stdout and stderr, as text. */
  readonly output: ProcessOutput;
  /** Sends the command a signal (SIGTERM), SIGKILL to all of its process group; false if it has ended. */
  readonly kill: (signal?: NodeJS.Signals) => boolean;
  readonly exited: Promise<ProcessEnd>;
  /** The same, once all that it wrote has come too. */
  readonly closed: Promise<ProcessEnd>;
}

/** Says on descriptor N that the process is there, and becomes the command. `first` is done before. */
const launcher = (announce: number, first = ':'): string =>
  `umask 022 && cd -- "$1" && shift && ${first} && echo >&${announce} && exec "$@" ${announce}>&-`;

/** For the network it is written in, a host's. */
const LOW_PORTS_FOR_ALL = 'echo 0 >/proc/sys/net/ipv4/ip_unprivileged_port_start';

/** unshare, so that the command is in a user namespace below the lab's where the lab's one id is not root. */
function asOurselves({ commands }: LabEntrance): readonly string[] {
  return [commands.unshare, '--user', `--map-user=${getuid?.()}`, `--map-group=${getgid?.()}`, '--'];
}

function entering({ pid, user, commands }: LabEntrance, host: string | undefined): string[] {
  return [
    commands.nsenter,
    ...['--target', String(pid), ...(user === 'root' ? [] : ['--user', '--preserve-credentials'])],
    host === undefined ? '--net' : `--net=/proc/${pid}/root/run/netns/${host}`,
    ...['--mount', '--pid', '--'],
    // Apache ends by a signal to its whole process group, and nsenter must not be in it.
    commands.setsid,
    // nsenter stays outside and waits; without this the command would outlive it.
    ...[commands.setpriv, '--pdeathsig', 'KILL', '--'],
  ];
}

/**
 * Starts a command inside a lab and waits until its process is there. It ends with the lab, and with nsenter.
 * Throws LabError: LAB_MISSING_COMMAND, LAB_COMMAND_FAILED if the lab or the folder could not be entered.
 */
export async function spawnInLab(
  entrance: LabEntrance,
  argv: readonly string[],
  options: SpawnInLab = {},
): Promise<LabProcess> {
  const [command = '', ...rest] = argv;
  const label = options.label ?? `${options.host ?? 'bridge'}: ${command.split('/').at(-1)}`;
  const file = await findCommand(command, entrance.folders);
  if (file === undefined) {
    throw new LabError(
      'LAB_MISSING_COMMAND',
      `${label}: wanted the command ${command}, not in ${entrance.folders.join(', ')}`,
      {
        argv,
        hint: `install the package that brings ${command}`,
      },
    );
  }

  const stdio = options.stdio ?? ['pipe', 'pipe', 'pipe'];
  const announce = stdio.length;
  const [nsenter = '', ...enter] = entering(entrance, options.host);
  const demoted = options.leavesRoot === true && entrance.user === 'one-id';
  const launch = [
    ...[entrance.commands.sh, '-c', launcher(announce, demoted ? LOW_PORTS_FOR_ALL : undefined), 'sh'],
    ...[options.cwd ?? '/', ...(demoted ? asOurselves(entrance) : []), file, ...rest],
  ];
  const child = spawn(nsenter, [...enter, ...launch], {
    env: { ...entrance.env, ...options.env },
    stdio: [...stdio, 'pipe'],
    // A ^C at the terminal is meant for us: we decide in which order things end.
    detached: true,
  });
  const raw = options.rawStdout === true;
  const output = keepOutput(raw ? [child.stderr] : [child.stdout, child.stderr]);
  // When a process ends, Node throws away what nobody has begun to read from its pipes.
  const stdout = raw && child.stdout !== null ? child.stdout.pipe(new PassThrough()) : child.stdout;
  // A pipe whose reader has ended; that it has ended is said elsewhere.
  child.stdin?.on('error', () => {});

  let end: ProcessEnd | undefined;
  let spawnError: Error | undefined;
  const exited = new Promise<ProcessEnd>((resolve) => {
    const ended = (how: ProcessEnd): void => {
      end = how;
      resolve(how);
    };
    child.once('exit', (code, signal) => ended({ code, signal }));
    child.once('error', (error) => {
      spawnError = error;
      ended({ code: null, signal: null });
    });
  });
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve())).then(() => exited);

  const announced = child.stdio[announce] as Readable;
  const there = new Promise<boolean>((resolve) => {
    announced.once('data', () => resolve(true));
    announced.once('close', () => resolve(false));
  });
  if (!(await there)) {
    if (spawnError !== undefined) throw notSpawned(label, argv, spawnError);
    throw commandFailed(label, argv, await closed, output.recent());
  }
  announced.destroy();

  const pid = await onlyChildOf(child.pid ?? 0);
  return {
    label,
    argv,
    child,
    pid,
    stdin: child.stdin,
    stdout,
    stderr: child.stderr,
    output,
    // The number is free again once nsenter has collected the process, so never after `end`.
    // SIGKILL gives nobody the time to end those it has started.
    kill: (signal = 'SIGTERM') =>
      end === undefined && pid > 0 && signalled(signal === 'SIGKILL' ? -pid : pid, signal),
    exited,
    closed,
  };
}

function notSpawned(label: string, argv: readonly string[], cause: Error): LabError {
  return new LabError('LAB_COMMAND_FAILED', `${label}: ${cause.message}`, { argv, cause });
}

/** `pxe: dnsmasq: wanted exit status 0, got 2; it said: ...` */
export function commandFailed(
  label: string,
  argv: readonly string[],
  end: ProcessEnd,
  stderr: string,
  hint?: string,
): LabError {
  const got = end.signal === null ? String(end.code) : `signal ${end.signal}`;
  const said = stderr.trim() === '' ? 'it said nothing' : `it said: ${stderr.trim()}`;
  return new LabError('LAB_COMMAND_FAILED', `${label}: wanted exit status 0, got ${got}; ${said}`, {
    argv,
    exitStatus: end.code,
    stderr,
    hint,
  });
}

function signalled(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    // ESRCH: it ended a moment ago.
    return false;
  }
}

/** The process that `pid` waits for, 0 if it has none (any more). proc(5): /proc/PID/task/TID/children. */
export async function onlyChildOf(pid: number): Promise<number> {
  try {
    return Number.parseInt(await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8'), 10) || 0;
  } catch {
    return 0;
  }
}
