/**
 * sendfile(2): octets of a file to a TCP socket without a copy through this process. The call runs on libuv's pool, since reading
 * a file that is not in memory may take long, and the event loop has other clients; the socket is non-blocking, so that
 * a slow client never holds a thread.
 *
 * The socket is corked while a sender has it: what was written before the file (a head) leaves in the same segment as the file's
 * first octets, and only the last segment is not full. On loopback, where a window of 64 kB holds one segment, a head by itself
 * kept the receiver's window from growing in most runs, and halved what came through.
 */
import { closeSync } from 'node:fs';
import { constants } from 'node:os';
import koffi from 'koffi';
import { checked, dup, errno, sendfile } from './libc.ts';
import { callFailed, OsError } from './os-error.ts';
import { setCork } from './tcp-segment.ts';

/**
 * Sends to one TCP socket, which is corked until the sender is disposed of. Disposing of it ends what is under way with OS_CLOSED;
 * the socket itself stays open.
 */
export interface FileSender extends Disposable {
  /**
   * Sends some of the octets from `offset` on, at most `length`, waiting until the socket takes any. Resolves with how many
   * it took; 0: the file ends there. Throws OsError (EPIPE, ECONNRESET: the client is gone). One call at a time.
   */
  readonly send: (file: number, offset: number, length: number) => Promise<number>;
}

/** Makes senders that share a few threads. */
export type FileSenders = (socket: number) => FileSender;

/** Of libuv's pool of four: the others are for whoever else reads a file or asks for a name. */
const THREADS = 2;
/** In one turn, so that no client waits long for its own: what Linux keeps for a socket at the most, unless told otherwise. */
const TURN_OCTETS = 4 * 1024 * 1024;

export function fileSenders(): FileSenders {
  let running = 0;
  const waiting: (() => void)[] = [];
  const turn: Turn = async (call) => {
    if (running >= THREADS) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await call();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
  return (socket) => openSender(socket, turn);
}

type Turn = <T>(call: () => Promise<T>) => Promise<T>;

function openSender(socket: number, turn: Turn): FileSender {
  // Of our own: libuv polls the socket itself under its number, and closes it when it likes, while a thread may still send.
  const fd = checked('dup(socket)', dup(socket));
  setCork(fd, true);
  const offset = new BigInt64Array(new ArrayBuffer(8));
  const writable = writableOnce(fd);
  let open = true;
  let sending = false;
  const close = (): void => {
    if (sending || open) return;
    closeSync(fd);
  };
  /** It took less than it was given, or nothing. */
  let full = false;
  const some = async (file: number, length: number): Promise<number> => {
    const wanted = Math.min(length, TURN_OCTETS);
    for (;;) {
      if (full) await writable.wait();
      if (!open) throw closed();
      const sent = await turn(() => inPool(fd, file, offset, wanted));
      full = sent === undefined || (sent < wanted && sent > 0);
      if (sent !== undefined) return sent;
    }
  };
  return {
    send: async (file, from, length) => {
      if (!open) throw closed();
      offset[0] = BigInt(from);
      sending = true;
      try {
        return await some(file, length);
      } finally {
        sending = false;
        close();
      }
    },
    [Symbol.dispose]: () => {
      if (!open) return;
      open = false;
      setCork(fd, false);
      writable[Symbol.dispose]();
      close();
    },
  };
}

/** Undefined: the socket is full. */
function inPool(
  fd: number,
  file: number,
  offset: BigInt64Array,
  length: number,
): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    sendfile.async(fd, file, offset, length, (error, sent) => {
      if (error !== null) return reject(error);
      if (sent >= 0) return resolve(sent);
      const found = errno();
      if (found === constants.errno.EAGAIN) resolve(undefined);
      else reject(callFailed('sendfile', found));
    });
  });
}

const closed = (): OsError => new OsError('OS_CLOSED', 'sendfile', 'the sender was disposed of');

/** Waits until the descriptor takes octets, or its connection is broken, or it is disposed of. */
function writableOnce(fd: number): Disposable & { readonly wait: () => Promise<void> } {
  let poll: ReturnType<typeof koffi.node.poll> | undefined;
  let wake: (() => void) | undefined;
  const ready = (): void => {
    poll?.stop();
    wake?.();
    wake = undefined;
  };
  return {
    wait: () =>
      new Promise((resolve) => {
        wake = resolve;
        if (poll === undefined) poll = koffi.node.poll(fd, { writable: true }, ready);
        else poll.start({ writable: true }, ready);
      }),
    [Symbol.dispose]: () => {
      poll?.close();
      poll = undefined;
      ready();
    },
  };
}
