import { describe, expect, it } from 'vitest';
import { ipv4 } from '../../wire/address.ts';
import type { DhcpOutput } from '../dhcp/dhcp-io.ts';
import type { Lease } from '../leases/lease-table.ts';
import { outbox } from './dhcp-outbox.ts';

const record = (n: number): DhcpOutput => ({
  kind: 'record',
  lease: { key: `${n}`, address: ipv4(`10.0.0.${n}`), state: 'bound', until: 5, seconds: 5 },
});
const said = (did: string): DhcpOutput => ({ kind: 'event', event: { stage: 'server', did } });

function bench() {
  const done: string[] = [];
  const commits: { readonly leases: readonly Lease[]; readonly end: (durable: boolean) => void }[] = [];
  const box = outbox(
    { commit: (leases, end) => void commits.push({ leases, end }) },
    (effect) =>
      void done.push(effect.kind === 'event' && effect.event.stage === 'server' ? effect.event.did : '?'),
    () => void done.push('flushed'),
  );
  return { box, done, commits };
}

describe('outbox', () => {
  it('carries out at once what follows no record, and the rest when the records of the batch are durable', () => {
    const { box, done, commits } = bench();
    box.put([said('offer')]);
    box.put([said('before'), record(1), said('ack 1')]);
    box.put([record(2), said('ack 2'), said('more')]);
    expect(done).toEqual(['offer', 'before']);
    box.flush();
    expect(done).toEqual(['offer', 'before', 'flushed']);
    expect(commits.map(({ leases }) => leases.map(({ key }) => key))).toEqual([['1', '2']]);
    commits[0]?.end(true);
    expect(done.slice(3)).toEqual(['ack 1', 'ack 2', 'more', 'flushed']);
  });

  it('says nothing of a lease that could not be written', () => {
    const { box, done, commits } = bench();
    box.put([record(1), said('ack')]);
    box.flush();
    commits[0]?.end(false);
    expect(done).toEqual(['flushed', 'flushed']);
  });

  it('holds each batch by its own commit', () => {
    const { box, done, commits } = bench();
    for (const n of [1, 2]) {
      box.put([record(n), said(`ack ${n}`)]);
      box.flush();
    }
    commits[1]?.end(true);
    expect(done.filter((one) => one !== 'flushed')).toEqual(['ack 2']);
    commits[0]?.end(true);
    expect(done.filter((one) => one !== 'flushed')).toEqual(['ack 2', 'ack 1']);
  });
});
