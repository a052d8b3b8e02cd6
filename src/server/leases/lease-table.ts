/**
 * Who has which address in one subnet: RFC 2131 §4.3.1 (choice of an address), §4.3.3 (DECLINE), §4.3.4 (RELEASE).
 * One record an address, so that memory is bounded by the pool. No clock: times come in, in milliseconds.
 */
import { type Ipv4Address, ipv4FromNumber, ipv4ToNumber } from '../../wire/address.ts';
import { AddressPool, type AddressRange } from './address-pool.ts';
import { ExpiryQueue } from './expiry-queue.ts';

/** What a lease belongs to: a hardware address or a client identifier, as text (see dhcp/client-key.ts). */
export type ClientKey = string;

/**
 * - `offered`: held for the client until it asks for it.
 * - `bound`: acknowledged.
 * - `released`: given back, or an offer not taken; kept so that the client gets it again if it returns.
 * - `declined`: the client found somebody else there; nobody gets it until the time is over.
 */
export type LeaseState = 'offered' | 'bound' | 'released' | 'declined';

export type Lease = {
  readonly key: ClientKey;
  readonly address: Ipv4Address;
  readonly state: LeaseState;
  /** When it ends (or ended): milliseconds, on the clock of `now`. Infinity: never. */
  readonly until: number;
  /** What was promised to the client in option 51. */
  readonly seconds: number;
};

export type LeaseUsage = {
  readonly pool: number;
  readonly free: number;
  readonly states: Readonly<Record<LeaseState, number>>;
};

export type LeaseTableSpec = {
  readonly ranges: readonly AddressRange[];
  readonly excluded: readonly Ipv4Address[];
  /** Addresses that belong to one client, in the pool or not. */
  readonly reservations: ReadonlyMap<ClientKey, Ipv4Address>;
  readonly declineHoldMs: number;
  readonly offerHoldMs: number;
};

/** An attacker that declines what it is offered costs the pool this many addresses, not all (clauses SEC-009). */
const MAX_DECLINES_PER_CLIENT = 3;
/** Whose an address is that was found in use: no client's, so that it does not count as one that a client declined. */
const NOBODY: ClientKey = 'in use';
/** Places tried from the client's own start before the pool is gone through in order. */
const HASH_PROBES = 16;

export class LeaseTable {
  readonly #spec: LeaseTableSpec;
  readonly #pool: AddressPool;
  readonly #reserved: ReadonlyMap<number, ClientKey>;
  readonly #byAddress = new Map<number, Lease>();
  readonly #byKey = new Map<ClientKey, Lease>();
  readonly #expiry = new ExpiryQueue(({ address, until }) => this.#byAddress.get(address)?.until === until);
  /** Addresses that lost their record and that the cursor has passed. */
  readonly #forgotten = new Set<number>();
  #cursor = 0;

  constructor(spec: LeaseTableSpec) {
    this.#spec = spec;
    this.#pool = new AddressPool(spec.ranges, [...spec.excluded, ...spec.reservations.values()]);
    this.#reserved = new Map(Array.from(spec.reservations, ([key, address]) => [ipv4ToNumber(address), key]));
  }

  /** Records kept: never more than addresses there are. */
  get size(): number {
    return this.#byAddress.size;
  }

  /** What the client had last, over or not. */
  find(key: ClientKey): Lease | undefined {
    return this.#byKey.get(key);
  }

