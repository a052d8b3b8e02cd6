import type { FactName, Topic } from './facts.ts';
import type { Fact, Topics } from './profile.ts';

export type Facts<T extends Topic> = { [Name in FactName<T>]?: Fact };

/** Facts of one stage as they are found: topic, subject, fact; with the frames that prove each. */
export class FactSheet {
  readonly topics: Topics = {};
  /** By path below the stage: `dhcp.discover.options`. */
  readonly frames = new Map<string, readonly number[]>();
  readonly #variants = new Map<string, string[]>();

  add<T extends Topic>(topic: T, subject: string, facts: Facts<T>, frames: readonly number[]): void {
    const topics: Record<string, Record<string, Record<string, Fact>>> = this.topics;
    topics[topic] ??= {};
    const subjects = topics[topic];
    subjects[subject] ??= {};
    const of = subjects[subject];
    for (const [name, value] of Object.entries<Fact | undefined>(facts)) {
      if (value === undefined) continue;
      of[name] = value;
      this.frames.set(`${topic}.${subject}.${name}`, frames);
    }
  }

  /** One of many messages: those alike are one subject; the next form is `request-2`, and so on. */
  addVariant<T extends Topic>(topic: T, subject: string, facts: Facts<T>, frames: readonly number[]): void {
    const key = `${topic}.${subject}`;
    const seen = this.#variants.get(key) ?? [];
    const text = JSON.stringify(facts);
    if (seen.includes(text)) return;
    this.#variants.set(key, [...seen, text]);
    this.add(topic, seen.length === 0 ? subject : `${subject}-${seen.length + 1}`, facts, frames);
  }
}
