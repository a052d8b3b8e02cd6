/** A Map that forgets its oldest entry when it is full: what is still open in a capture must not grow without end. */
export class BoundedMap<K, V> extends Map<K, V> {
  readonly #capacity: number;
  readonly #onForget: ((value: V) => void) | undefined;

  constructor(capacity: number, onForget?: (value: V) => void) {
    super();
    this.#capacity = capacity;
    this.#onForget = onForget;
  }

  override set(key: K, value: V): this {
    super.set(key, value);
    if (this.size > this.#capacity) {
      const oldest = this.entries().next();
      if (!oldest.done) {
        this.delete(oldest.value[0]);
        this.#onForget?.(oldest.value[1]);
      }
    }
    return this;
  }
}
