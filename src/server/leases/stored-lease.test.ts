import { describe, expect, it } from 'vitest';
import { ipv4, ipv4ToNumber } from '../../wire/address.ts';
import type { Lease } from './lease-table.ts';
import { clockWasSetBy, fromStored, toStored } from './stored-lease.ts';

const HOUR = 3_600_000;
const WALL = 1_800_000_000_000;
const lease: Lease = {
  key: '1:020000000001',
  address: ipv4('10.0.0.7'),
  state: 'bound',
  until: 500 + HOUR,
  seconds: 3600,
};

describe('toStored', () => {
  it('puts the end on the wall clock', () => {
    expect(toStored(lease, WALL)).toEqual({
      key: '1:020000000001',
      address: ipv4ToNumber(ipv4('10.0.0.7')),
      state: 'bound',
      until: WALL + 500 + HOUR,
      seconds: 3600,
    });
  });

  it('has null for what never ends', () => {
    const endless = { ...lease, until: Number.POSITIVE_INFINITY, seconds: Number.POSITIVE_INFINITY };
    expect(toStored(endless, WALL)).toMatchObject({ until: null, seconds: null });
    expect(fromStored(toStored(endless, WALL), 5, 9)).toEqual(endless);
  });
});

describe('fromStored', () => {
  const stored = toStored(lease, WALL);

  it('takes off the time that passed, on a clock that begins anew', () => {
    // Half an hour later, in a process that has run for 80 ms.
    const now = 80;
    const offset = WALL + 500 + HOUR / 2 - now;
    expect(fromStored(stored, offset, now).until - now).toBe(HOUR / 2);
  });

  it('gives no lease more than its client was promised, where the clock was set back by a year', () => {
    const now = 80;
    const offset = WALL - 365 * 24 * HOUR - now;
    expect(fromStored(stored, offset, now).until - now).toBe(HOUR);
    expect(fromStored({ ...stored, state: 'released' }, offset, now).until).toBe(now);
    expect(fromStored({ ...stored, state: 'declined' }, offset, now).until - now).toBe(600_000);
  });

  it('keeps the record of a lease that is over, where the clock was set forward by a year', () => {
    const offset = WALL + 365 * 24 * HOUR;
    expect(fromStored(stored, offset, 0)).toMatchObject({ key: lease.key, address: lease.address });
    expect(fromStored(stored, offset, 0).until).toBeLessThan(0);
  });
});

describe('clockWasSetBy', () => {
  const then = { wall: WALL, boot: 'a', sinceBoot: 1_000_000 };

  it('is what the wall clock says beyond the time that passed', () => {
    expect(clockWasSetBy(then, { wall: WALL + HOUR + 90_000, boot: 'a', sinceBoot: 1_090_000 })).toBe(HOUR);
    expect(clockWasSetBy(then, { wall: WALL - HOUR, boot: 'a', sinceBoot: 1_000_000 })).toBe(-HOUR);
  });

  it('is nothing for the small corrections of a time server', () => {
    expect(clockWasSetBy(then, { wall: WALL + 91_500, boot: 'a', sinceBoot: 1_090_000 })).toBe(0);
  });

  it('is not known after the machine was started again, nor for a new file', () => {
    expect(clockWasSetBy(then, { wall: WALL + HOUR, boot: 'b', sinceBoot: 5 })).toBe(0);
    expect(clockWasSetBy(undefined, then)).toBe(0);
  });
});
