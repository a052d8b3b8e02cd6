import type { Clock } from './clock.ts';

const QUIET_MS = 10_000;

/**
 * Says the first at once, and what comes within ten seconds after it only as a number, with the next: a full queue or an
 * interface that is down would have one line for each reply.
 */
export function seldom(clock: Pick<Clock, 'now'>, say: (text: string) => void): (text: string) => void {
  let since = Number.NEGATIVE_INFINITY;
  let leftOut = 0;
  return (text) => {
    const now = clock.now();
    if (now - since < QUIET_MS) {
      leftOut++;
      return;
    }
    say(leftOut === 0 ? text : `${text}; ${leftOut} more like it`);
    since = now;
    leftOut = 0;
  };
}
