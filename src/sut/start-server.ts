import { setTimeout } from 'node:timers/promises';
import { endProcess } from '../lab/end-process.ts';
import { LabError } from '../lab/lab-error.ts';
import type { LabProcess } from '../lab/lab-process.ts';
import type { Lab } from '../lab/start-lab.ts';
import { forBoundUdp, forListeningTcp, forLog, type Readiness, waitFor } from '../lab/wait.ts';
import { KILL_CONTAINER } from './containers/container-spec.ts';
import { startEngine } from './containers/engine.ts';
import { startContainer } from './containers/start-container.ts';
import type { ProgramEntry, ReadyCondition } from './server-file.ts';
import type { ServerSpec } from './server-spec.ts';
import { type ServerChanges, stageServer } from './stage-server.ts';
import { SutError } from './sut-error.ts';

/** Where the folder is staged, as the server's processes see it: configuration files may name it. */
const STAGED_FOLDER = '/run/lab/server';
const READY_MS = 20_000;
/** Lines of a process's output that an error quotes. */
const LAST_WORDS = 5;

/** A server whose every process serves. */
export interface RunningServer extends AsyncDisposable {
  readonly id: string;
  /** Its processes, as seen from here: for /proc/PID. */
  readonly pids: readonly number[];
  /** What its processes printed, each under its label. */
  readonly log: () => string;
  /** Resolves when a process ends although nobody stopped it: from then on nothing is proven about the server. */
  readonly exited: Promise<SutError>;
  /** As a service manager does it: SIGTERM, then all of it is started again. What fails in it resolves `exited`. */
  readonly restart: () => void;
  /** SIGKILL; started again after so many seconds, or never. */
  readonly kill: (backAfterSeconds?: number) => void;
}

/** A process of a server, and the signal by which it, or what it stands for, is killed. */
type ServerProcess = { readonly process: LabProcess; readonly kill: NodeJS.Signals };

/**
 * Starts a server under test inside a lab. Throws SutError where it cannot be started, ConfigError where its folder
 * is wrong. Leaves no process behind if one of them fails; the files are the lab's and go with it.
 */
export async function startServer(
  spec: ServerSpec,
  lab: Lab,
  changes: ServerChanges = {},
): Promise<RunningServer> {
  await stageServer(spec, lab.pathOf(STAGED_FOLDER), changes);
  for (const argv of spec.file.value.prepare ?? []) await prepare(argv, lab);
  await using undo = new AsyncDisposableStack();
  for (const [host, entries] of Object.entries(spec.file.value.hosts)) {
    // It outlives the containers' restarts; if it ends, so do the containers.
    if (entries.some((entry) => 'container' in entry)) undo.use(await startEngine(lab, host));
  }
  const exited = Promise.withResolvers<SutError>();
  /** All that ever ran, for the log. */
  const processes: LabProcess[] = [];
  /** Those that nobody wants to end. */
  let wanted = new Set<ServerProcess>();
  const watch = (started: readonly ServerProcess[]): void => {
    wanted = new Set(started);
    for (const one of started) {
      void one.process.exited.then(() => {
        if (wanted.has(one)) exited.resolve(endedError(one.process, 'ended during the run'));
      });
    }
  };
  const end = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    const running = [...wanted].reverse();
    wanted = new Set();
    for (const one of running) await ended(one, signal);
  };
  let disposed = false;
  const startAll = async (): Promise<void> => {
    const started = await startProcesses(spec, lab, (process) => void processes.push(process));
    watch(started);
    if (disposed) await end('SIGKILL');
  };
  await startAll();
  const engines = undo.move();

  const pids = processes.map(({ pid }) => pid);
  const change = (work: () => Promise<void>): void => {
    // A lab that is gone takes its processes with it.
    void work().catch((error: unknown) => {
      if (!disposed) exited.resolve(error instanceof SutError ? error : notRestarted(error));
    });
  };
  return {
    id: spec.id,
    pids,
    log: () => processes.map(({ label, output }) => `== ${label}\n${output.recent()}`).join('\n'),
    exited: exited.promise,
    restart: () =>
      change(async () => {
        await end('SIGTERM');
        if (!disposed) await startAll();
      }),
    kill: (backAfterSeconds) =>
      change(async () => {
        await end('SIGKILL');
        if (backAfterSeconds === undefined) return;
        await setTimeout(1000 * backAfterSeconds, undefined, { ref: false });
        if (!disposed) await startAll();
      }),
    [Symbol.asyncDispose]: async () => {
      disposed = true;
      await end('SIGKILL');
      await engines.disposeAsync();
    },
  };
}