  /** Addresses that anybody may get, how many of these nobody has now, and the records by state, over ones as released. */
  usage(now: number): LeaseUsage {
    const states = { offered: 0, bound: 0, released: 0, declined: 0 };
    let taken = 0;
    for (const [address, { state, until }] of this.#byAddress) {
      const holds = state !== 'released' && until > now;
      states[holds ? state : 'released']++;
      if (holds && this.#pool.has(address)) taken++;
    }
    return { pool: this.#pool.available, free: this.#pool.available - taken, states };
  }

  /** Every record, over or not. */
  all(): Iterable<Lease> {
    return this.#byAddress.values();
  }

  /**
   * Takes over a record from an earlier table or from disk. False: nobody may have the address any more, or it is
   * another client's by reservation. A later record of the same address or client displaces an earlier one.
   */
  restore(lease: Lease): boolean {
    const address = ipv4ToNumber(lease.address);
    const reservedFor = this.#reserved.get(address);
    if (reservedFor === undefined ? !this.#pool.has(address) : reservedFor !== lease.key) return false;
    if (lease.state === 'declined') this.#hold(lease);
    else this.#put(lease);
    return true;
  }

  /**
   * Holds an address for a client: its reservation, its present or last one, the one it asks for if that is free, else
   * one that nobody had, else the one that has been over for the longest. Undefined: the pool is used up.
   * A bound lease stays as it is.
   */
  offer(key: ClientKey, asked: Ipv4Address | undefined, seconds: number, now: number): Lease | undefined {
    const address = this.#choose(key, asked === undefined ? undefined : ipv4ToNumber(asked), now);
    if (address === undefined) return undefined;
    const present = this.#byAddress.get(address);
    if (present?.key === key && present.state === 'bound' && present.until > now) return present;
    return this.#put({
      key,
      address: ipv4FromNumber(address),
      state: 'offered',
      until: now + this.#spec.offerHoldMs,
      seconds,
    });
  }

  /** Binds the address to the client, or renews it. Undefined: it is somebody else's, or not ours to give. */
  bind(key: ClientKey, address: Ipv4Address, seconds: number, now: number): Lease | undefined {
    if (!this.isAvailable(key, address, now)) return undefined;
    const until = seconds === Number.POSITIVE_INFINITY ? seconds : now + 1000 * seconds;
    return this.#put({ key, address, state: 'bound', until, seconds });
  }

  /** True where this client may have this address now. */
  isAvailable(key: ClientKey, address: Ipv4Address, now: number): boolean {
    const number = ipv4ToNumber(address);
    const reservedFor = this.#reserved.get(number);
    if (reservedFor !== undefined) return reservedFor === key && this.#isFreeFor(key, number, now);
    return this.#pool.has(number) && this.#isFreeFor(key, number, now);
  }

  /** The client gives its address back. Undefined: it does not have it. */
  release(key: ClientKey, address: Ipv4Address, now: number): Lease | undefined {
    const lease = this.#byKey.get(key);
    if (lease?.address !== address || lease.state === 'released') return undefined;
    return this.#put({ ...lease, state: 'released', until: now });
  }

  /** The client chose another server's offer. */
  withdraw(key: ClientKey, now: number): void {
    const lease = this.#byKey.get(key);
    if (lease?.state === 'offered') this.#put({ ...lease, state: 'released', until: now });
  }

  /** The client found its address in use. Undefined: it does not have it, or has declined too many. */
  decline(key: ClientKey, address: Ipv4Address, now: number): Lease | undefined {
    const lease = this.#byKey.get(key);
    if (lease?.address !== address || lease.state === 'released') return undefined;
    let declined = 0;
    // Counted by going through the table: declines are rare, a counter for each client would be state to bound.
    for (const other of this.#byAddress.values()) {
      if (other.state === 'declined' && other.key === key && other.until > now) declined++;
    }
    if (declined >= MAX_DECLINES_PER_CLIENT) return undefined;
    this.#byKey.delete(key);
    const held: Lease = { ...lease, state: 'declined', until: now + this.#spec.declineHoldMs };
    this.#hold(held);
    return held;
  }

  /** Somebody who has no lease answers at the address: nobody gets it until the time is over. */
  takeOut(address: Ipv4Address, now: number): Lease {
    const present = this.#byAddress.get(ipv4ToNumber(address));
    if (present !== undefined && this.#byKey.get(present.key) === present) this.#byKey.delete(present.key);
    const until = now + this.#spec.declineHoldMs;
    const held: Lease = { key: NOBODY, address, state: 'declined', until, seconds: 0 };
    this.#hold(held);
    return held;
  }

  /** A declined address is nobody's: it stands under no client. */
  #hold(lease: Lease): void {
    const address = ipv4ToNumber(lease.address);
    this.#byAddress.set(address, lease);
    this.#expiry.push(address, lease.until);
  }

  #choose(key: ClientKey, asked: number | undefined, now: number): number | undefined {
    const reservation = this.#spec.reservations.get(key);
    if (reservation !== undefined && this.isAvailable(key, reservation, now)) {
      return ipv4ToNumber(reservation);
    }
    const last = this.#byKey.get(key);
    if (last !== undefined && this.isAvailable(key, last.address, now)) return ipv4ToNumber(last.address);
    if (asked !== undefined && this.#pool.has(asked) && this.#isFreeFor(key, asked, now)) return asked;
    return this.#neverUsed(key) ?? this.#expiry.popExpired(now);
  }

  #isFreeFor(key: ClientKey, address: number, now: number): boolean {
    const lease = this.#byAddress.get(address);
    if (lease === undefined) return true;
    return lease.until <= now || (lease.key === key && lease.state !== 'declined');
  }

  #neverUsed(key: ClientKey): number | undefined {
    const { size } = this.#pool;
    if (size === 0) return undefined;
    // From a place of the client's own, so that it gets the same address again after a restart with an empty table.
    const start = hashOf(key) % size;
    for (let probe = 0; probe < Math.min(HASH_PROBES, size); probe++) {
      const address = this.#pool.at((start + probe) % size);
      if (address !== undefined && !this.#byAddress.has(address)) return address;
    }
    for (const address of this.#forgotten) {
      this.#forgotten.delete(address);
      if (!this.#byAddress.has(address)) return address;
    }
    while (this.#cursor < size) {
      const address = this.#pool.at(this.#cursor++);
      if (address !== undefined && !this.#byAddress.has(address)) return address;
    }
    return undefined;
  }

  /** Writes the one record of an address and of a client. */
  #put(lease: Lease): Lease {
    const address = ipv4ToNumber(lease.address);
    const displaced = this.#byAddress.get(address);
    if (
      displaced !== undefined &&
      displaced.key !== lease.key &&
      this.#byKey.get(displaced.key) === displaced
    ) {
      this.#byKey.delete(displaced.key);
    }
    const previous = this.#byKey.get(lease.key);
    if (previous !== undefined && previous.address !== lease.address) {
      const left = ipv4ToNumber(previous.address);
      this.#byAddress.delete(left);
      if (this.#pool.has(left)) this.#forgotten.add(left);
    }
    this.#byAddress.set(address, lease);
    this.#byKey.set(lease.key, lease);
    const isQueued = displaced?.until === lease.until;
    if (!isQueued && lease.until !== Number.POSITIVE_INFINITY && this.#pool.has(address)) {
      this.#expiry.push(address, lease.until);
    }
    return lease;
  }
}

/** FNV-1a over the text's code units: only to spread clients over the pool. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return hash;
}
