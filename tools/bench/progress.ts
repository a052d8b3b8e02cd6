/** Where nobody looks at a terminal, a line now and then is enough. */
const BETWEEN_LINES_MS = 5_000;
const COLUMNS = 100;

/** Tells on standard error what goes on: on a terminal in one line that is written over. */
export class Progress {
  readonly #terminal = process.stderr.isTTY === true;
  #toldMs = Number.NEGATIVE_INFINITY;

  tell(text: string): void {
    const now = performance.now();
    if (this.#terminal) process.stderr.write(`\r\x1b[K${text.slice(0, process.stderr.columns ?? COLUMNS)}`);
    else if (now - this.#toldMs >= BETWEEN_LINES_MS) process.stderr.write(`${text}\n`);
    else return;
    this.#toldMs = now;
  }

  /** Makes room for a result. */
  clear(): void {
    if (this.#terminal) process.stderr.write('\r\x1b[K');
  }
}
