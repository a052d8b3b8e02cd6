import { once } from 'node:events';
import { extname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { openDoorbell } from '../../os/epoll.ts';
import {
  type PlaneJob,
  type PlaneReport,
  type PlaneRequest,
  PROGRESS_NUMBERS,
} from './tftp-plane-messages.ts';
import type { PlaneReady, PlaneWorkerData } from './tftp-plane-worker.ts';

export type PlaneTransfer = {
  /** Blocks that arrived, -1 before the client has acknowledged anything. */
  readonly blocks: () => number;
  /** Milliseconds since one did; undefined: nothing was acknowledged, yet. */
  readonly quiet: () => number | undefined;
  /** Ends it without a word to the client; `ended` is told. */
  readonly abandon: () => void;
};

/** The thread that does the read transfers of mapped files. */
export interface TftpPlane extends AsyncDisposable {
  /** Whether it takes one more: not before the thread has begun, or after it has ended, or if all slots are in use. */
  readonly usable: () => boolean;
  /** `ended` is called once, later. */
  readonly start: (job: Omit<PlaneJob, 'slot'>, ended: (report: PlaneReport) => void) => PlaneTransfer;
}

/** Source where we are source, and compiled where we are compiled. */
const WORKER = join(import.meta.dirname, `tftp-plane-worker${extname(import.meta.filename)}`);
/** As many transfers at once as a configuration may allow. */
const SLOTS = 10_000;

/** Returns before the thread has begun. `onFailure` is told if the thread ends by itself; transfers are then over, and no more are taken. */
export function openTftpPlane(onFailure: (because: string) => void): TftpPlane {
  const doorbell = openDoorbell();
  const shared = new SharedArrayBuffer(SLOTS * PROGRESS_NUMBERS * Float64Array.BYTES_PER_ELEMENT);
  const progress = new Float64Array(shared);
  const flag = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const waiting = new Int32Array(flag);
  const workerData: PlaneWorkerData = { doorbell: doorbell.fd, waiting: flag, progress: shared };
  // Its sockets are opened by system calls and closed by Node, which would warn of each: a warning waits for the event loop, and
  // under load the thread does not come to that for hours.
  const worker = new Worker(WORKER, { workerData, trackUnmanagedFds: false, execArgv: [] });
  const exited = once(worker, 'exit').catch(() => undefined);
  const running = new Map<number, (report: PlaneReport) => void>();
  const free: number[] = [];
  let slots = 0;
  let alive = true;
  let ready = false;
  /** How much less this thread's clock says than that of the other one, which began later: negative. */
  let behind = 0;
  let stopping = false;

  worker.on('message', (report: PlaneReport | PlaneReady) => {
    if ('ready' in report) {
      ready = true;
      behind = performance.timeOrigin - report.ready;
      return;
    }
    const ended = running.get(report.slot);
    running.delete(report.slot);
    free.push(report.slot);
    ended?.(report);
  });
  let failure = 'it has ended';
  worker.on('error', (error) => {
    failure = error instanceof Error ? error.message : String(error);
  });
  worker.on('exit', () => {
    alive = false;
    if (!stopping) onFailure(failure);
    for (const [slot, ended] of running) {
      ended({ slot, outcome: 'failed', octets: 0, because: 'the thread that sent it has ended' });
    }
    running.clear();
  });
  worker.unref();
  const ask = (request: PlaneRequest): void => {
    if (!alive) return;
    worker.postMessage(request);
    Atomics.store(waiting, 0, 1);
    doorbell.ring();
  };

  return {
    usable: () => ready && alive && !stopping && (free.length > 0 || slots < SLOTS),
    start: (job, ended) => {
      const slot = free.pop() ?? slots++;
      running.set(slot, ended);
      progress[PROGRESS_NUMBERS * slot] = -1;
      ask({ kind: 'start', slot, ...job });
      const isMine = (): boolean => running.get(slot) === ended;
      const blocks = (): number => (isMine() ? (progress[PROGRESS_NUMBERS * slot] ?? -1) : -1);
      return {
        blocks,
        quiet: () => {
          if (blocks() < 0) return undefined;
          return performance.now() + behind - (progress[PROGRESS_NUMBERS * slot + 1] ?? 0);
        },
        abandon: () => {
          if (isMine()) ask({ kind: 'abandon', slot });
        },
      };
    },
    [Symbol.asyncDispose]: async () => {
      if (stopping) return;
      stopping = true;
      worker.ref();
      ask({ kind: 'stop' });
      await exited;
      doorbell[Symbol.dispose]();
    },
  };
}
