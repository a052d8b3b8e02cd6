/** The thread of the TFTP data plane. Started by tftp-plane.ts. */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { doorbellOf } from '../../os/epoll.ts';
import { PlaneLoop } from './tftp-plane-loop.ts';
import type { PlaneRequest } from './tftp-plane-messages.ts';

export type PlaneWorkerData = {
  readonly doorbell: number;
  /** One Int32: 1 if requests wait. */
  readonly waiting: SharedArrayBuffer;
  readonly progress: SharedArrayBuffer;
};

/** When this thread's clock began, in milliseconds since 1970. */
export type PlaneReady = { readonly ready: number };

const port = parentPort;
if (port === null) throw new Error('tftp-plane-worker.ts is started by tftp-plane.ts');
const { doorbell, waiting, progress } = workerData as PlaneWorkerData;
const flag = new Int32Array(waiting);
const bell = doorbellOf(doorbell);
const loop = new PlaneLoop({
  now: () => performance.now(),
  doorbell: {
    fd: doorbell,
    silence: () => {
      Atomics.store(flag, 0, 0);
      bell.silence();
    },
  },
  rung: () => Atomics.load(flag, 0) === 1,
  next: () => receiveMessageOnPort(port)?.message as PlaneRequest | undefined,
  report: (report) => port.postMessage(report),
  progress: new Float64Array(progress),
});

// Idle, the thread waits here, as any other of Node's; with transfers it waits in the loop, where the doorbell is.
port.on('message', (request: PlaneRequest) => {
  loop.take(request);
  loop.run();
  if (loop.stopped) port.close();
});
port.postMessage({ ready: performance.timeOrigin } satisfies PlaneReady);
