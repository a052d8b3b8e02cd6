import type { Story } from '../story/event.ts';

/** Why the watching ended. All but the first leave steps that were not met; what is said about them is the match's. */
export type Ending =
  | 'all-met'
  /** Something happened that must never, or too often: nothing later can mend it. */
  | 'hopeless'
  /** The machine is back where it began. */
  | 'began-anew'
  /** The machine switched itself off. */
  | 'powered-off'
  /** Neither a frame nor a line on the console for so long that nothing more is to come. */
  | 'quiet'
  /** The time for this boot is over. */
  | 'gave-up';

export type BootLimits = {
  /** Seconds from power-on after which the boot is over. */
  readonly giveUpSeconds: number;
  /** Seconds of silence after which it is. */
  readonly quietSeconds: number;
};

/** Waits for the end of a boot: not by sleeping, but told of every frame and every line. */
export class BootWatch {
  readonly #limits: BootLimits;
  readonly #ended = Promise.withResolvers<Ending>();
  #quiet: NodeJS.Timeout | undefined;
  #giveUp: NodeJS.Timeout | undefined;

  constructor(limits: BootLimits) {
    this.#limits = limits;
  }

  /** From power-on: the clocks start. */
  start(): void {
    this.#giveUp = setTimeout(() => this.#end('gave-up'), this.#limits.giveUpSeconds * 1000);
    this.heard();
  }

  /** A frame or a console line: the client is alive. */
  heard(): void {
    if (this.#giveUp === undefined) return;
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => this.#end('quiet'), this.#limits.quietSeconds * 1000);
  }

  /** The story changed. `ending`: whoever judges it has seen enough. */
  look(ending: Ending | undefined, story: Story): void {
    if (ending !== undefined) this.#end(ending);
    else if (story.events.some((event) => event.kind === 'machine' && event.what === 'shutdown'))
      this.#end('powered-off');
  }

  #end(ending: Ending): void {
    clearTimeout(this.#quiet);
    clearTimeout(this.#giveUp);
    this.#ended.resolve(ending);
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
      clearTimeout(this.#quiet);
      clearTimeout(this.#giveUp);
    }
  }
}
