import { once } from 'node:events';
import { extname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { openDoorbell } from '../../os/epoll.ts';
import type { PlaneJob, PlaneReport, PlaneRequest } from './tftp-plane-loop.ts';
import type { PlaneWorkerData } from './tftp-plane-worker.ts';

export type PlaneTransfer = {
  /** Blocks that arrived, -1 before the client has acknowledged anything. */
  readonly blocks: () => number;
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
  const shared = new SharedArrayBuffer(SLOTS * Float64Array.BYTES_PER_ELEMENT);
  const progress = new Float64Array(shared);
  const workerData: PlaneWorkerData = { doorbell: doorbell.fd, progress: shared };
  const worker = new Worker(WORKER, { workerData, execArgv: ['--no-warnings'] });
  const exited = once(worker, 'exit').catch(() => undefined);
  const running = new Map<number, (report: PlaneReport) => void>();
  const free: number[] = [];
  let slots = 0;
  let alive = true;
  let ready = false;
  let stopping = false;

  worker.on('message', (report: PlaneReport | 'ready') => {
    if (report === 'ready') {
      ready = true;
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
    doorbell.ring();
  };

  return {
    usable: () => ready && alive && !stopping && (free.length > 0 || slots < SLOTS),
    start: (job, ended) => {
      const slot = free.pop() ?? slots++;
      running.set(slot, ended);
      progress[slot] = -1;
      ask({ kind: 'start', slot, ...job });
      const isMine = (): boolean => running.get(slot) === ended;
      return {
        blocks: () => (isMine() ? (progress[slot] ?? -1) : -1),
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
