import type { StoryEvent } from './event.ts';

/** When the last of these events ended; 0 where there is none. */
export function lastHeardNs(events: readonly Pick<StoryEvent, 'endNs'>[]): bigint {
  const ends = events.map(({ endNs }) => endNs).toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return ends.at(-1) ?? 0n;
}
