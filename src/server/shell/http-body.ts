import { read } from 'node:fs';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import type { FileSenders } from '../../os/file-sender.ts';
import type { ByteRange } from '../http/byte-ranges.ts';
import { descriptorOf } from './descriptor.ts';

const readSome = promisify(read);
const COPY_OCTETS = 256 * 1024;

/** Where the octets of an answer go, one call at a time. Throws what the socket says once the client is gone. */
export interface BodySink extends Disposable {
  readonly octets: (bytes: Uint8Array | string) => Promise<void>;
  /** Tells of every piece that went out. False: the file ended before the range did. */
  readonly range: (file: number, range: ByteRange, sent: (octets: number) => void) => Promise<boolean>;
}

/** What the socket takes is with the kernel, or encrypted by Node; the client may still not have read it. */
export function bodySink(socket: Socket, senders: FileSenders): BodySink {
  const octets = (bytes: Uint8Array | string): Promise<void> =>
    new Promise((resolve, reject) => {
      // One character is one octet, in text too.
      const done = (error?: Error | null): void => (error ? reject(error) : resolve());
      if (typeof bytes === 'string') socket.write(bytes, 'latin1', done);
      else socket.write(bytes, done);
    });
  // What is encrypted here the kernel cannot send.
  const fd = socket instanceof TLSSocket ? undefined : descriptorOf(socket);
  if (fd === undefined) return copySink(octets);
  const sender = senders(fd);
  const close = (): void => sender[Symbol.dispose]();
  socket.once('close', close);
  return {
    octets,
    // Node has written all that went before when its callback came, so nothing of it is overtaken.
    range: async (file, { start, end }, sent) => {
      for (let at = start; at < end; ) {
        const count = await sender.send(file, at, end - at);
        if (count === 0) return false;
        at += count;
        sent(count);
      }
      return true;
    },
    [Symbol.dispose]: () => {
      socket.off('close', close);
      close();
    },
  };
}

/** Through this process. */
function copySink(octets: BodySink['octets']): BodySink {
  return {
    octets,
    range: async (file, { start, end }, sent) => {
      const room = Buffer.allocUnsafeSlow(Math.min(COPY_OCTETS, end - start));
      for (let at = start; at < end; ) {
        const { bytesRead } = await readSome(file, room, 0, Math.min(room.length, end - at), at);
        if (bytesRead === 0) return false;
        // The room is used again only when the callback came.
        await octets(room.subarray(0, bytesRead));
        at += bytesRead;
        sent(bytesRead);
      }
      return true;
    },
    [Symbol.dispose]: () => undefined,
  };
}
