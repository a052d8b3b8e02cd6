/**
 * Waiting for many descriptors with one call, on the thread that asks: epoll(7), eventfd(2). For a thread that does nothing
 * else; what shares a thread with Node's event loop uses onReadable().
 *
 *   struct epoll_event | events:4 | data:8 |        x86-64: packed, 12 octets
 *                      | events:4 _:4 | data:8 |    elsewhere: 16
 */
import { closeSync, readSync, writeSync } from 'node:fs';
import { addressOf, checked, epollControl, epollCreate, epollWait, errno, eventFd } from './libc.ts';
import { LITTLE_ENDIAN } from './native.ts';
import { callFailed } from './os-error.ts';

const EPOLL_CLOEXEC = 0o2000000;
const EPOLLIN = 1;
const ADD = 1;
const REMOVE = 2;
const EINTR = 4;
const EFD_NONBLOCK_CLOEXEC = 0o2004000;
const PACKED = process.arch === 'x64';
const EVENT = PACKED ? 12 : 16;
const DATA_AT = PACKED ? 4 : 8;
/** Descriptors told of at once; those left out are told of by the next call. */
const AT_ONCE = 256;

export interface Epoll extends Disposable {
  /** `token`, 32 bits, is what `wait` says when the descriptor has something to read or an error to tell. */
  readonly add: (fd: number, token: number) => void;
  /** Before the descriptor is closed. */
  readonly remove: (fd: number) => void;
  /** How many descriptors are ready, after at most `timeoutMs` (whole milliseconds). Throws OsError. */
  readonly wait: (timeoutMs: number) => number;
  /** Of the last wait. */
  readonly tokenAt: (index: number) => number;
}

export function openEpoll(): Epoll {
  const epoll = checked('epoll_create1', epollCreate(EPOLL_CLOEXEC));
  const memory = new ArrayBuffer(AT_ONCE * EVENT);
  const address = addressOf(memory);
  const view = new DataView(memory);
  const wanted = new DataView(new ArrayBuffer(EVENT));
  wanted.setUint32(0, EPOLLIN, LITTLE_ENDIAN);
  return {
    add: (fd, token) => {
      wanted.setUint32(DATA_AT, token, LITTLE_ENDIAN);
      checked(`epoll_ctl(add ${fd})`, epollControl(epoll, ADD, fd, new Uint8Array(wanted.buffer)));
    },
    remove: (fd) => {
      checked(`epoll_ctl(remove ${fd})`, epollControl(epoll, REMOVE, fd, null));
    },
    wait: (timeoutMs) => {
      const ready = epollWait(epoll, address, AT_ONCE, timeoutMs);
      if (ready >= 0) return ready;
      const number = errno();
      if (number === EINTR) return 0;
      throw callFailed('epoll_wait', number);
    },
    tokenAt: (index) => view.getUint32(index * EVENT + DATA_AT, LITTLE_ENDIAN),
    [Symbol.dispose]: () => closeSync(epoll),
  };
}

/** Wakes a thread that waits in epoll; any thread of the process may ring it. */
export interface Doorbell extends Disposable {
  readonly fd: number;
  readonly ring: () => void;
  /** Readable no more, until it is rung again. */
  readonly silence: () => void;
}

const ONE = new Uint8Array(BigUint64Array.of(1n).buffer);

export function openDoorbell(): Doorbell {
  return doorbellOf(checked('eventfd', eventFd(0, EFD_NONBLOCK_CLOEXEC)));
}

/** The same, on another thread, which does not dispose of it. */
export function doorbellOf(fd: number): Doorbell {
  const room = new Uint8Array(8);
  const unlessAgain = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      // It is silent already, or rung so often that its counter is full.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
  };
  return {
    fd,
    ring: () => unlessAgain(() => void writeSync(fd, ONE)),
    silence: () => unlessAgain(() => void readSync(fd, room)),
    [Symbol.dispose]: () => closeSync(fd),
  };
}
