/**
 * The file of leases: an SQLite database in WAL mode. Synchronous: the lease store calls it in a thread of its own, the
 * commands of `pxebench leases` where they are. docs/decisions/0005-durable-leases.md says why it is as it is.
 */
import { closeSync, openSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { flock } from '../../os/libc.ts';
import type { StoredLease, WallTime } from '../leases/stored-lease.ts';
import { ServerError } from './server-error.ts';

/** `pxls`. */
const APPLICATION_ID = 0x70786c73;
const VERSION = 1;
const LOCK_EX_NB = 2 | 4;
/** Leases lie in no order of time: small pages halve the time of a commit of sixty-four. */
const PAGE_OCTETS = 1024;
/**
 * 2 MiB of log before it is worked into the database, and then written over from its start. The commit that does it takes some
 * 10 ms longer, and what waits for it then goes out at once: with more pages, in bursts that relays have no room for.
 */
const CHECKPOINT_PAGES = 2_048;

const SCHEMA = `
CREATE TABLE leases (
  address INTEGER PRIMARY KEY,  -- network order
  key TEXT NOT NULL,            -- hardware type and address, or id: and option 61
  state TEXT NOT NULL CHECK (state IN ('offered', 'bound', 'released', 'declined')),
  until INTEGER,                -- milliseconds since 1970 UTC; NULL: never
  seconds INTEGER,              -- promised in option 51; NULL: without end
  changed INTEGER NOT NULL,     -- counts up: a later row of the same client counts
  host_name TEXT
) STRICT;
CREATE TABLE clock (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  wall INTEGER NOT NULL,        -- of the last commit, and when that was since the machine's start
  boot TEXT NOT NULL,
  since_boot INTEGER NOT NULL
) STRICT;
PRAGMA application_id = ${APPLICATION_ID};
PRAGMA user_version = ${VERSION};
`;

export type LeaseRow = StoredLease & { readonly hostName: string | null };

export type LeaseCommit = {
  /** As leaseRows makes them. */
  readonly rows: string;
  /** Added to the end of every lease that is there: how far the wall clock was set since the last commit. */
  readonly shift: number;
  readonly time: WallTime;
};

/**
 * Leases as one text: SQLite reads all of a commit in one call (json_each), and a text goes from thread to thread for a tenth of what as
 * many objects cost. A host name of undefined leaves the one that is there, if it is the same client's.
 */
export function leaseRows(leases: readonly (StoredLease & { readonly hostName?: string })[]): string {
  return JSON.stringify(
    leases.map(({ address, key, state, until, seconds, hostName }) => [
      address,
      key,
      state,
      until,
      seconds,
      hostName ?? null,
    ]),
  );
}

export interface LeaseFile extends Disposable {
  /** One after the other, those that changed last at the end. */
  readonly leases: () => Iterable<LeaseRow>;
  /** Of the last commit. */
  readonly time: () => WallTime | undefined;
  /** All or nothing, and on disk when it returns. Throws Error with SQLite's words. */
  readonly commit: (commit: LeaseCommit) => void;
}

/**
 * Keeps other servers from the file, which is made where it is not there. To be let go of after the file was closed: closing any
 * descriptor of a file lets go of SQLite's own locks on it. Throws ServerError: SERVER_LEASES_IN_USE,
 * SERVER_LEASES_UNUSABLE.
 */
export function lockLeaseFile(file: string): Disposable {
  const fd = opened(file, () => openSync(file, 'a+'));
  if (flock(fd, LOCK_EX_NB) < 0) {
    closeSync(fd);
    throw new ServerError(
      'SERVER_LEASES_IN_USE',
      `${file}: another server has these leases`,
      `stop it first (\`fuser ${file}\` says which process it is), or give each server a file of its own`,
    );
  }
  return { [Symbol.dispose]: () => closeSync(fd) };
}

/**
 * Opens a file that the caller has locked. `checked`: all of it was looked at a moment ago. Throws ServerError
 * SERVER_LEASES_UNUSABLE.
 */
export function openLeaseFile(file: string, checked = false): LeaseFile {
  using undo = new DisposableStack();
  const inode = opened(file, () => statSync(file).ino);
  const database = undo.adopt(
    opened(file, () => openDatabase(file, checked)),
    (open) => open.close(),
  );
  const put = database.prepare(`
    INSERT INTO leases (address, key, state, until, seconds, changed, host_name)
    SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, ? + row.key, value ->> 5
    FROM json_each(?) AS row WHERE true ORDER BY row.key
    ON CONFLICT (address) DO UPDATE SET
      state = excluded.state, until = excluded.until, seconds = excluded.seconds, changed = excluded.changed,
      host_name = coalesce(excluded.host_name, CASE WHEN leases.key = excluded.key THEN leases.host_name END),
      key = excluded.key`);
  const putClock = database.prepare('INSERT OR REPLACE INTO clock VALUES (1, ?, ?, ?)');
  const shiftAll = database.prepare('UPDATE leases SET until = until + ? WHERE until IS NOT NULL');
  const last = database.prepare('SELECT coalesce(max(changed), 0) AS last FROM leases').get();
  let changed = Number(last?.last);

  const owned = undo.move();
  return {
    leases: () => readLeases(database),
    time: () => readTime(database),
    commit: ({ rows, shift, time }) => {
      refuseIfGone(file, inode);
      database.exec('BEGIN IMMEDIATE');
      try {
        if (shift !== 0) shiftAll.run(shift);
        changed += Number(put.run(changed + 1, rows).changes);
        putClock.run(time.wall, time.boot, time.sinceBoot);
        database.exec('COMMIT');
      } catch (error) {
        if (database.isTransaction) database.exec('ROLLBACK');
        throw error;
      }
    },
    [Symbol.dispose]: () => owned.dispose(),
  };
}

/** Reads the leases of a file that a server may be writing to. Throws ServerError SERVER_LEASES_UNUSABLE. */
export function readLeaseFile(file: string): {
  readonly leases: readonly LeaseRow[];
  readonly time: WallTime | undefined;
} {
  return opened(file, () => {
    using undo = new DisposableStack();
    const database = undo.adopt(new DatabaseSync(file, { readOnly: true }), (open) => open.close());
    database.exec('PRAGMA busy_timeout = 2000');
    refuseOthers(database);
    return { leases: [...readLeases(database)], time: readTime(database) };
  });
}

function openDatabase(file: string, checked: boolean): DatabaseSync {
  const isNew = statSync(file).size === 0;
  const database = new DatabaseSync(file);
  try {
    if (isNew) database.exec(`PRAGMA page_size = ${PAGE_OCTETS}`);
    else if (!checked) refuseOthers(database);
    // FULL: in WAL mode a commit is then on disk, not only with the kernel, before it returns (sqlite.org/pragma.html). NORMAL
    // would lose acknowledged leases with the power.
    database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000;
      PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    if (isNew) database.exec(`BEGIN; ${SCHEMA} COMMIT`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** What is there must be a sound lease file of this version. */
function refuseOthers(database: DatabaseSync): void {
  const pragma = (name: string) => Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
  if (pragma('application_id') !== APPLICATION_ID) throw new Error('it is a database, but not one of leases');
  const version = pragma('user_version');
  if (version !== VERSION) {
    throw new Error(`it is of version ${version}, and this pxebench reads version ${VERSION}`);
  }
  const found = pragma('quick_check');
  if (found !== 'ok') throw new Error(`it is damaged: ${found}`);
}

/** SQLite goes on with a file that was removed: what it writes there is gone with the process. */
function refuseIfGone(file: string, inode: number): void {
  const there = statSync(file, { throwIfNoEntry: false });
  if (there?.ino === inode) return;
  throw new Error(there === undefined ? 'the file was removed' : 'another file was put in its place');
}

function opened<T>(file: string, open: () => T): T {
  try {
    return open();
  } catch (error) {
    if (error instanceof ServerError) throw error;
    throw new ServerError(
      'SERVER_LEASES_UNUSABLE',
      `${file}: ${error instanceof Error ? error.message : String(error)}`,
      'name a file of leases of this version or one that is not there yet, in a folder that may be written to; a damaged file is replaced by a copy of it or, ' +
        'together with its -wal, moved away',
      error,
    );
  }
}

function readLeases(database: DatabaseSync): Iterable<LeaseRow> {
  const rows = database
    .prepare('SELECT address, key, state, until, seconds, host_name AS hostName FROM leases ORDER BY changed')
    .iterate();
  // The schema's CHECK and STRICT hold what the type says.
  return rows as unknown as Iterable<LeaseRow>;
}

function readTime(database: DatabaseSync): WallTime | undefined {
  const row = database.prepare('SELECT wall, boot, since_boot AS sinceBoot FROM clock').get();
  return row as unknown as WallTime | undefined;
}
