import type { Story } from '../story/event.ts';
import type { RunningServer } from '../sut/start-server.ts';
import { matchStory } from './match.ts';
import { stepText } from './scenario.ts';
import type { Meanwhile } from './schema.ts';
import type { Variables } from './variables.ts';

type Server = Pick<RunningServer, 'restart' | 'kill'>;

/** What a scenario does to the server during the boot: each thing once, when its moment has come. */
export class MeanwhileWatch implements Disposable {
  readonly #waiting: Set<Meanwhile>;
  /** Whose event was seen, until the seconds after it are over. */
  readonly #timers = new Map<Meanwhile, NodeJS.Timeout>();

  constructor(all: readonly Meanwhile[]) {
    this.#waiting = new Set(all);
  }

  look(story: Story, variables: Variables, server: Server): void {
    for (const one of this.#waiting) {
      if (!matchStory({ expect: [one.after] }, story, variables).complete) continue;
      this.#waiting.delete(one);
      if (one.wait === undefined) act(one, server);
      else
        this.#timers.set(
          one,
          setTimeout(() => {
            this.#timers.delete(one);
            act(one, server);
          }, 1000 * one.wait),
        );
    }
  }

  /** What did not come to pass, in words. */
  get missing(): readonly string[] {
    return [...this.#waiting, ...this.#timers.keys()].map(({ after, wait, server }) => {
      const when = wait === undefined ? '' : `${wait} s `;
      return `${server} ${when}after ${stepText(after)}`;
    });
  }

  /** The boot is over: nothing is done any more. */
  [Symbol.dispose](): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
  }
}

function act(one: Meanwhile, server: Server): void {
  if (one.server === 'restart') server.restart();
  else server.kill(one['back-after']);
}
