import type { Frame } from '../pcap/frame.ts';
import type { IpAddress, MacAddress } from '../wire/address.ts';
import type { ClientIdentity } from '../wire/dhcp/client-identity.ts';
import type { WireError } from '../wire/wire-error.ts';
import type { ClientFacts, Stage, Story, StoryEvent } from './event.ts';
import { HeardDhcp } from './heard-dhcp.ts';
import { makeLean, makeLeanAgain } from './lean.ts';
import type { SeenAgain } from './sightings.ts';
import type { StringPool } from './string-pool.ts';

/** Where an event stands in its story. A conversation replaces its event as it learns more. */
export type EventSlot = { replace(event: StoryEvent): void };

/** Distributes over the union, so that each kind keeps its own fields. */
export type WithoutStage<E> = E extends unknown ? Omit<E, 'stage'> : never;

/** What is done with the octets of files and bodies. */
export type Contents = 'hashed' | 'counted';

/** Shared by all stories of one capture. */
export type StoryCommons = {
  readonly contents: Contents;
  /** Octets of memory that events may still take: a gigabyte of noise must cost no more than this. */
  octetsLeft: number;
  /** Grows with every change to any story. */
  revision: number;
  readonly texts: StringPool;
  /** Of the events that the present packet began: whoever sees it in another frame, too, says so to them. */
  begun: SeenAgain[];
};

/** Different addresses and introductions of one client that are remembered: some lie. */
const REMEMBERED = 64;

/** What one more takes in an event. */
const FRAME_NUMBER = 8;

/** Of an event that is only counted. */
const FULL: EventSlot = { replace: () => {} };

class KeptEvent implements EventSlot {
  readonly #events: StoryEvent[];
  readonly #index: number;
  readonly #commons: StoryCommons;

  constructor(events: StoryEvent[], index: number, commons: StoryCommons) {
    this.#events = events;
    this.#index = index;
    this.#commons = commons;
  }

  replace(newer: StoryEvent): void {
    const { objects, texts } = makeLeanAgain(
      newer,
      this.#events[this.#index] as StoryEvent,
      this.#commons.texts,
    );
    this.#commons.octetsLeft -= objects + texts;
    this.#commons.revision++;
    this.#events[this.#index] = newer;
  }
}

/** One client's story while it is being written. */
export class StoryDraft {
  #id: string;
  #mac: MacAddress | undefined;
  readonly #commons: StoryCommons;
  readonly #events: StoryEvent[] = [];
  readonly #addresses: IpAddress[] = [];
  readonly #identities: ClientIdentity[] = [];
  #dropped = 0;
  #uuid: string | undefined;
  #lastIdentity: ClientIdentity | undefined;
  /** Who in the client speaks now. */
  stage: Stage = 'firmware';
  /** True from the first whole file or page the client got after its last DHCP message: something may have been started. */
  hasFetched = false;

  constructor(id: string, mac: MacAddress | undefined, commons: StoryCommons) {
    this.#id = id;
    this.#mac = mac;
    this.#commons = commons;
  }

  get id(): string {
    return this.#id;
  }

  get contents(): Contents {
    return this.#commons.contents;
  }

  get mac(): MacAddress | undefined {
    return this.#mac;
  }

  /** A client that was known by its IP address only turns out to have this link address. */
  adopt(mac: MacAddress): void {
    this.#id = mac;
    this.#mac = mac;
    this.#commons.revision++;
  }

  add(event: WithoutStage<StoryEvent>, stage: Stage = this.stage): EventSlot {
    return this.keep({ ...event, stage } as StoryEvent);
  }

  /** Like `add`, the very object. `more`: octets of memory that it takes and its fields do not show. */
  keep(event: StoryEvent, more = 0): EventSlot {
    const commons = this.#commons;
    commons.revision++;
    if (commons.octetsLeft <= 0) {
      this.#dropped++;
      return FULL;
    }
    const footprint = makeLean(event, commons.texts);
    commons.octetsLeft -= footprint.objects + footprint.texts + more;
    const index = this.#events.push(event) - 1;
    commons.begun.push((frame) => this.#seenAgain(index, frame));
    return new KeptEvent(this.#events, index, commons);
  }

  #seenAgain(index: number, frame: number): void {
    const event = this.#events[index] as StoryEvent;
    this.#commons.revision++;
    this.#commons.octetsLeft -= FRAME_NUMBER;
    this.#events[index] =
      event instanceof HeardDhcp ? event.withFrame(frame) : { ...event, frames: [...event.frames, frame] };
  }

  /** Counts what several events will share. It is charged once, and no event shows it among its fields. */
  charge(shared: object): void {
    const { objects, texts } = makeLean(shared, this.#commons.texts);
    this.#commons.octetsLeft -= objects + texts;
  }

  /** Octets of a boot protocol that could not be read. */
  addUnreadable(protocol: string, error: WireError, frame: Pick<Frame, 'number' | 'timeNs'>): void {
    const { timeNs, number } = frame;
    this.add({ kind: 'unreadable', timeNs, endNs: timeNs, frames: [number], protocol, error });
  }

  learnAddress(ip: IpAddress): void {
    if (!this.#addresses.includes(ip) && this.#addresses.length < REMEMBERED) this.#addresses.push(ip);
  }

  /** Keeps each different way in which the client introduced itself, one after the other. */
  learnIdentity(identity: ClientIdentity): void {
    this.#uuid = identity.uuid?.wire ?? this.#uuid;
    const last = this.#lastIdentity;
    this.#lastIdentity = identity;
    const another =
      last?.vendorClass?.text !== identity.vendorClass?.text || last?.isIpxe !== identity.isIpxe;
    if (another && this.#identities.length < REMEMBERED) this.#identities.push(identity);
  }

  /** How the client introduced itself last. */
  get lastIdentity(): ClientIdentity | undefined {
    return this.#lastIdentity;
  }

  /** A snapshot: what is written later does not change it. */
  story(): Story {
    const client: ClientFacts = {
      id: this.#id,
      mac: this.#mac,
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
