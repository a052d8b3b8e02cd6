import type { Frame } from '../pcap/frame.ts';
import type { IpAddress, MacAddress } from '../wire/address.ts';
import type { ClientIdentity } from '../wire/dhcp/client-identity.ts';
import type { WireError } from '../wire/wire-error.ts';
import type { ClientFacts, Stage, Story, StoryEvent } from './event.ts';

/** Where an event stands in its story. A conversation replaces its event as it learns more. */
export type EventSlot = { replace(event: StoryEvent): void };

/** Distributes over the union, so that each kind keeps its own fields. */
export type WithoutStage<E> = E extends unknown ? Omit<E, 'stage'> : never;

/** Shared by all stories of one capture. */
export type StoryCounters = {
  /** Events that may still be kept, so that a gigabyte of noise costs a bounded amount of memory. */
  eventsLeft: number;
  /** Grows with every change to any story. */
  revision: number;
};

/** One client's story while it is being written. */
export class StoryDraft {
  readonly id: string;
  readonly mac: MacAddress | undefined;
  readonly #counters: StoryCounters;
  readonly #events: StoryEvent[] = [];
  readonly #addresses: IpAddress[] = [];
  readonly #identities: ClientIdentity[] = [];
  #dropped = 0;
  #uuid: string | undefined;
  /** Who in the client speaks now. */
  stage: Stage = 'firmware';
  /** True from the first whole file or page the client got after its last DHCP message: something may have been started. */
  hasFetched = false;

  constructor(id: string, mac: MacAddress | undefined, counters: StoryCounters) {
    this.id = id;
    this.mac = mac;
    this.#counters = counters;
  }

  add(event: WithoutStage<StoryEvent>, stage: Stage = this.stage): EventSlot {
    const counters = this.#counters;
    counters.revision++;
    if (counters.eventsLeft <= 0) {
      this.#dropped++;
      return { replace: () => {} };
    }
    counters.eventsLeft--;
    const index = this.#events.push({ ...event, stage } as StoryEvent) - 1;
    return {
      replace: (newer) => {
        counters.revision++;
        this.#events[index] = newer;
      },
    };
  }

  /** Octets of a boot protocol that could not be read. */
  addUnreadable(protocol: string, error: WireError, frame: Pick<Frame, 'number' | 'timeNs'>): void {
    const { timeNs, number } = frame;
    this.add({ kind: 'unreadable', timeNs, endNs: timeNs, frames: [number], protocol, error });
  }

  learnAddress(ip: IpAddress): void {
    if (!this.#addresses.includes(ip)) this.#addresses.push(ip);
  }

  /** Keeps each different way in which the client introduced itself once. */
  learnIdentity(identity: ClientIdentity): void {
    this.#uuid = identity.uuid?.wire ?? this.#uuid;
    const last = this.#identities.at(-1);
    if (last?.vendorClass?.text !== identity.vendorClass?.text || last?.isIpxe !== identity.isIpxe)
      this.#identities.push(identity);
  }

  get identities(): readonly ClientIdentity[] {
    return this.#identities;
  }

  /** A snapshot: what is written later does not change it. */
  story(): Story {
    const client: ClientFacts = {
      id: this.id,
      mac: this.mac,
      addresses: [...this.#addresses],
      uuid: this.#uuid,
      identities: [...this.#identities],
    };
    return {
      client,
      events: inOrder(this.#events),
      dropped: this.#dropped,
    };
  }
}

/**
 * What the wire shows stands in the order of the frames, whatever their times say; what the machine itself did comes
 * another way, and is put between by its time.
 */
function inOrder(events: readonly StoryEvent[]): readonly StoryEvent[] {
  const wire = events.filter((event) => event.frames.length > 0);
  const own = events.filter((event) => event.frames.length === 0);
  if (own.length === 0) return wire;
  const ordered: StoryEvent[] = [];
  let next = 0;
  for (const event of wire) {
    for (let mine = own[next]; mine !== undefined && mine.timeNs < event.timeNs; mine = own[++next])
      ordered.push(mine);
    ordered.push(event);
  }
  return [...ordered, ...own.slice(next)];
}
