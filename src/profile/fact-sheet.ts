import type { Fact } from './profile.ts';

type Subjects = Record<string, Record<string, Fact>>;
type Facts = Readonly<Record<string, Fact>>;

/** Facts of one stage as they are found: topic, subject, fact; with the frames that prove each. */
export class FactSheet {
  readonly topics: Record<string, Subjects> = {};
  /** By path below the stage: `dhcp.discover.options`. */
  readonly frames = new Map<string, readonly number[]>();
  readonly #variants = new Map<string, string[]>();

  add(topic: string, subject: string, facts: Facts, frames: readonly number[]): void {
    this.topics[topic] ??= {};
    const subjects = this.topics[topic];
    subjects[subject] ??= {};
    const of = subjects[subject];
    for (const [name, value] of Object.entries(facts)) {
      of[name] = value;
      this.frames.set(`${topic}.${subject}.${name}`, frames);
    }
  }

  /** One of many messages: those alike are one subject; the next form is `request-2`, and so on. */
  addVariant(topic: string, subject: string, facts: Facts, frames: readonly number[]): void {
    const key = `${topic}.${subject}`;
    const seen = this.#variants.get(key) ?? [];
    const text = JSON.stringify(facts);
    if (seen.includes(text)) return;
    this.#variants.set(key, [...seen, text]);
    this.add(topic, seen.length === 0 ? subject : `${subject}-${seen.length + 1}`, facts, frames);
  }
}
