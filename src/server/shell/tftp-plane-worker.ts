/** The thread of the TFTP data plane. Started by tftp-plane.ts. */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { doorbellOf } from '../../os/epoll.ts';
import { PlaneLoop, type PlaneRequest } from './tftp-plane-loop.ts';

export type PlaneWorkerData = { readonly doorbell: number; readonly progress: SharedArrayBuffer };

const port = parentPort;
if (port === null) throw new Error('tftp-plane-worker.ts is started by tftp-plane.ts');
const { doorbell, progress } = workerData as PlaneWorkerData;
const loop = new PlaneLoop({
  now: () => performance.now(),
  doorbell: doorbellOf(doorbell),
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
port.postMessage('ready');