/** All processes of a server, one after the other, each serving. If one fails none is left. */
async function startProcesses(
  spec: ServerSpec,
  lab: Lab,
  onProcess: (process: LabProcess) => void,
): Promise<readonly ServerProcess[]> {
  await using undo = new AsyncDisposableStack();
  const processes: ServerProcess[] = [];
  const add = (process: LabProcess, kill: NodeJS.Signals = 'SIGKILL'): LabProcess => {
    const one = { process, kill };
    undo.defer(() => ended(one, 'SIGKILL'));
    processes.push(one);
    return process;
  };
  for (const [host, entries] of Object.entries(spec.file.value.hosts)) {
    for (const entry of entries) {
      const where = { lab, host, staged: STAGED_FOLDER };
      const process =
        'container' in entry
          ? add(await startContainer(entry.container, where), KILL_CONTAINER)
          : add(await startProgram(entry, where));
      onProcess(process);
      await serving(process, entry.ready);
    }
  }
  undo.move();
  return processes;
}

function startProgram(
  { run, 'changes-user': changesUser }: ProgramEntry,
  { lab, host, staged }: { readonly lab: Lab; readonly host: string; readonly staged: string },
): Promise<LabProcess> {
  return lab.spawn(run, {
    ...{ host, cwd: staged, label: `${host}: ${run[0]}` },
    leavesRoot: changesUser === 'if-root',
  });
}

function ended({ process, kill }: ServerProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  return endProcess(process, signal === 'SIGKILL' ? kill : signal);
}

function notRestarted(cause: unknown): SutError {
  const message = `the server could not be started again: ${cause instanceof Error ? cause.message : cause}`;
  return new SutError('SUT_EXITED', message, 'server.log of the report has its last words', cause);
}

/** Runs a command that makes files, to its end. */
async function prepare(argv: readonly string[], lab: Lab): Promise<void> {
  const process = await lab.spawn(argv, { cwd: STAGED_FOLDER, label: `prepare: ${argv[0]}` });
  const { code } = await process.exited;
  if (code === 0) return;
  throw new SutError(
    'SUT_NOT_PREPARED',
    `${process.label} ended with status ${code}${lastWords(process)}`,
    `see "prepare" in its server.yaml: ${argv.join(' ')}`,
  );
}

/** Waits until the process serves. Throws SutError where it ends before, or does not come to it in time. */
async function serving(process: LabProcess, condition: ReadyCondition): Promise<void> {
  try {
    await waitFor(readiness(condition), process, READY_MS);
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    if (error.code === 'LAB_PROCESS_ENDED') throw endedError(process, 'ended before it served', error);
    throw new SutError(
      'SUT_NOT_READY',
      `${error.message}${lastWords(process)}`,
      'see "ready" in its server.yaml',
      error,
    );
  }
}

function readiness(condition: ReadyCondition): Readiness {
  if ('udp' in condition) return forBoundUdp(condition.udp);
  if ('tcp' in condition) return forListeningTcp(condition.tcp);
  return forLog(condition.log);
}

function endedError(process: LabProcess, how: string, cause?: unknown): SutError {
  const words = lastWords(process);
  return new SutError('SUT_EXITED', `${process.label} ${how}${words}`, remedyFor(words, process.argv), cause);
}

function remedyFor(words: string, argv: readonly string[]): string {
  if (/address already in use|in use/i.test(words)) {
    return 'another process of this server has that port: see "hosts" in server.yaml';
  }
  // dnsmasq: failed to change group-id to dip; Apache: setgid: unable to set group id to Group 33; tftpd: cannot set groups
  if (/\b(set|change)[ -]?(e?[ug]id|(user|group)(s|[ -]?ids?)?)\b/i.test(words)) {
    return 'it changes its user, for which an ordinary user needs subordinate ids: see "changes-user" in docs/servers.md';
  }
  return `try it by hand: ${argv.join(' ')}`;
}

function lastWords({ output }: LabProcess): string {
  const lines = output.recent().trimEnd().split('\n').slice(-LAST_WORDS);
  return lines.join('') === '' ? '; it printed nothing' : `; it printed:\n  ${lines.join('\n  ')}`;
}
