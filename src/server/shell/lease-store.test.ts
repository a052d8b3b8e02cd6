import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { ipv4, ipv4FromNumber } from '../../wire/address.ts';
import type { ServerEvent } from '../event.ts';
import type { Lease } from '../leases/lease-table.ts';
import type { WallTime } from '../leases/stored-lease.ts';
import { systemClock } from './clock.ts';
import { readLeaseFile } from './lease-file.ts';
import { type LeaseStore, openLeaseStore } from './lease-store.ts';
import type { FullDisk } from './testing/full-disk.ts';
import { systemWallClock } from './wall-clock.ts';

const base = mkdtempSync(join(tmpdir(), 'pxebench-leases-'));
afterAll(() => rmSync(base, { recursive: true }));
let files = 0;
const fresh = (): string => join(base, `${files++}.db`);

const HOUR = 3_600_000;
const bound = (n: number, over: Partial<Lease> = {}): Lease => ({
  key: `1:0200000000${String(n).padStart(2, '0')}`,
  address: ipv4(`10.0.0.${n}`),
  state: 'bound',
  until: systemClock.now() + HOUR,
  seconds: 3600,
  ...over,
});
const written = (store: LeaseStore, ...leases: Lease[]): Promise<boolean> =>
  new Promise((resolve) => store.commit(leases, resolve));

function opening(file: string, wallClock: () => WallTime = systemWallClock) {
  const events: ServerEvent[] = [];
  const store = openLeaseStore(file, {
    clock: systemClock,
    wallClock,
    log: (event) => void events.push(event),
  });
  const said = (): readonly string[] =>
    events.map((event) => (event.stage === 'server' ? event.did : event.stage));
  return { store, said };
}

describe('openLeaseStore', () => {
  it('gives back what was committed, as it was last, in the order of changes', async () => {
    const file = fresh();
    const endless = bound(3, { until: Number.POSITIVE_INFINITY, seconds: Number.POSITIVE_INFINITY });
    {
      await using store = await opening(file).store;
      expect(store.leases).toEqual([]);
      expect(await written(store, bound(1), bound(2), endless)).toBe(true);
      expect(await written(store, bound(1, { state: 'released', until: systemClock.now() }))).toBe(true);
    }
    await using again = await opening(file).store;
    expect(again.leases.map(({ address, state }) => [address, state])).toEqual([
      ['10.0.0.2', 'bound'],
      ['10.0.0.3', 'bound'],
      ['10.0.0.1', 'released'],
    ]);
    expect(again.leases[1]).toEqual(endless);
    const left = (again.leases[0]?.until ?? 0) - systemClock.now();
    expect(left).toBeGreaterThan(HOUR - 120_000);
    expect(left).toBeLessThanOrEqual(HOUR);
  });

  it('commits at once when idle, and what comes meanwhile together', async () => {
    await using store = await opening(fresh()).store;
    const order: string[] = [];
    const all = [1, 2, 3, 4].map(
      (n) =>
        new Promise<void>((resolve) => {
          store.commit([bound(n)], () => {
            // A promise's reactions run between two turns: who is called in the same turn stands together.
            order.push(`${n}`);
            setImmediate(() => {
              order.push('turn');
              resolve();
            });
          });
        }),
    );
    expect(store.waiting()).toBe(3);
    await Promise.all(all);
    expect(order.slice(0, 2)).toEqual(['1', 'turn']);
    expect(order.slice(2)).toEqual(['2', '3', '4', 'turn', 'turn', 'turn']);
  });

  it('has on disk what it called durable, while it is open', async () => {
    const file = fresh();
    await using store = await opening(file).store;
    await written(store, bound(1));
    expect(readLeaseFile(file).leases).toMatchObject([{ key: '1:020000000001', state: 'bound' }]);
  });

  it('moves a client whose newer lease is of another address, and keeps both rows', async () => {
    const file = fresh();
    {
      await using store = await opening(file).store;
      await written(store, bound(1));
      await written(store, bound(1, { address: ipv4('10.0.0.9') }));
    }
    await using again = await opening(file).store;
    expect(again.leases.map(({ address }) => address)).toEqual(['10.0.0.1', '10.0.0.9']);
  });

  it('refuses a second server on one file, until the first has ended', async () => {
    const file = fresh();
    {
      await using _store = await opening(file).store;
      await expect(opening(file).store).rejects.toMatchObject({
        code: 'SERVER_LEASES_IN_USE',
        message: `${file}: another server has these leases`,
        hint: expect.stringContaining('stop it first'),
      });
    }
    await using _again = await opening(file).store;
  });

  it.each([
    {
      what: 'text',
      make: (file: string) => writeFileSync(file, 'hello'.repeat(1000)),
      says: 'not a database',
    },
    {
      what: 'a database of another program',
      make: (file: string) => sql(file, 'CREATE TABLE t (a)'),
      says: 'it is a database, but not one of leases',
    },
    {
      what: 'another version',
      make: (file: string) => sql(file, 'PRAGMA application_id = 0x70786c73; PRAGMA user_version = 7'),
      says: 'it is of version 7, and this pxebench reads version 1',
    },
    { what: 'a folder', make: (file: string) => mkdirSync(file), says: 'EISDIR' },
    {
      what: 'a file in a folder that is not there',
      make: () => undefined,
      says: 'ENOENT',
      name: 'no/leases.db',
    },
  ])('refuses $what, and leaves it as it is', async ({ make, says, name }) => {
    const file = name === undefined ? fresh() : join(base, name);
    make(file);
    const before = statSync(file, { throwIfNoEntry: false })?.isFile() ? readFileSync(file) : undefined;
    await expect(opening(file).store).rejects.toMatchObject({
      code: 'SERVER_LEASES_UNUSABLE',
      message: expect.stringContaining(says),
      hint: expect.stringContaining('name a file of leases'),
    });
    if (before !== undefined) expect(readFileSync(file)).toEqual(before);
  });

  it('refuses a damaged file', async () => {
    const file = fresh();
    {
      await using store = await opening(file).store;
      const many = Array.from({ length: 200 }, (_, n) =>
        bound(1, { address: ipv4FromNumber(0x0a000100 + n) }),
      );
      await written(store, ...many);
    }
    const octets = readFileSync(file);
    octets.fill(0xa5, 3 * 1024, 5 * 1024);
    writeFileSync(file, octets);
    await expect(opening(file).store).rejects.toMatchObject({
      code: 'SERVER_LEASES_UNUSABLE',
      hint: expect.stringContaining('a damaged file is replaced by a copy'),
    });
  });

  it('calls nothing durable once the file was removed, and says so once', async () => {
    const file = fresh();
    const { store, said } = opening(file);
    await using open = await store;
    await written(open, bound(1));
    rmSync(file);
    expect(await written(open, bound(2))).toBe(false);
    expect(await written(open, bound(3))).toBe(false);
    expect(said()).toEqual([
      `leases cannot be written, and no lease is given until they can be: ${file}: the file was removed; see to the disk and the file; a file that is gone or damaged needs a restart of the server with a copy of it`,
    ]);
  });

  it('calls nothing durable on a full disk, says so, and goes on when there is room (needs unshare)', async () => {
    const script = join(import.meta.dirname, 'testing', 'full-disk.ts');
    const root = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
    const { stdout } = await promisify(execFile)('unshare', [
      ...root,
      '--mount',
      process.execPath,
      '--no-warnings',
      script,
      mkdtempSync(join(base, 'disk-')),
    ]);
    const seen = JSON.parse(stdout) as FullDisk;
    expect(seen).toMatchObject({ firstDurable: true, whileFull: false, afterRoom: true, lost: 0 });
    expect(seen.durableOnes).toBeGreaterThan(0);
    expect(seen.said).toEqual([
      expect.stringMatching(
        /^leases cannot be written, .*: database or disk is full; make room on that disk$/,
      ),
      expect.stringMatching(/^leases are written to .* again$/),
    ]);
    // What could not be written was written with the next commit that could.
    expect(seen.kept).toBe(1 + 100 * (seen.durableOnes + 2) + 1);
  });
});

