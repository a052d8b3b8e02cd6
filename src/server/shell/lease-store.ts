import { once } from 'node:events';
import { extname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { ServerEvent } from '../event.ts';
import type { Lease } from '../leases/lease-table.ts';
import {
  clockWasSetBy,
  fromStored,
  type StoredLease,
  TOLERANCE_MS,
  toStored,
} from '../leases/stored-lease.ts';
import type { Clock } from './clock.ts';
import { leaseRows, lockLeaseFile, openLeaseFile } from './lease-file.ts';
import type { LeaseReply, LeaseRequest } from './lease-store-worker.ts';
import type { WallClock } from './wall-clock.ts';

/** Where leases are kept so that they outlive the server. */
export interface LeaseStore extends AsyncDisposable {
  /** What was found there, on the server's clock, those that changed last at the end. */
  readonly leases: readonly Lease[];
  /** Lets go of `leases`, which whoever serves them has now: each would otherwise be kept beside the one that renewed it. */
  readonly forgetFound: () => void;
  /**
   * Writes the leases and then calls `done`: with true when they are durable, with false when they could not be written, and
   * nobody may be told of them. At once if nothing is being written; else with everything that comes in until that is
   * done, in one transaction.
   */
  readonly commit: (leases: readonly Lease[], done: (durable: boolean) => void) => void;
  /** Leases that wait for a commit. */
  readonly waiting: () => number;
}

export type LeaseStoreDeps = {
  readonly clock: Clock;
  readonly wallClock: WallClock;
  readonly log: (event: ServerEvent) => void;
};

/** For a server that remembers nothing. */
export function forgetfulLeaseStore(): LeaseStore {
  return {
    leases: [],
    forgetFound: () => undefined,
    commit: (_leases, done) => done(true),
    waiting: () => 0,
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** Source where we are source, and compiled where we are compiled. */
const WORKER = join(import.meta.dirname, `lease-store-worker${extname(import.meta.filename)}`);
/**
 * Commits begin at least so far apart, but for one after a pause, which begins at once: each wakes the thread and is one fsync. Waking
 * it was 17 % of what this thread did at 6,000 leases a second.
 */
const BETWEEN_COMMITS_MS = 2;
/** A disk that stays full is told of this often. */
const SAY_AGAIN_MS = 60_000;

type Waiting = { readonly leases: readonly Lease[]; readonly done: (durable: boolean) => void };

/** Opens the file of leases. Throws ServerError: SERVER_LEASES_IN_USE, SERVER_LEASES_UNUSABLE. */
export async function openLeaseStore(file: string, deps: LeaseStoreDeps): Promise<LeaseStore> {
  const { clock, wallClock, log } = deps;
  using undo = new DisposableStack();
  const lock = undo.use(lockLeaseFile(file));
  const loaded = loadLeases(file, deps);
  let found = loaded.leases;
  const { offset: fromDisk } = loaded;
  // What the ends on disk are counted in: milliseconds of the wall clock, minus those of `clock`, as of the last commit.
  let offset = fromDisk;
  const worker = new Worker(WORKER, {
    workerData: file,
    execArgv: ['--no-warnings'],
    // What lives for a moment only; the rest of its heap is a few megabytes.
    resourceLimits: { maxYoungGenerationSizeMb: 4 },
  });
  await once(worker, 'online');
  undo.move();

  let waiting: Waiting[] = [];
  let waitingLeases = 0;
  let writing: { readonly batch: readonly Waiting[]; readonly offset: number } | undefined;
  // What could not be written, by address: with the next commit it is tried again, though nobody waits for it any more.
  let unwritten = new Map<string, Lease>();
  let failing: { because: string; saidAt: number; unanswered: number } | undefined;
  let drained: (() => void) | undefined;
  let alive = true;
  let begun = Number.NEGATIVE_INFINITY;
  let due: Disposable | undefined;

  const ask = (request: LeaseRequest): void => worker.postMessage(request);
  /** Writes what waits, as soon as nothing is being written and the last time is long enough ago. */
  const writeWhenDue = (): void => {
    if (writing !== undefined || due !== undefined) return;
    const wait = begun + BETWEEN_COMMITS_MS - clock.now();
    if (wait <= 0) write();
    else due = clock.after(wait, write);
  };
  const write = (): void => {
    due?.[Symbol.dispose]();
    due = undefined;
    begun = clock.now();
    const batch = waiting;
    waiting = [];
    waitingLeases = 0;
    const wall = wallClock();
    const measured = wall.wall - clock.now();
    const next = Math.abs(measured - offset) < TOLERANCE_MS ? offset : measured;
    writing = { batch, offset: next };
    if (!alive) {
      written('the thread that writes them has ended');
      return;
    }
    const stored: StoredLease[] = [];
    for (const lease of unwritten.values()) stored.push(toStored(lease, next));
    for (const { leases } of batch) for (const lease of leases) stored.push(toStored(lease, next));
    ask({ kind: 'commit', rows: leaseRows(stored), shift: Math.round(next - offset), time: wall });
  };

  /** `failure`: why the commit under way came to nothing; undefined: it is on disk. */
  const written = (failure: string | undefined): void => {
    if (writing === undefined) return;
    const { batch, offset: next } = writing;
    writing = undefined;
    if (failure === undefined) {
      offset = next;
      unwritten = new Map();
      if (failing !== undefined) log({ stage: 'server', did: `leases are written to ${file} again` });
      failing = undefined;
    } else {
      for (const { leases } of batch) for (const lease of leases) unwritten.set(lease.address, lease);
      sayWhy(failure, batch.length);
    }
    for (const { done } of batch) done(failure === undefined);
    if (drained !== undefined && waiting.length > 0) write();
    else if (waiting.length > 0) writeWhenDue();
    else drained?.();
  };

  const sayWhy = (because: string, unanswered: number): void => {
    const at = clock.now();
    if (failing?.because === because && at - failing.saidAt < SAY_AGAIN_MS) {
      failing.unanswered += unanswered;
      return;
    }
    const more =
      failing === undefined || failing.unanswered === 0 ? '' : ` (${failing.unanswered} more like it)`;
    failing = { because, saidAt: at, unanswered: 0 };
    log({
      stage: 'server',
      did: `leases cannot be written, and no lease is given until they can be: ${file}: ${because}${more}; ${remedyFor(because)}`,
    });
  };

  const ended = once(worker, 'exit').then(() => {
    alive = false;
    written('the thread that writes them has ended');
  });
  worker.on('error', (error) =>
    log({ stage: 'server', did: `the thread that writes leases ended: ${String(error)}` }),
  );
  worker.on('message', (reply: LeaseReply) => {
    if (reply.kind === 'durable') written(undefined);
    else if (reply.kind === 'failed') written(reply.because);
  });

  return {
    get leases() {
      return found;
    },
    forgetFound: () => {
      found = [];
    },
    waiting: () => waitingLeases,
    commit: (leases, done) => {
      waiting.push({ leases, done });
      waitingLeases += leases.length;
      writeWhenDue();
    },
    [Symbol.asyncDispose]: async () => {
      if (writing === undefined && (unwritten.size > 0 || waiting.length > 0)) write();
      if (writing !== undefined) await new Promise<void>((resolve) => (drained = resolve));
      if (alive) ask({ kind: 'close' });
      await ended;
      lock[Symbol.dispose]();
    },
  };
}

/** Here and not in the thread: 50,000 leases are not copied from one heap to another. */
function loadLeases(
  file: string,
  { clock, wallClock }: LeaseStoreDeps,
): { readonly leases: readonly Lease[]; readonly offset: number } {
  using open = openLeaseFile(file);
  const now = clock.now();
  const time = wallClock();
  const offset = time.wall - now - clockWasSetBy(open.time(), time);
  return { leases: Array.from(open.leases(), (stored) => fromStored(stored, offset, now)), offset };
}

function remedyFor(because: string): string {
  return /full/.test(because)
    ? 'make room on that disk'
    : 'see to the disk and the file; a file that is gone or damaged needs a restart of the server with a copy of it';
}
