import type { Io } from './command.ts';

/** Whoever waits shorter than this is told nothing. */
const AFTER_MS = 2_000;
const EVERY_MS = 500;

/** A line that is written over, on a terminal, while somebody waits. */
export class WaitingLine implements Disposable {
  readonly #io: Io;
  readonly #text: () => string;
  readonly #timer: NodeJS.Timeout | undefined;
  #next = performance.now() + AFTER_MS;
  #said = false;

  constructor(io: Io, text: () => string) {
    this.#io = io;
    this.#text = text;
    if (io.interactive) this.#timer = setInterval(() => this.look(), EVERY_MS);
  }

  /** For work that lets no timer in between. */
  look(): void {
    const now = performance.now();
    if (!this.#io.interactive || now < this.#next) return;
    this.#next = now + EVERY_MS;
    this.#said = true;
    this.#io.err(`\r\x1b[K${this.#text().slice(0, this.#io.width - 1)}`);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    if (this.#said) this.#io.err('\r\x1b[K');
  }
}