describe('leases and a clock that is set', () => {
  const time = (wall: number, sinceBoot: number, boot = 'a'): WallTime => ({ wall, sinceBoot, boot });
  const T = 1_800_000_000_000;

  /** What is left of an hour's lease after another half hour, by what the wall clock says then. */
  async function leftAfter(then: WallTime, now: WallTime): Promise<number> {
    const file = fresh();
    {
      await using store = await opening(file, () => then).store;
      await written(store, bound(1));
    }
    await using again = await opening(file, () => now).store;
    return Math.round(((again.leases[0]?.until ?? 0) - systemClock.now()) / 60_000);
  }

  it('loses nothing and gains nothing while the machine runs on', async () => {
    const half = HOUR / 2;
    expect(await leftAfter(time(T, 0), time(T + half, half))).toBe(30);
    expect(await leftAfter(time(T, 0), time(T + half + 24 * HOUR, half))).toBe(30);
    expect(await leftAfter(time(T, 0), time(T + half - 24 * HOUR, half))).toBe(30);
  });

  it('believes the clock after a restart of the machine, but never more than was promised', async () => {
    const half = HOUR / 2;
    expect(await leftAfter(time(T, HOUR), time(T + half, 1, 'b'))).toBe(30);
    expect(await leftAfter(time(T, HOUR), time(T - 24 * HOUR, 1, 'b'))).toBe(60);
    expect(await leftAfter(time(T, HOUR), time(T + 24 * HOUR, 1, 'b'))).toBeLessThan(0);
  });

  it('counts every lease anew when the clock is set under a running server', async () => {
    const file = fresh();
    // A machine without a battery: it believes to be in 1970 until a time server is heard.
    let wall = 1000;
    const clock = () => {
      const passed = Math.round(systemClock.now());
      return time(wall + passed, passed);
    };
    {
      await using store = await opening(file, clock).store;
      expect(await written(store, bound(1))).toBe(true);
      wall += T;
      expect(await written(store, bound(2))).toBe(true);
    }
    await using again = await opening(file, () => ({ ...clock(), boot: 'b' })).store;
    for (const { until } of again.leases) {
      expect(Math.round((until - systemClock.now()) / 60_000)).toBe(60);
    }
    expect(again.leases).toHaveLength(2);
  });
});

function sql(file: string, text: string): void {
  const database = new DatabaseSync(file);
  database.exec(text);
  database.close();
}
