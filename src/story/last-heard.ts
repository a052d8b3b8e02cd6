import type { StoryEvent } from './event.ts';

/**
 * When the last of these events that the wire shows ended; 0 where there is none. What a machine writes to its console
 * comes at another time in each boot, and frames that have nothing to do with it may stand before or behind.
 */
export function lastHeardNs(events: readonly Pick<StoryEvent, 'endNs' | 'frames'>[]): bigint {
  const ends = events.filter(({ frames }) => frames.length > 0).map(({ endNs }) => endNs);
  return ends.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0)).at(-1) ?? 0n;
}
