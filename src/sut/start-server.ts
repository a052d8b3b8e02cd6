import type { Lab, LabProcess } from '../lab/lab.ts';
import { waitFor } from '../lab/wait.ts';
import type { ReadyCondition } from './server-file.ts';
import type { ServerSpec } from './server-spec.ts';
import { type ServerChanges, stageServer } from './stage-server.ts';
import { SutError } from './sut-error.ts';

/** Where the folder is staged, as the server's processes see it: configuration files may name it. */
export const STAGED_FOLDER = '/run/lab/server';
const READY_SECONDS = 15;

/** A server whose every process serves. */
export interface RunningServer extends AsyncDisposable {
  readonly id: string;
  /** What its processes printed, in order of arrival, each line with the host and program. */
  readonly log: () => string;
  /** Settles when a process ends although nobody stopped it: from then on no verdict on the client holds. */
  readonly exited: Promise<SutError>;
}

/**
 * Starts a server under test inside a lab. Throws SutError where it cannot be started, ConfigError where its folder
 * is wrong. Leaves nothing behind if any process fails: the lab takes the files.
 */
export async function startServer(
  spec: ServerSpec,
  lab: Lab,
  changes: ServerChanges = {},
): Promise<RunningServer> {
  await using undo = new AsyncDisposableStack();
  await stageServer(spec, lab.pathOf(STAGED_FOLDER), changes);

  const log: string[] = [];
  const processes: LabProcess[] = [];
  for (const [host, entries] of Object.entries(spec.file.value.hosts)) {
    for (const entry of entries) {
      const label = `${host} ${entry.run[0]}`;
      const process = await start(lab, host, entry.run, label);
      undo.defer(async () => {
        process.kill('SIGKILL');
        await process.exited;
      });
      processes.push(process);
      for (const stream of [process.stdout, process.stderr]) {
        stream?.setEncoding('utf8').on('data', (text: string) => {
          for (const line of text.split('\n')) if (line !== '') log.push(`${label}: ${line}`);
        });
      }
      await ready(process, entry.ready, label, () => log.filter((line) => line.startsWith(label)));
    }
  }

  const owned = undo.move();
  return {
    id: spec.id,
    log: () => log.join('\n'),
    exited: Promise.race(
      processes.map(async (process) => {
        const { code, signal } = await process.exited;
        return new SutError(
          'SUT_EXITED',
          `${process.label} ended during the run (${signal ?? `exit status ${code}`}): ${log.at(-1) ?? 'it said nothing'}`,
        );
      }),
    ),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
