import koffi from 'koffi';

/**
 * Calls `ready` on the event loop whenever the descriptor has something to read (libuv's poll, level-triggered: as
 * long as something is left, it is called again). No thread waits, so nothing is taken from libuv's pool of four.
 * The descriptor becomes non-blocking. Dispose before closing it, and before asking again: libuv aborts the process
 * when one descriptor is polled twice.
 */
export function onReadable(fd: number, ready: () => void): Disposable {
  const handle = koffi.node.poll(fd, { readable: true }, ready);
  let open = true;
  return {
    [Symbol.dispose]: () => {
      if (open) handle.close();
      open = false;
    },
  };
}
