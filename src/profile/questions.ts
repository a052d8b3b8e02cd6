import { BoundedMap } from '../story/bounded-map.ts';
import type { Habit } from './habit.ts';
import { tryAgain } from './tries.ts';

const WAITING = 10_000;

type Asked = Extract<Habit, { readonly tries: unknown }>;

/** What was asked and waits for its answer, of all protocols, each by its own key. */
export class Questions {
  readonly #waiting = new BoundedMap<string, Asked>(WAITING);

  /** The habit that begins with this question; undefined where it is the same one again. */
  ask<H extends Asked>(key: string, habit: H): H | undefined {
    const waiting = this.#waiting.get(key);
    if (waiting !== undefined) {
      tryAgain(waiting, { frame: habit.frame, timeNs: habit.timeNs });
      return undefined;
    }
    this.#waiting.set(key, habit);
    return habit;
  }

  answer(key: string, timeNs: bigint): void {
    const waiting = this.#waiting.get(key);
    if (waiting === undefined) return;
    waiting.answeredNs = timeNs;
    this.#waiting.delete(key);
  }

  /** The same for every key that begins so. */
  answerAll(prefix: string, timeNs: bigint): void {
    for (const key of this.#waiting.keys()) if (key.startsWith(prefix)) this.answer(key, timeNs);
  }
}
