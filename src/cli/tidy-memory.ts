import { getHeapSpaceStatistics, getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Octets of garbage that may pile up. To collect it takes some 10 ms for each 30 MB that are alive. */
const GARBAGE = 8 * 1024 * 1024;

/**
 * Keeps the memory of a long job near what it holds. Where a machine has memory to spare V8 lets garbage grow to several
 * times of that: a job of constant size then takes more the more it is given to read.
 */
export class TidyMemory {
  readonly #collect: () => void;
  #alive: number;

  constructor() {
    // Objects of a kind that is often kept would be made where only a full collection finds them, those not kept as well.
    setFlagsFromString('--no-allocation-site-pretenuring');
    // Node has no other way to ask for a collection.
    setFlagsFromString('--expose-gc');
    this.#collect = runInNewContext('gc') as () => void;
    this.#alive = octetsInUse();
  }

  /** To be called often, between two pieces of work. */
  look(): void {
    if (octetsInUse() < this.#alive + GARBAGE) return;
    this.#collect();
    this.#alive = octetsInUse();
  }
}

/** Without young objects: V8 looks after those by itself, and quickly. */
function octetsInUse(): number {
  const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
  const { used_heap_size, external_memory } = getHeapStatistics();
  return used_heap_size - (young?.space_used_size ?? 0) + external_memory;
}
