import { describe, expect, it } from 'vitest';
import { ipv4, ipv4ToNumber } from '../../wire/address.ts';
import { type ForeignLease, planImport } from './import-leases.ts';
import type { StoredLease } from './stored-lease.ts';

const NOW = 1_800_000_000_000;
const foreign = (line: number, over: Partial<ForeignLease> = {}): ForeignLease => ({
  line,
  address: ipv4(`10.0.0.${line}`),
  key: `1:0200000000${String(line).padStart(2, '0')}`,
  until: NOW + 60_000,
  hostName: undefined,
  ...over,
});
const there = (n: number, over: Partial<StoredLease> = {}): StoredLease => ({
  address: ipv4ToNumber(ipv4(`10.0.0.${n}`)),
  key: `1:0200000000${String(n).padStart(2, '0')}`,
  state: 'bound',
  until: NOW + 60_000,
  seconds: 60,
  ...over,
});

describe('planImport', () => {
  it('takes over what is not there, endless ones too, with what is left as what was promised', () => {
    const plan = planImport([foreign(1, { hostName: 'pc1' }), foreign(2, { until: undefined })], [], NOW);
    expect(plan.leases).toEqual([
      { ...there(1), hostName: 'pc1' },
      { ...there(2), until: null, seconds: null },
    ]);
    expect(plan).toMatchObject({ added: 2, prolonged: 0, unchanged: 0, kept: [] });
  });

  it('changes nothing the second time', () => {
    const leases = [foreign(1), foreign(2, { until: undefined }), foreign(3, { until: NOW - 5 })];
    const first = planImport(leases, [], NOW);
    expect(first.added).toBe(3);
    expect(planImport(leases, first.leases, NOW + 1000)).toMatchObject({
      leases: [],
      unchanged: 3,
      kept: [],
    });
  });

  it('prolongs a lease of the same client, and never shortens one', () => {
    const plan = planImport(
      [foreign(1), foreign(2)],
      [there(1, { until: NOW + 5 }), there(2, { until: null })],
      NOW,
    );
    expect(plan).toMatchObject({ prolonged: 1, unchanged: 1, leases: [{ address: there(1).address }] });
  });

  it('leaves a client of this server its address, and what was given back given back', () => {
    const plan = planImport(
      [foreign(1), foreign(2, { key: '1:020000000009' }), foreign(3)],
      [there(1, { key: '1:0200000000aa' }), there(9), there(3, { state: 'released', until: NOW - 1 })],
      NOW,
    );
    expect(plan).toMatchObject({ leases: [], added: 0, unchanged: 1 });
    expect(plan.kept).toEqual([
      { line: 1, because: '10.0.0.1 is held by 1:0200000000aa' },
      { line: 2, because: 'its client 1:020000000009 has 10.0.0.9' },
    ]);
  });

  it('gives an address on whose lease here is over', () => {
    const over = there(1, { key: '1:0200000000aa', until: NOW - 1 });
    expect(planImport([foreign(1)], [over], NOW)).toMatchObject({ added: 1, kept: [] });
  });

  it('writes the lease of a client that lasts longer after the other one, so that it counts', () => {
    const key = '1:020000000001';
    const plan = planImport([foreign(1, { until: undefined, key }), foreign(2, { key })], [], NOW);
    expect(plan.leases.map(({ until }) => until)).toEqual([NOW + 60_000, null]);
  });
});
