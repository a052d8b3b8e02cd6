import type { Story } from '../story/event.ts';
import type { RunningServer } from '../sut/start-server.ts';
import { matchStory } from './match.ts';
import { stepText } from './scenario.ts';
import type { Meanwhile } from './schema.ts';
import type { Variables } from './variables.ts';

/** What a scenario does to the server during the boot: each thing once, when its moment has come. */
export class MeanwhileWatch {
  readonly #waiting: Set<Meanwhile>;

  constructor(all: readonly Meanwhile[]) {
    this.#waiting = new Set(all);
  }

  look(story: Story, variables: Variables, server: Pick<RunningServer, 'restart' | 'kill'>): void {
    for (const one of this.#waiting) {
      if (!matchStory({ expect: [one.after] }, story, variables).complete) continue;
      this.#waiting.delete(one);
      if (one.server === 'restart') server.restart();
      else server.kill(one['back-after']);
    }
  }

  /** What did not come to pass, in words. */
  get missing(): readonly string[] {
    return [...this.#waiting].map(({ after, server }) => `${server} after ${stepText(after)}`);
  }
}
