/**
 * Network namespaces belong to threads, and a socket stays in the one it was made in. So one process can hold
 * sockets in many: enter, make the socket, return. setns(2), network_namespaces(7).
 */
import { closeSync, openSync } from 'node:fs';
import { checked, setns, unshare } from './libc.ts';

const CLONE_NEWNET = 0x40000000;

/** Only what ends before it returns: after an await the thread would be somewhere else. */
type Synchronous<T> = T extends PromiseLike<unknown> ? never : T;

function returning<T>(enter: () => void, work: () => Synchronous<T>): Synchronous<T> {
  const home = openSync('/proc/thread-self/ns/net', 'r');
  try {
    enter();
    try {
      return work();
    } finally {
      checked('setns(back to the own network namespace)', setns(home, CLONE_NEWNET));
    }
  } finally {
    closeSync(home);
  }
}

/**
 * Runs `work` with this thread inside the network namespace that `path` names (`/run/netns/pxe`, `/proc/12/ns/net`),
 * and comes back. Throws OsError EPERM without the right to administer that namespace, and fs errors for the path.
 */
export function inNetworkNamespace<T>(path: string, work: () => Synchronous<T>): Synchronous<T> {
  const there = openSync(path, 'r');
  try {
    return returning(() => checked(`setns(${path})`, setns(there, CLONE_NEWNET)), work);
  } finally {
    closeSync(there);
  }
}

/** Runs `work` in a network namespace made for it. It lives as long as a socket made in it. Needs root. */
export function inNewNetworkNamespace<T>(work: () => Synchronous<T>): Synchronous<T> {
  return returning(() => checked('unshare(CLONE_NEWNET)', unshare(CLONE_NEWNET)), work);
}
