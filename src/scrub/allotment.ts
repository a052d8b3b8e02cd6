/** A capture has more of one kind than there are pseudonyms. */
class ScrubError extends Error {
  override readonly name = 'ScrubError';
  readonly code = 'SCRUB_NO_PSEUDONYM_LEFT';
  readonly hint = 'scrub the capture in parts: editcap -r CAPTURE PART 1-10000';
}

/** More than anybody needs who draws from a range that is not almost used up. */
const ATTEMPTS = 4096;

/** Gives each original a pseudonym of its own, once: never one that is an original too. */
export class Allotment {
  readonly #kind: string;
  readonly #isTaken: (pseudonym: string) => boolean;
  readonly #given = new Map<string, string>();
  readonly #used = new Set<string>();

  constructor(kind: string, isOriginal: (pseudonym: string) => boolean) {
    this.#kind = kind;
    this.#isTaken = isOriginal;
  }

  /** `candidate`: another one for each attempt, counted from 0; undefined where that attempt has none. */
  of(original: string, candidate: (attempt: number) => string | undefined): string {
    const known = this.#given.get(original);
    if (known !== undefined) return known;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const pseudonym = candidate(attempt);
      if (pseudonym === undefined || this.#used.has(pseudonym) || this.#isTaken(pseudonym)) continue;
      this.#given.set(original, pseudonym);
      this.#used.add(pseudonym);
      return pseudonym;
    }
    throw new ScrubError(`${this.#kind} ${original}: all pseudonyms of its length are given away`);
  }

  get given(): ReadonlyMap<string, string> {
    return this.#given;
  }
}
