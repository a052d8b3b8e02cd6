import type { ServerResponse } from 'node:http';
import type { StatusFeed } from '../operator/status-feed.ts';
import type { Clock } from './clock.ts';

/** Everybody who watches the page, each a response that does not end. */
export interface Viewers extends Disposable {
  readonly count: () => number;
  /** As many watch as may. */
  readonly full: () => boolean;
  /** Its head is written already. */
  readonly add: (response: ServerResponse) => void;
}

const MOST_VIEWERS = 100;
/** Four times a second is as live as an eye can follow; however much happens, it costs no more. */
const UPDATE_MS = 250;
const FACTS_EVERY = 20;
/** Sent and not yet taken: a browser that is this far behind is let go, and comes back to a fresh snapshot. */
const MOST_BEHIND = 4 * 1024 * 1024;

/** Nothing is computed while nobody watches. */
export function openViewers(feed: Pick<StatusFeed, 'snapshot' | 'update'>, clock: Clock): Viewers {
  const viewers = new Set<ServerResponse>();
  let timer: Disposable | undefined;
  let round = 0;
  /** For all who come within one round. */
  let snapshot: string | undefined;

  const tick = (): void => {
    timer = undefined;
    snapshot = undefined;
    if (viewers.size === 0) return;
    // The facts come as a sign of life, too.
    const update = feed.update(++round % FACTS_EVERY === 0);
    if (update !== undefined) for (const viewer of viewers) send(viewer, update);
    timer = clock.after(UPDATE_MS, tick);
  };

  const send = (viewer: ServerResponse, text: string): void => {
    if (viewer.writableLength > MOST_BEHIND) viewer.destroy();
    else viewer.write(text);
  };

  return {
    count: () => viewers.size,
    full: () => viewers.size >= MOST_VIEWERS,
    add: (response) => {
      viewers.add(response);
      response.on('close', () => viewers.delete(response));
      response.write('retry: 1000\n\n');
      snapshot ??= feed.snapshot();
      response.write(snapshot);
      timer ??= clock.after(UPDATE_MS, tick);
    },
    [Symbol.dispose]: () => {
      timer?.[Symbol.dispose]();
      for (const viewer of viewers) viewer.destroy();
    },
  };
}
