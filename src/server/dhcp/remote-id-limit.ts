import type { ClientKey } from '../leases/lease-table.ts';

/** Whether a client still has what it was counted for. */
export type IsHolding = (client: ClientKey) => boolean;

/** Remote ids remembered before those that have nothing any more are forgotten. */
const SWEEP_AT_LEAST = 1024;

/**
 * How many clients have an address behind each remote id (82.2): RFC 3046 §4, "DHCP Address Exhaustion". What was counted
 * is not on disk: after a restart a remote id may have its limit once more.
 */
export class RemoteIdLimit {
  readonly #limit: number;
  readonly #clients = new Map<string, Set<ClientKey>>();
  #sweepAt = SWEEP_AT_LEAST;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** False where others have used up what the remote id may have. */
  admits(remoteId: string, client: ClientKey, isHolding: IsHolding): boolean {
    const clients = this.#clients.get(remoteId);
    if (clients === undefined || clients.has(client) || clients.size < this.#limit) return true;
    for (const other of clients) if (!isHolding(other)) clients.delete(other);
    return clients.size < this.#limit;
  }

  count(remoteId: string, client: ClientKey, isHolding: IsHolding): void {
    const clients = this.#clients.get(remoteId);
    if (clients !== undefined) {
      clients.add(client);
      return;
    }
    if (this.#clients.size >= this.#sweepAt) this.#sweep(isHolding);
    this.#clients.set(remoteId, new Set([client]));
  }

  #sweep(isHolding: IsHolding): void {
    for (const [remoteId, clients] of this.#clients) {
      for (const client of clients) if (!isHolding(client)) clients.delete(client);
      if (clients.size === 0) this.#clients.delete(remoteId);
    }
    this.#sweepAt = Math.max(SWEEP_AT_LEAST, 2 * this.#clients.size);
  }
}
