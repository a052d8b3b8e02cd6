import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { LabError } from './lab-error.ts';
import { onlyChildOf } from './lab-process.ts';
import { keepOutput } from './process-output.ts';
import { rightsRemedy } from './rights-remedy.ts';
import { type SetUpStep, setUpScript } from './set-up-script.ts';
import { ID_MAPS, type LabUser } from './subordinate-ids.ts';

export type FirstProcessCommands = {
  readonly setpriv: string;
  readonly unshare: string;
  readonly sh: string;
};

export interface FirstProcess extends AsyncDisposable {
  /** As seen from here. */
  readonly pid: number;
  /** All steps are done. Rejects with LabError (LAB_COMMAND_FAILED with the step's command, LAB_ENDED). */
  readonly ready: Promise<void>;
  /** It has ended, and with it everything in the lab. */
  readonly ended: Promise<void>;
}

/** For the shell to end by itself; the kernel needs a few milliseconds. */
const END_MS = 2_000;

/**
 * Makes the namespaces and starts what is in setUpScript() in them. Resolves when the namespaces are there (the steps go
 * on, see `ready`). Disposing ends everything in it.
 */
export async function startFirstProcess(
  steps: readonly SetUpStep[],
  options: {
    readonly user: LabUser;
    readonly commands: FirstProcessCommands;
    readonly env: Readonly<Record<string, string>>;
  },
): Promise<FirstProcess> {
  const { commands, env, user } = options;
  const child = spawn(
    commands.setpriv,
    [
      // Our end closes stdin, which ends the lab; this also covers a set-up that hangs before it reads stdin.
      ...['--pdeathsig', 'KILL', '--', commands.unshare],
      ...(user === 'root' ? [] : ['--user', ...ID_MAPS[user]]),
      ...[
        '--net',
        '--mount',
        '--propagation',
        'private',
        '--pid',
        '--fork',
        '--kill-child',
        '--mount-proc',
        '--',
      ],
      ...[commands.sh, '-c', setUpScript(steps)],
    ],
    { env: { ...env }, stdio: ['pipe', 'pipe', 'pipe'], detached: true },
  );
  child.stdin.on('error', () => {});
  const errors = keepOutput([child.stderr]);
  let spawnError: Error | undefined;
  const ended = new Promise<void>((resolve) => {
    // 'exit' may come before the last of stderr.
    child.once('close', () => resolve());
    child.once('error', (error) => {
      spawnError = error;
      resolve();
    });
  });

  const progress = followSteps(child);
  const failure = async (): Promise<LabError> => {
    await ended;
    if (spawnError !== undefined) {
      return new LabError('LAB_MISSING_COMMAND', `${commands.setpriv}: ${spawnError.message}`, {
        cause: spawnError,
      });
    }
    const step = steps[progress.step()];
    return step === undefined
      ? notEntered(child, user, errors.recent())
      : stepFailed(step, child.exitCode, errors.recent());
  };

  const ready = progress.ready.then(async (done) => {
    if (!done) throw await failure();
  });
  // Whoever waits for it hears of it; if the namespaces never come, startFirstProcess() itself throws.
  ready.catch(() => {});

  if (!(await progress.entered)) throw await failure();
  const pid = await onlyChildOf(child.pid ?? 0);
  if (pid === 0) throw await failure();

  return {
    pid,
    ready,
    ended,
    [Symbol.asyncDispose]: async () => {
      child.stdin.destroy();
      const timer = setTimeout(() => child.kill('SIGKILL'), END_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** Reads what setUpScript() says on stdout. Each promise is false where the shell ended first. */
function followSteps(child: ChildProcess) {
  const entered = Promise.withResolvers<boolean>();
  const ready = Promise.withResolvers<boolean>();
  let step = -1;
  if (child.stdout === null) throw new Error('the first process has no stdout');
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    if (line === 'entered') entered.resolve(true);
    else if (line === 'ready') ready.resolve(true);
    else if (line.startsWith('step ')) step = Number(line.slice('step '.length));
  });
  lines.once('close', () => {
    entered.resolve(false);
    ready.resolve(false);
  });
  return {
    entered: entered.promise,
    ready: ready.promise,
    step: () => step,
  };
}

async function notEntered(child: ChildProcess, user: LabUser, stderr: string): Promise<LabError> {
  const how = user === 'root' ? 'as root' : 'as an ordinary user';
  return new LabError('LAB_NO_RIGHTS', `unshare: wanted new namespaces ${how}, got: ${stderr.trim()}`, {
    hint: await rightsRemedy(),
    exitStatus: child.exitCode,
    stderr,
  });
}

/** ip says `Command failed -:3` for the third line of its batch. */
function stepFailed(step: SetUpStep, exitStatus: number | null, stderr: string): LabError {
  const line = Number(/^Command failed -:(\d+)/m.exec(stderr)?.[1] ?? Number.NaN);
  const failed = step.batch?.[line - 1];
  const command = failed === undefined ? step.shell : `ip ${failed}`;
  return new LabError('LAB_COMMAND_FAILED', `${step.name}: ${command}: ${stderr.trim()}`, {
    argv: [command],
    exitStatus,
    stderr,
    hint: 'pxebench doctor says what this machine lacks',
  });
}
