import type { Clock } from './clock.ts';
import type { HttpLimits } from './http-limits.ts';

/** A connection, as far as its neighbours are concerned. */
export interface HttpGuest {
  readonly address: string;
  /** Milliseconds of the clock: what it waits for must have happened by then. */
  readonly deadline: number;
  /** No request is being answered: closing it costs nobody anything but a new connection. */
  readonly isIdle: boolean;
  /** The deadline is over. */
  readonly expire: () => void;
  /** To make room for another. */
  readonly evict: () => void;
}

/** So late a deadline may be noticed. */
const SWEEP_MS = 500;

/**
 * All connections, in the order they came. Where there are too many, the oldest idle one makes room for the newest: whoever
 * holds hundreds open and says nothing loses them, and the next normal request is answered.
 */
export class HttpGuests implements Disposable {
  readonly #guests = new Set<HttpGuest>();
  readonly #counts = new Map<string, number>();
  readonly #clock: Clock;
  #sweep: Disposable | undefined;

  /** Looks at all deadlines together: a timer for each connection would cost more than a small answer does. */
  constructor(clock: Clock) {
    this.#clock = clock;
    this.#sweepLater();
  }

  /** False where nobody can make room. */
  makeRoom(address: string, limits: HttpLimits): boolean {
    if ((this.#counts.get(address) ?? 0) >= limits.maxConnectionsPerClient) return this.#evictIdle(address);
    if (this.#guests.size < limits.maxConnections) return true;
    const [greediest] = [...this.#counts].reduce((a, b) => (b[1] > a[1] ? b : a), ['', 0]);
    return this.#evictIdle(greediest) || this.#evictIdle(undefined);
  }

  add(guest: HttpGuest): void {
    this.#guests.add(guest);
    this.#counts.set(guest.address, (this.#counts.get(guest.address) ?? 0) + 1);
  }

  delete(guest: HttpGuest): void {
    if (!this.#guests.delete(guest)) return;
    const left = (this.#counts.get(guest.address) ?? 0) - 1;
    if (left > 0) this.#counts.set(guest.address, left);
    else this.#counts.delete(guest.address);
  }

  evictAll(): void {
    for (const guest of this.#guests) guest.evict();
  }

  [Symbol.dispose](): void {
    this.#sweep?.[Symbol.dispose]();
  }

  #sweepLater(): void {
    this.#sweep = this.#clock.after(SWEEP_MS, () => {
      const now = this.#clock.now();
      for (const guest of this.#guests) if (guest.deadline <= now) guest.expire();
      this.#sweepLater();
    });
  }

  #evictIdle(address: string | undefined): boolean {
    for (const guest of this.#guests) {
      if (!guest.isIdle || (address !== undefined && guest.address !== address)) continue;
      guest.evict();
      this.delete(guest);
      return true;
    }
    return false;
  }
}
