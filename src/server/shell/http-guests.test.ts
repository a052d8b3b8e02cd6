import { describe, expect, it } from 'vitest';
import type { Clock } from './clock.ts';
import { type HttpGuest, HttpGuests } from './http-guests.ts';
import { HTTP_LIMITS, type HttpLimits } from './http-limits.ts';

/** A clock that goes when it is told to. */
function handClock(): Clock & { readonly pass: (ms: number) => void } {
  let now = 0;
  let waiting: { at: number; run: () => void }[] = [];
  return {
    now: () => now,
    after: (ms, run) => {
      const entry = { at: now + ms, run };
      waiting.push(entry);
      const cancel = (): void => {
        waiting = waiting.filter((other) => other !== entry);
      };
      return { [Symbol.dispose]: cancel };
    },
    pass: (ms) => {
      now += ms;
      const due = waiting.filter(({ at }) => at <= now);
      waiting = waiting.filter(({ at }) => at > now);
      for (const { run } of due) run();
    },
  };
}

type Guest = HttpGuest & { readonly fate: string[] };
const guest = (address: string, isIdle = true, deadline = Number.POSITIVE_INFINITY): Guest => {
  const fate: string[] = [];
  return {
    address,
    isIdle,
    deadline,
    fate,
    expire: () => fate.push('expired'),
    evict: () => fate.push('evicted'),
  };
};
const limits = (some: Partial<HttpLimits>): HttpLimits => ({ ...HTTP_LIMITS, ...some });

describe('HttpGuests', () => {
  it('lets the oldest idle guest of a client make room for its next, and no other client', () => {
    using guests = new HttpGuests(handClock());
    const all = [guest('b'), guest('a', false), guest('a'), guest('a')];
    for (const each of all) guests.add(each);
    expect(guests.makeRoom('a', limits({ maxConnectionsPerClient: 3 }))).toBe(true);
    expect(all.map(({ fate }) => fate)).toEqual([[], [], ['evicted'], []]);
  });

  it('has no room for a client whose every connection is busy', () => {
    using guests = new HttpGuests(handClock());
    guests.add(guest('a', false));
    guests.add(guest('b'));
    expect(guests.makeRoom('a', limits({ maxConnectionsPerClient: 1 }))).toBe(false);
    expect(guests.makeRoom('c', limits({ maxConnectionsPerClient: 1 }))).toBe(true);
  });

  it('takes from the client that has most where all are too many, and from others only if that has nothing idle', () => {
    using guests = new HttpGuests(handClock());
    const all = [guest('b'), guest('a'), guest('a')];
    for (const each of all) guests.add(each);
    const full = limits({ maxConnections: 3 });
    expect(guests.makeRoom('c', full)).toBe(true);
    expect(all.map(({ fate }) => fate)).toEqual([[], ['evicted'], []]);
    guests.add(guest('a', false));
    expect(guests.makeRoom('c', full)).toBe(true);
    guests.add(guest('a', false));
    expect(guests.makeRoom('c', full)).toBe(true);
    expect(all.map(({ fate }) => fate)).toEqual([['evicted'], ['evicted'], ['evicted']]);
    guests.add(guest('c', false));
    expect(guests.makeRoom('c', full)).toBe(false);
  });

  it('counts those that left no more, once', () => {
    using guests = new HttpGuests(handClock());
    const [first, second] = [guest('a', false), guest('a', false)];
    guests.add(first);
    guests.add(second);
    guests.delete(first);
    guests.delete(first);
    expect(guests.makeRoom('a', limits({ maxConnectionsPerClient: 2 }))).toBe(true);
    expect(guests.makeRoom('a', limits({ maxConnectionsPerClient: 1 }))).toBe(false);
  });

  it('expires those whose time is over, and no others', () => {
    const clock = handClock();
    using guests = new HttpGuests(clock);
    const all = [guest('a', true, 400), guest('b', false, 2000)];
    for (const each of all) guests.add(each);
    clock.pass(500);
    expect(all.map(({ fate }) => fate)).toEqual([['expired'], []]);
    for (const each of all) guests.delete(each);
    clock.pass(5000);
    expect(all.map(({ fate }) => fate)).toEqual([['expired'], []]);
  });
});
