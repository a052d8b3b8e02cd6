import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ipv4, ipv4FromNumber, ipv4ToNumber } from '../../wire/address.ts';
import { ExpiryQueue } from './expiry-queue.ts';
import { type Lease, LeaseTable, type LeaseTableSpec } from './lease-table.ts';

const spec = (first: string, last: string): LeaseTableSpec => ({
  ranges: [{ first: ipv4(first), last: ipv4(last) }],
  excluded: [ipv4('10.0.0.5')],
  reservations: new Map([['vip', ipv4('10.0.0.6')]]),
  offerHoldMs: 30_000,
  declineHoldMs: 600_000,
});

describe('LeaseTable', () => {
  it('gives every address of several ranges but the excluded and reserved ones', () => {
    const table = new LeaseTable({
      ...spec('10.0.0.1', '10.0.0.8'),
      ranges: [
        { first: ipv4('10.0.0.1'), last: ipv4('10.0.0.8') },
        { first: ipv4('10.0.1.1'), last: ipv4('10.0.1.2') },
      ],
    });
    const given = Array.from({ length: 10 }, (_, n) => table.offer(`c${n}`, undefined, 60, 0)?.address);
    expect(new Set(given)).toEqual(
      new Set([...[1, 2, 3, 4, 7, 8].map((n) => `10.0.0.${n}`), '10.0.1.1', '10.0.1.2', undefined]),
    );
    expect(table.offer('vip', undefined, 60, 0)?.address).toBe('10.0.0.6');
  });

  it('gives a client the same address after a restart with nothing remembered', () => {
    const first = Array.from(
      { length: 20 },
      (_, n) =>
        new LeaseTable(spec('10.0.0.0', '10.0.3.255')).offer(`1:0200000000${n}`, undefined, 60, 0)?.address,
    );
    const again = Array.from(
      { length: 20 },
      (_, n) =>
        new LeaseTable(spec('10.0.0.0', '10.0.3.255')).offer(`1:0200000000${n}`, undefined, 60, 0)?.address,
    );
    expect(again).toEqual(first);
    expect(new Set(first).size).toBeGreaterThan(15);
  });

  it('says how many addresses anybody may get, how many are free, and what holds the others', () => {
    // Eight, without the excluded .5 and the reserved .6.
    const table = new LeaseTable(spec('10.0.0.1', '10.0.0.8'));
    expect(table.usage(0)).toMatchObject({ pool: 6, free: 6 });
    table.bind('a', ipv4('10.0.0.1'), 60, 0);
    table.bind('b', ipv4('10.0.0.2'), 600, 0);
    table.offer('c', ipv4('10.0.0.3'), 60, 0);
    table.bind('d', ipv4('10.0.0.4'), 600, 0);
    table.decline('d', ipv4('10.0.0.4'), 0);
    table.bind('e', ipv4('10.0.0.7'), 600, 0);
    table.release('e', ipv4('10.0.0.7'), 0);
    table.bind('vip', ipv4('10.0.0.6'), 600, 0);
    const states = { bound: 3, offered: 1, declined: 1, released: 1 };
    expect(table.usage(1000)).toEqual({ pool: 6, free: 2, states });
    // A lease that has run out and an offer nobody took hold nothing, though their records stay.
    expect(table.usage(61_000)).toEqual({
      pool: 6,
      free: 4,
      states: { bound: 2, offered: 0, declined: 1, released: 3 },
    });
  });

  it('moves a client to an address it asks for, and gives the left one to others', () => {
    const table = new LeaseTable(spec('10.0.0.1', '10.0.0.2'));
    const first = table.bind('a', ipv4('10.0.0.1'), 60, 0);
    table.bind('a', ipv4('10.0.0.2'), 60, 0);
    expect(first?.address).toBe('10.0.0.1');
    expect(table.offer('b', undefined, 60, 0)?.address).toBe('10.0.0.1');
    expect(table.size).toBe(2);
  });

  it('takes the lease that has been over for the longest when nothing else is left', () => {
    const table = new LeaseTable(spec('10.0.0.1', '10.0.0.3'));
    for (const [n, seconds] of [30, 10, 20].entries())
      table.bind(`c${n}`, ipv4(`10.0.0.${n + 1}`), seconds, 0);
    // A renewal makes the second one last longer than the others.
    table.bind('c1', ipv4('10.0.0.2'), 10, 25_000);
    expect(table.offer('x', undefined, 60, 25_000)?.address).toBe('10.0.0.3');
    expect(table.offer('y', undefined, 60, 25_000)).toBeUndefined();
    expect(table.offer('y', undefined, 60, 30_000)?.address).toBe('10.0.0.1');
  });

  it('never has two holders of one address, nor more records than addresses, whatever is done to it', () => {
    const clients = 8;
    const action = fc.record({
      do: fc.constantFrom('offer', 'bind', 'release', 'withdraw', 'decline', 'wait'),
      client: fc.nat(clients - 1),
      address: fc.nat(7),
      seconds: fc.nat(100),
    });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 300 }), (actions) => {
        const table = new LeaseTable(spec('10.0.0.1', '10.0.0.8'));
        let now = 0;
        const key = (n: number) => (n === 0 ? 'vip' : `c${n}`);
        for (const { do: what, client, address, seconds } of actions) {
          const asked = ipv4FromNumber(ipv4ToNumber(ipv4('10.0.0.1')) + address);
          const before = holders(table, clients, key, now);
          let got: Lease | undefined;
          if (what === 'offer') got = table.offer(key(client), asked, seconds, now);
          if (what === 'bind') got = table.bind(key(client), asked, seconds, now);
          if (what === 'release') table.release(key(client), asked, now);
          if (what === 'withdraw') table.withdraw(key(client), now);
          if (what === 'decline') table.decline(key(client), asked, now);
          if (what === 'wait') now += 1000 * seconds;
          if (got !== undefined) {
            const holder = before.get(got.address);
            expect(holder === undefined || holder === key(client)).toBe(true);
            expect(got.address).not.toBe('10.0.0.5');
            if (got.address === '10.0.0.6') expect(got.key).toBe('vip');
          }
          holders(table, clients, key, now);
          expect(table.size).toBeLessThanOrEqual(8);
        }
      }),
      { numRuns: 500 },
    );
  });
});

/** Who holds what now; fails where two hold the same. */
function holders(table: LeaseTable, clients: number, key: (n: number) => string, now: number) {
  const held = new Map<string, string>();
  for (let n = 0; n < clients; n++) {
    const lease = table.find(key(n));
    if (lease === undefined || lease.until <= now) continue;
    expect(held.has(lease.address)).toBe(false);
    held.set(lease.address, key(n));
  }
  return held;
}

describe('ExpiryQueue', () => {
  it('gives back what is over in the order of time, and stays small under renewals', () => {
    const current = new Map<number, number>();
    const queue = new ExpiryQueue(({ address, until }) => current.get(address) === until);
    const renew = (address: number, until: number) => {
      current.set(address, until);
      queue.push(address, until);
    };
    for (let round = 0; round < 200; round++) {
      for (let address = 0; address < 50; address++) renew(address, round * 100 + ((address * 7) % 50));
    }
    expect(queue.size).toBeLessThanOrEqual(128);
    const order: number[] = [];
    for (let address = queue.popExpired(1e9); address !== undefined; address = queue.popExpired(1e9)) {
      order.push(current.get(address) ?? -1);
      current.delete(address);
    }
    expect(order).toEqual(Array.from({ length: 50 }, (_, n) => 19_900 + n));
  });
});
