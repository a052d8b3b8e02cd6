/** Longer texts are rarely the same twice. */
const LONGEST = 1_024;
/** Characters that are remembered before all is forgotten: what is still in use comes again soon. */
const CAPACITY = 1_000_000;

export type Pair = readonly [string, string];

/**
 * One copy of texts that come again and again. Half of what stories hold is text, and most of it is the same for every
 * client: addresses, names and values of headers, the page of a 404.
 */
export class StringPool {
  readonly #known = new Map<string, string>();
  readonly #pairs = new Map<string, Pair>();
  #length = 0;

  find(text: string): string | undefined {
    return text.length > LONGEST ? undefined : this.#known.get(text);
  }

  /** Returns the text, from now on the one copy of it. */
  add(text: string): string {
    if (text.length > LONGEST) return text;
    if (this.#length > CAPACITY) {
      this.#known.clear();
      this.#pairs.clear();
      this.#length = 0;
    }
    this.#known.set(text, text);
    this.#length += text.length;
    return text;
  }

  /** A header, for instance: there are ten in an exchange, and most say the same as in all others. */
  findPair(pair: Pair): Pair | undefined {
    return this.#pairs.get(keyOf(pair));
  }

  /** The pair, from now on the one copy of it, where its texts are short. */
  addPair(pair: Pair): void {
    const key = keyOf(pair);
    if (key.length > LONGEST) return;
    this.#pairs.set(key, pair);
    this.#length += key.length;
  }
}

function keyOf([first, second]: Pair): string {
  return `${first.length} ${first}${second}`;
}
