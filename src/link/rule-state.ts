import type { FrameFacts, Side } from './frame-reader.ts';
import { kindOf } from './link-plan.ts';
import type { FrameKind, FrameRule, LinkRule } from './link-plan-file.ts';
import { seededChance } from './seeded-chance.ts';

/** Which draw of a frame's fate a chance is for. */
export const DRAW = { selection: 0, delay: 1, corruption: 2 } as const;

/** Kinds of frames that were seen since the machine was switched on: before this frame, and with it. */
export type Seen = { readonly before: ReadonlySet<FrameKind>; readonly now: ReadonlySet<FrameKind> };

/** One rule and what it has counted. */
export class RuleState {
  readonly rule: LinkRule;
  /** How many frames it acted on. */
  acted = 0;
  readonly #seed: number;
  readonly #index: number;
  #matching = 0;
  #leftAlone: number | undefined;
  /** When the last frame that it delayed arrives, by direction. */
  readonly due: Record<Side, number> = { client: 0, network: 0 };

  constructor(rule: LinkRule, seed: number, index: number) {
    this.rule = rule;
    this.#seed = seed;
    this.#index = index;
  }

  /** Whether the rule is to act on this frame. Counts it. */
  selects(rule: FrameRule, facts: FrameFacts, from: Side, seen: Seen, now: number): boolean {
    const kind = kindOf(rule);
    const { going, port, after, until, first, number, every, chance, within } = rule;
    if (kind === undefined || !facts.kinds.has(kind)) return false;
    if (going !== undefined && (going === 'from-client') !== (from === 'client')) return false;
    if (port !== undefined && !facts.ports.includes(port)) return false;
    if (facts.octets <= (rule['longer-than'] ?? -1)) return false;
    if (after !== undefined && !seen.before.has(after)) return false;
    if (until !== undefined && seen.now.has(until)) return false;

    const n = ++this.#matching;
    if (first !== undefined && n > first) return false;
    if (number !== undefined && ![number].flat().includes(n)) return false;
    if (every !== undefined && n % every !== 0) return false;
    if (chance !== undefined && this.draw(DRAW.selection) >= chance) return false;
    if (within !== undefined) {
      const soon = this.#leftAlone !== undefined && now - this.#leftAlone < within * 1000;
      if (!soon) {
        this.#leftAlone = now;
        return false;
      }
    }
    this.acted++;
    return true;
  }

  /** From 0 up to, not including, 1: always the same for the frame that was counted last. */
  draw(what: number): number {
    return seededChance(this.#seed, this.#index, this.#matching, what);
  }
}
