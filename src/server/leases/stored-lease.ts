/**
 * A lease as it is kept on disk: with its end on the wall clock, since the clock of a process begins anew with it.
 * No clock here: times come in.
 */
import { type Ipv4Address, ipv4FromNumber, ipv4ToNumber } from '../../wire/address.ts';
import type { ClientKey, Lease, LeaseState } from './lease-table.ts';

export type StoredLease = {
  /** In network order, as a number. */
  readonly address: number;
  readonly key: ClientKey;
  readonly state: LeaseState;
  /** Milliseconds since 1970 UTC; null: never ends. */
  readonly until: number | null;
  /** What the client was promised; null: without end. */
  readonly seconds: number | null;
};

/** The wall clock, and the machine's time since it started, which nobody sets. */
export type WallTime = {
  /** Milliseconds since 1970 UTC. */
  readonly wall: number;
  /** Another one after each start of the machine. */
  readonly boot: string;
  /** Milliseconds since the machine started. */
  readonly sinceBoot: number;
};

/** A clock set by less than this is not worth writing every lease again. */
export const TOLERANCE_MS = 2_000;
/** A declined address is held for ten minutes (step-dhcp.ts): nothing more is believed of one found on disk. */
const MOST_DECLINED_MS = 10 * 60_000;

/** `offset`: the wall clock's milliseconds minus those of the lease's clock. */
export function toStored({ address, key, state, until, seconds }: Lease, offset: number): StoredLease {
  return {
    address: ipv4ToNumber(address),
    key,
    state,
    until: finite(until) ? Math.round(until + offset) : null,
    seconds: finite(seconds) ? seconds : null,
  };
}

/**
 * The lease on the clock of `now`. Whatever the wall clock said in between, no lease has more time left than its client was
 * promised: none lives for ever because a clock was set back.
 */
export function fromStored(stored: StoredLease, offset: number, now: number): Lease {
  const seconds = stored.seconds ?? Number.POSITIVE_INFINITY;
  const until = stored.until === null ? Number.POSITIVE_INFINITY : stored.until - offset;
  const address: Ipv4Address = ipv4FromNumber(stored.address);
  return {
    key: stored.key,
    address,
    state: stored.state,
    until: Math.min(until, now + mostLeft(stored.state, seconds)),
    seconds,
  };
}

function mostLeft(state: LeaseState, seconds: number): number {
  switch (state) {
    case 'bound':
    case 'offered':
      return 1000 * seconds;
    case 'declined':
      return MOST_DECLINED_MS;
    case 'released':
      return 0;
    default:
      return state satisfies never;
  }
}

/**
 * How far the wall clock was set since `then`: positive if it is ahead of the time that really passed. Known only while the
 * machine runs; after a restart of it, 0: its clock is all there is to go by.
 */
export function clockWasSetBy(then: WallTime | undefined, now: WallTime): number {
  if (then === undefined || then.boot !== now.boot) return 0;
  const set = now.wall - then.wall - (now.sinceBoot - then.sinceBoot);
  return Math.abs(set) < TOLERANCE_MS ? 0 : Math.round(set);
}

const finite = (value: number): boolean => value !== Number.POSITIVE_INFINITY;
