import type { Story } from '../story/event.ts';

/** Why the watching ended. All but the first leave steps that were not met; what is said about them is the match's. */
export type Ending =
  | 'all-met'
  /** Something happened that must never, or too often: nothing later can mend it. */
  | 'hopeless'
  /** The machine is back where it began. */
  | 'began-anew'
  /** The machine switched itself off, or stopped for good. */
  | 'powered-off'
  /** Neither a frame nor a line on the console for so long that nothing more is to come. */
  | 'quiet'
  /** The time for this boot is over. */
  | 'gave-up';

/** The last words of a machine that has ended come another way than the news of its end, and may come after it. */
const LAST_WORDS_MS = 300;

export type BootLimits = {
  /** Seconds from power-on after which the boot is over. */
  readonly giveUpSeconds: number;
  /** Seconds of silence after which it is, once the machine has sent a frame: before that firmware may be busy with itself. */
  readonly quietSeconds: number;
};

/** Waits for the end of a boot: not by sleeping, but told of every frame and every line. */
export class BootWatch {
  readonly #limits: BootLimits;
  readonly #ended = Promise.withResolvers<Ending>();
  #quiet: NodeJS.Timeout | undefined;
  #giveUp: NodeJS.Timeout | undefined;
  #spoke = false;
  #lastWords: NodeJS.Timeout | undefined;

  constructor(limits: BootLimits) {
    this.#limits = limits;
  }

  /** From power-on: the clocks start. */
  start(): void {
    this.#giveUp = setTimeout(() => this.#end('gave-up'), this.#limits.giveUpSeconds * 1000);
  }

  /** A frame or a console line: the client is alive. */
  heard(): void {
    this.#lastWords?.refresh();
    if (this.#giveUp === undefined || !this.#spoke) return;
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => this.#end('quiet'), this.#limits.quietSeconds * 1000);
  }

  /** The story changed. `ending`: whoever judges it has seen enough. */
  look(ending: Ending | undefined, story: Story): void {
    if (!this.#spoke && story.events.some((event) => event.frames.length > 0)) {
      this.#spoke = true;
      this.heard();
    }
    if (ending !== undefined) this.#end(ending);
    else if (story.events.some((event) => event.kind === 'machine' && isTheEnd(event.what)))
      this.#lastWords ??= setTimeout(() => this.#end('powered-off'), LAST_WORDS_MS);
  }

  #end(ending: Ending): void {
    this.#stopClocks();
    this.#ended.resolve(ending);
  }

  #stopClocks(): void {
    for (const timer of [this.#quiet, this.#giveUp, this.#lastWords]) clearTimeout(timer);
  }

  /** Rejects with the first of `faults` that settles, or when the signal aborts: then the boot says nothing. */
  async ended(faults: readonly Promise<Error>[], signal: AbortSignal): Promise<Ending> {
    const aborted = Promise.withResolvers<never>();
    const abort = (): void => aborted.reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    try {
      const failed = faults.map(async (fault): Promise<never> => {
        throw await fault;
      });
      return await Promise.race([this.#ended.promise, aborted.promise, ...failed]);
    } finally {
      signal.removeEventListener('abort', abort);
      this.#stopClocks();
    }
  }
}

/** A machine that panics stays as it is: QEMU stops it. */
function isTheEnd(what: string): boolean {
  return what === 'shutdown' || what === 'panic';
}
