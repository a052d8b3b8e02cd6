/**
 * The thread that writes leases: it waits for the disk while the server goes on. Started by lease-store.ts, one request at a
 * time; it owns the file from its opening on.
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { WallTime } from '../leases/stored-lease.ts';
import { type LeaseCommit, type LeaseFile, type LeaseRow, openLeaseFile } from './lease-file.ts';
import type { ServerError } from './server-error.ts';

export type LeaseRequest = ({ readonly kind: 'commit' } & LeaseCommit) | { readonly kind: 'close' };

export type LeaseReply =
  | { readonly kind: 'open'; readonly leases: readonly LeaseRow[]; readonly time: WallTime | undefined }
  | ({ readonly kind: 'unusable' } & Pick<ServerError, 'code' | 'message' | 'hint'>)
  | { readonly kind: 'durable' }
  | { readonly kind: 'failed'; readonly because: string };

const port = parentPort;
if (port === null) throw new Error('lease-store-worker.ts is started by lease-store.ts');
const reply = (message: LeaseReply): void => port.postMessage(message);

function open(): LeaseFile | undefined {
  using undo = new DisposableStack();
  try {
    const file = undo.use(openLeaseFile(workerData as string));
    reply({ kind: 'open', leases: file.leases(), time: file.time() });
    undo.move();
    return file;
  } catch (error) {
    const { code = 'SERVER_LEASES_UNUSABLE', message, hint = '' } = error as Partial<ServerError> & Error;
    reply({ kind: 'unusable', code, message, hint });
    return undefined;
  }
}

const file = open();
if (file === undefined) port.close();
else {
  port.on('message', (request: LeaseRequest) => {
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
}
