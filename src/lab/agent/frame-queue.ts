import { OsError } from '../../os/os-error.ts';

/** The peer's queue in the kernel is full: it empties within a tick. */
const AGAIN_MS = 1;

/**
 * Sends frames in order, each by its own `send`, and waits where the kernel has no room (ENOBUFS) instead of losing one.
 * Other errors of `send` are thrown from the event loop: nobody waits for a single frame.
 */
export function frameQueue(): (send: () => void) => void {
  const waiting: (() => void)[] = [];
  const pump = (): void => {
    for (let send = waiting[0]; send !== undefined; send = waiting[0]) {
      try {
        send();
      } catch (error) {
        if (!(error instanceof OsError && error.errno === 'ENOBUFS')) throw error;
        setTimeout(pump, AGAIN_MS);
        return;
      }
      waiting.shift();
    }
  };
  return (send) => {
    waiting.push(send);
    if (waiting.length === 1) pump();
  };
}
