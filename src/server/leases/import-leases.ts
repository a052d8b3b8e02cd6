/** Leases of another server beside those that are there: which to take over. Pure: files and clocks are the caller's. */
import { type Ipv4Address, ipv4FromNumber, ipv4ToNumber } from '../../wire/address.ts';
import type { ClientKey } from './lease-table.ts';
import type { StoredLease } from './stored-lease.ts';

export type ForeignLease = {
  readonly line: number;
  readonly address: Ipv4Address;
  readonly key: ClientKey;
  /** Milliseconds since 1970 UTC; undefined: it never ends. */
  readonly until: number | undefined;
  readonly hostName: string | undefined;
};

export type ImportPlan = {
  /** To be written, in this order. */
  readonly leases: readonly (StoredLease & { readonly hostName?: string })[];
  readonly added: number;
  /** There already, and prolonged. */
  readonly prolonged: number;
  /** There already, as they are. */
  readonly unchanged: number;
  /** Not taken over, since what is there is newer. */
  readonly kept: readonly { readonly line: number; readonly because: string }[];
};

/**
 * What is there was written by this server, or by an earlier import: a lease that still runs is not taken from its client, and
 * one that was given back stays so. The same import a second time changes nothing. `now`: milliseconds since 1970 UTC.
 */
export function planImport(
  foreign: readonly ForeignLease[],
  there: readonly StoredLease[],
  now: number,
): ImportPlan {
  const byAddress = new Map(there.map((lease) => [lease.address, lease]));
  const running = new Map(there.filter((lease) => runs(lease, now)).map((lease) => [lease.key, lease]));
  const leases: (StoredLease & { hostName?: string })[] = [];
  const kept: { line: number; because: string }[] = [];
  let added = 0;
  let prolonged = 0;
  let unchanged = 0;
  // Of two leases of one client the one that lasts longer comes last, and counts.
  for (const lease of foreign.toSorted((a, b) => endOf(a) - endOf(b) || a.line - b.line)) {
    const address = ipv4ToNumber(lease.address);
    const present = byAddress.get(address);
    const elsewhere = running.get(lease.key);
    if (present?.key === lease.key) {
      if (present.state !== 'bound' || endOf(present) >= endOf(lease)) {
        unchanged++;
        continue;
      }
      prolonged++;
    } else if (present !== undefined && runs(present, now)) {
      kept.push({ line: lease.line, because: `${lease.address} is held by ${present.key}` });
      continue;
    } else if (elsewhere !== undefined) {
      const has = ipv4FromNumber(elsewhere.address);
      kept.push({ line: lease.line, because: `its client ${lease.key} has ${has}` });
      continue;
    } else added++;
    leases.push({
      ...{ address, key: lease.key, state: 'bound', until: lease.until ?? null },
      // What the client was promised is not known, but what is left of it.
      seconds: lease.until === undefined ? null : Math.max(0, Math.ceil((lease.until - now) / 1000)),
      ...(lease.hostName === undefined ? {} : { hostName: lease.hostName }),
    });
  }
  kept.sort((a, b) => a.line - b.line);
  return { leases, added, prolonged, unchanged, kept };
}

function runs(lease: StoredLease, now: number): boolean {
  return lease.state !== 'released' && endOf(lease) > now;
}

function endOf({ until }: { readonly until: number | null | undefined }): number {
  return until ?? Number.POSITIVE_INFINITY;
}
