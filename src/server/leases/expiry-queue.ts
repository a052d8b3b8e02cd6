type Entry = { readonly until: number; readonly address: number };

/**
 * Addresses by the time their lease ends, earliest first: a binary heap. An address may stand in it more than once, since
 * a renewal adds an entry and leaves the old one; `isCurrent` says which entry still holds. Rebuilt when half of it is old.
 */
export class ExpiryQueue {
  #heap: Entry[] = [];
  readonly #isCurrent: (entry: Entry) => boolean;
  #compactAt = 64;

  constructor(isCurrent: (entry: Entry) => boolean) {
    this.#isCurrent = isCurrent;
  }

  get size(): number {
    return this.#heap.length;
  }

  push(address: number, until: number): void {
    if (this.#heap.length >= this.#compactAt) this.#compact();
    this.#heap.push({ until, address });
    this.#rise(this.#heap.length - 1);
  }

  /** The address whose time ended first, if any ended by `now`; it is taken out. */
  popExpired(now: number): number | undefined {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined) return undefined;
      const current = this.#isCurrent(first);
      if (current && first.until > now) return undefined;
      const last = this.#heap.pop();
      if (last !== undefined && this.#heap.length > 0) {
        this.#heap[0] = last;
        this.#sink(0);
      }
      if (current) return first.address;
    }
  }

  #compact(): void {
    this.#heap = this.#heap.filter(this.#isCurrent);
    // From the last that has something below it to the first: n steps, where sorting 50,000 took 60 ms.
    for (let at = (this.#heap.length >> 1) - 1; at >= 0; at--) this.#sink(at);
    this.#compactAt = Math.max(64, 2 * this.#heap.length);
  }

  #rise(start: number): void {
    let at = start;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#until(parent) <= this.#until(at)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #sink(start: number): void {
    let at = start;
    for (;;) {
      const left = 2 * at + 1;
      const smaller = this.#until(left + 1) < this.#until(left) ? left + 1 : left;
      if (this.#until(at) <= this.#until(smaller)) return;
      this.#swap(at, smaller);
      at = smaller;
    }
  }

  #until(at: number): number {
    return this.#heap[at]?.until ?? Number.POSITIVE_INFINITY;
  }

  #swap(a: number, b: number): void {
    const [x, y] = [this.#heap[a], this.#heap[b]];
    if (x === undefined || y === undefined) return;
    this.#heap[a] = y;
    this.#heap[b] = x;
  }
}
