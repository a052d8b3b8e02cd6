import type { ServerEvent } from '../event.ts';
import type { Clock } from './clock.ts';

const QUIET_MS = 10_000;
/** Sources remembered. A flood from more than these is told of as one. */
const MAX_SOURCES = 256;

/**
 * Passes on what happens, but of bad input only the first of each source and protocol in ten seconds, with how many were
 * left out meanwhile: a flood must not fill the disk.
 */
export function limitedLog(log: (event: ServerEvent) => void, clock: Clock): (event: ServerEvent) => void {
  const seen = new Map<string, { since: number; leftOut: number }>();
  return (event) => {
    if (event.stage !== 'bad-input') return log(event);
    const now = clock.now();
    const own = `${event.protocol} ${event.client}`;
    const key = seen.has(own) || seen.size < MAX_SOURCES ? own : 'others';
    const known = seen.get(key);
    if (known !== undefined && now - known.since < QUIET_MS) {
      known.leftOut++;
      return;
    }
    if (seen.size >= MAX_SOURCES) {
      for (const [source, { since }] of seen) if (now - since >= QUIET_MS) seen.delete(source);
    }
    seen.set(key, { since: now, leftOut: 0 });
    const more = known === undefined || known.leftOut === 0 ? '' : `; ${known.leftOut} more like it`;
    log({ ...event, because: event.because + more });
  };
}
