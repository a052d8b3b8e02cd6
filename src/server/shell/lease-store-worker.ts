/**
 * The thread that writes leases: it waits for the disk while the server goes on. Started by lease-store.ts, one request at a
 * time; the file is locked and checked when it begins.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { type LeaseCommit, openLeaseFile } from './lease-file.ts';

export type LeaseRequest = ({ readonly kind: 'commit' } & LeaseCommit) | { readonly kind: 'close' };

export type LeaseReply = { readonly kind: 'durable' } | { readonly kind: 'failed'; readonly because: string };

const port = parentPort;
if (port === null) throw new Error('lease-store-worker.ts is started by lease-store.ts');
const file = openLeaseFile(workerData as string, true);

port.on('message', (request: LeaseRequest) => {
  const reply = (message: LeaseReply): void => port.postMessage(message);
  if (request.kind === 'close') {
    file[Symbol.dispose]();
    port.close();
    return;
  }
  try {
    file.commit(request);
    reply({ kind: 'durable' });
  } catch (error) {
    reply({ kind: 'failed', because: error instanceof Error ? error.message : String(error) });
  }
});
