/**
 * A lease store whose disk fills up and is made room on, in a mount namespace of its own: run by lease-store.test.ts.
 * The argument is an empty folder. Writes what happened as JSON.
 */
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ipv4FromNumber } from '../../../wire/address.ts';
import type { ServerEvent } from '../../event.ts';
import type { Lease } from '../../leases/lease-table.ts';
import { systemClock } from '../clock.ts';
import { readLeaseFile } from '../lease-file.ts';
import { openLeaseStore } from '../lease-store.ts';
import { systemWallClock } from '../wall-clock.ts';

export type FullDisk = {
  readonly firstDurable: boolean;
  /** Commits, one after the other, until one failed. */
  readonly durableOnes: number;
  readonly whileFull: boolean;
  readonly afterRoom: boolean;
  readonly said: readonly string[];
  /** Leases that are in the file in the end, and those that were said to be durable but are not. */
  readonly kept: number;
  readonly lost: number;
};

const [, , disk = ''] = process.argv;
execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk]);
const file = join(disk, 'leases.db');
const events: ServerEvent[] = [];
const store = await openLeaseStore(file, {
  clock: systemClock,
  wallClock: systemWallClock,
  log: (event) => events.push(event),
});
const durable = new Set<string>();
let next = 0x0a000001;

function commit(count: number): Promise<boolean> {
  const leases = Array.from({ length: count }, (): Lease => {
    const address = ipv4FromNumber(next++);
    return { key: `1:${next.toString(16)}`, address, state: 'bound', until: 1e6, seconds: 3600 };
  });
  return new Promise((resolve) =>
    store.commit(leases, (done) => {
      if (done) for (const { address } of leases) durable.add(address);
      resolve(done);
    }),
  );
}

const firstDurable = await commit(1);
const filler = join(disk, 'filler');
writeFileSync(filler, Buffer.alloc(500_000));
let durableOnes = 0;
while (durableOnes < 1000 && (await commit(100))) durableOnes++;
const whileFull = await commit(100);
rmSync(filler);
const afterRoom = await commit(1);
await store[Symbol.asyncDispose]();

const { leases } = readLeaseFile(file);
const kept = new Set(leases.map(({ address }) => ipv4FromNumber(address) as string));
const seen: FullDisk = {
  firstDurable,
  durableOnes,
  whileFull,
  afterRoom,
  said: events.map((event) => (event.stage === 'server' ? event.did : event.stage)),
  kept: kept.size,
  lost: [...durable].filter((address) => !kept.has(address)).length,
};
process.stdout.write(JSON.stringify(seen));
