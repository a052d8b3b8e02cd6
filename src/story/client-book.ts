import type { IpAddress, MacAddress } from '../wire/address.ts';
import { BoundedMap } from './bounded-map.ts';
import { type Contents, type StoryCommons, StoryDraft } from './draft.ts';
import type { SeenAgain } from './sightings.ts';
import { StringPool } from './string-pool.ts';

export type StoryLimits = {
  /** Clients that get a story. Those that come after are counted only. */
  readonly clients: number;
  /** Octets of memory that the events of all stories may take. Those that come after are counted only. */
  readonly octets: number;
};

/** Enough for a boot storm of 3,000 machines; with these, explain stays below 200 MB (docs/benchmarks.md). */
export const DEFAULT_LIMITS: StoryLimits = { clients: 4_000, octets: 48 * 1024 * 1024 };
/** Addresses that are known to be somebody's, for every client in turn. */
const ADDRESSES_A_CLIENT = 4;
const NOTHING: readonly never[] = [];

/** Who is who: stories by link address, and by the IP addresses that their clients were given or used. */
export class ClientBook {
  readonly #limits: StoryLimits;
  readonly #commons: StoryCommons;
  readonly #drafts: StoryDraft[] = [];
  readonly #byId = new Map<string, StoryDraft>();
  readonly #byIp: Map<IpAddress, StoryDraft>;
  /** Who spoke last from an address, where frames have no destination's link address. */
  readonly #heardFrom: Map<IpAddress, StoryDraft>;
  readonly #uncounted = new Set<string>();

  constructor(limits: StoryLimits, contents: Contents) {
    this.#limits = limits;
    this.#commons = { contents, octetsLeft: limits.octets, revision: 0, texts: new StringPool(), begun: [] };
    this.#byIp = new BoundedMap(limits.clients * ADDRESSES_A_CLIENT);
    this.#heardFrom = new BoundedMap(limits.clients * ADDRESSES_A_CLIENT);
  }

  /** Grows with every change to any story. */
  get revision(): number {
    return this.#commons.revision;
  }

  /** The events that were begun since this was asked last. */
  takeBegun(): readonly SeenAgain[] {
    const { begun } = this.#commons;
    if (begun.length === 0) return NOTHING;
    this.#commons.begun = [];
    return begun;
  }

  get drafts(): readonly StoryDraft[] {
    return this.#drafts;
  }

  /** Clients that were seen after the limit. The count stops at ten times the limit: it has to end somewhere. */
  get clientsDropped(): number {
    return this.#uncounted.size;
  }

  byMac(mac: MacAddress): StoryDraft | undefined {
    return this.#byId.get(mac);
  }

  /** The story of whoever has that link address or IP address, if there is one. */
  find(ip: IpAddress, mac: MacAddress | undefined): StoryDraft | undefined {
    const byLink = mac === undefined ? this.#heardFrom.get(ip) : this.#byId.get(mac);
    return byLink ?? this.#byIp.get(ip);
  }

  /**
   * A frame came from that address, and its own receiver's link address is not known: what goes back to the IP address
   * goes to the same client. No client's address is learned by it: a router's link address stands for many.
   */
  heardFrom(ip: IpAddress, mac: MacAddress): void {
    if (isNobody(ip)) return;
    const draft = this.#byId.get(mac) ?? this.#adopted(ip, mac);
    if (draft !== undefined) this.#heardFrom.set(ip, draft);
  }

  /** Whose story began with a frame to its IP address, and who only now sent one itself. */
  #adopted(ip: IpAddress, mac: MacAddress): StoryDraft | undefined {
    const draft = this.#byIp.get(ip);
    if (draft === undefined || draft.mac !== undefined) return undefined;
    this.#byId.delete(draft.id);
    draft.adopt(mac);
    this.#byId.set(mac, draft);
    return draft;
  }

  /** The same, and begins a story where there is none. Undefined once the limit of clients is reached. */
  findOrBegin(ip: IpAddress, mac: MacAddress | undefined): StoryDraft | undefined {
    const known = this.find(ip, mac);
    if (known !== undefined) return known;
    const draft = this.#begin(mac ?? ip, mac);
    if (draft !== undefined && !isNobody(ip)) this.bind(draft, ip);
    return draft;
  }

  /** The story of the client whose hardware address a DHCP message carries (chaddr), whoever relayed the frame. */
  byHardware(id: string, mac: MacAddress | undefined): StoryDraft | undefined {
    return this.#byId.get(id) ?? this.#begin(id, mac);
  }

  /** From now on what that address sends and receives is this client's. */
  bind(draft: StoryDraft, ip: IpAddress): void {
    this.#byIp.set(ip, draft);
    draft.learnAddress(ip);
  }

  #begin(id: string, mac: MacAddress | undefined): StoryDraft | undefined {
    if (this.#drafts.length >= this.#limits.clients) {
      if (this.#uncounted.size < this.#limits.clients * 10) this.#uncounted.add(id);
      return undefined;
    }
    const draft = new StoryDraft(id, mac, this.#commons);
    this.#drafts.push(draft);
    this.#byId.set(id, draft);
    return draft;
  }
}

/** 0.0.0.0 and :: are everybody's until they have an address. */
function isNobody(ip: IpAddress): boolean {
  return ip === '0.0.0.0' || ip === '::';
}
