import { write } from 'node:fs';

export type Output = {
  readonly write: (text: string, taken?: () => void) => void;
};

/**
 * Writes to a file in order and without waiting. Node's own standard output waits for a file: where the disk is busy with what
 * must be durable that is long, and a server with its log and its leases on one disk answered a sixth of what it does so.
 * `failed` hears of what could not be written; the next is tried again.
 */
export function fileOutput(fd: number, failed: (error: Error) => void): Output {
  let gathered: Buffer[] = [];
  let taken: (() => void)[] = [];
  let writing = false;

  const next = (): void => {
    writing = gathered.length > 0 || taken.length > 0;
    if (!writing) return;
    const bytes = Buffer.concat(gathered);
    const told = taken;
    gathered = [];
    taken = [];
    put(bytes, () => {
      for (const tell of told) tell();
      next();
    });
  };
  const put = (bytes: Buffer, done: () => void): void => {
    if (bytes.length === 0) return void setImmediate(done);
    write(fd, bytes, 0, bytes.length, null, (error, count) => {
      if (error !== null) failed(error);
      // A file takes less than it was given where the disk is almost full.
      if (error === null && count < bytes.length) put(bytes.subarray(count), done);
      else done();
    });
  };
  return {
    write: (text, tell) => {
      if (text !== '') gathered.push(Buffer.from(text));
      if (tell !== undefined) taken.push(tell);
      if (!writing) next();
    },
  };
}
