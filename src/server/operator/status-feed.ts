import type { BootsState } from './boots.ts';
import {
  clientStatus,
  failureStatus,
  type IsoOf,
  type ServerFacts,
  type StatusDocument,
  type TransferStatus,
} from './status-document.ts';

/** What a feed looks at, each time anew. */
export type StatusView = {
  readonly boots: () => BootsState;
  readonly iso: IsoOf;
  readonly now: () => number;
  readonly server: () => ServerFacts;
  readonly transfers: (most: number) => readonly TransferStatus[];
};

/** A wall shows so many; a boot storm has more, and those that were silent for longest are left out. */
const MOST_CLIENTS = 1000;
const MOST_FAILURES = 20;
const MOST_TRANSFERS = 100;

export function statusDocument(view: StatusView, mostClients = Number.POSITIVE_INFINITY): StatusDocument {
  const { boots, iso, now } = view;
  const all = [...boots().clients.values()].sort((a, b) => b.last - a.last);
  return {
    format: 'pxebench-status/1',
    time: iso(now()),
    server: view.server(),
    clients: all.slice(0, mostClients).map((client) => clientStatus(client, iso)),
    transfers: view.transfers(MOST_TRANSFERS),
    failures: lastFailures(view),
  };
}

function lastFailures({ boots, iso }: StatusView) {
  return boots()
    .failures.slice(-MOST_FAILURES)
    .reverse()
    .map((record) => failureStatus(record, iso));
}

/**
 * Messages for viewers, as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html): `snapshot`
 * for whoever comes, `update` for all. An update says what changed since the last one, in a form that does no harm to whoever knows it already.
 */
export class StatusFeed {
  readonly #view: StatusView;
  #version = 0;
  #failure: unknown;
  #transferring = false;
  #known = new Set<string>();

  constructor(view: StatusView) {
    this.#view = view;
  }

  snapshot(): string {
    for (const key of this.#view.boots().clients.keys()) this.#known.add(key);
    return message('snapshot', statusDocument(this.#view, MOST_CLIENTS));
  }

  /** Undefined: nothing is new. `withServer`: the facts of the server too. */
  update(withServer: boolean): string | undefined {
    const { boots, iso, now, server, transfers } = this.#view;
    const state = boots();
    const clients = [];
    // Those that changed by time alone keep their place, so all are looked at.
    for (const client of state.clients.values()) {
      if (client.changed > this.#version) clients.push(client);
    }
    const gone = [...this.#known].filter((key) => !state.clients.has(key));
    for (const key of gone) this.#known.delete(key);
    for (const { key } of clients) this.#known.add(key);
    this.#version = state.version;

    const failed = state.failures.at(-1) !== this.#failure;
    this.#failure = state.failures.at(-1);
    const under = transfers(MOST_TRANSFERS);
    const moved = under.length > 0 || this.#transferring;
    this.#transferring = under.length > 0;
    if (clients.length === 0 && gone.length === 0 && !failed && !moved && !withServer) return undefined;
    return message('update', {
      time: iso(now()),
      ...(clients.length === 0
        ? {}
        : { clients: clients.slice(-MOST_CLIENTS).map((client) => clientStatus(client, iso)) }),
      ...(gone.length === 0 ? {} : { gone }),
      ...(failed ? { failures: lastFailures(this.#view) } : {}),
      ...(moved ? { transfers: under } : {}),
      ...(withServer ? { server: server() } : {}),
    });
  }
}

/** JSON has no line end outside its strings' escapes, so it is one line of data. */
const message = (event: string, data: unknown): string =>
  `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
