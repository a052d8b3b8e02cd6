/**
 * A cable with faults, sans-IO: frames of both ends and the time go in, frames come out. What it does is decided by its plan
 * alone: the same frames and times give the same faults.
 */
import { type FrameFacts, FrameReader, type Side } from './frame-reader.ts';
import type { LinkPlan } from './link-plan.ts';
import type { FrameKind } from './link-plan-file.ts';
import { mendChecksums } from './mend-checksums.ts';
import { resetConnection } from './reset-connection.ts';
import { rewriteDhcp } from './rewrite-dhcp.ts';
import { DRAW, RuleState } from './rule-state.ts';

/** One thing that a rule did to one frame. */
export type Deed = {
  /** Which rule of the plan, counted from 0. */
  readonly rule: number;
  readonly now: number;
  readonly from: Side;
  /** What the frame was, as it came: `DHCP offer`. */
  readonly frame: string;
};

export type LinkOutputs = {
  /** A frame arrives at that end. */
  readonly pass: (to: Side, bytes: Uint8Array) => void;
  readonly did: (deed: Deed) => void;
};

/** A frame on its way, as far as the rules have brought it. */
type Passage = {
  bytes: Uint8Array;
  readonly from: Side;
  dueAt: number;
  /** When further ones of it arrive. */
  readonly copiesAt: number[];
  overtakenBy: number;
  lost: boolean;
};

type Waiting = { readonly to: Side; readonly bytes: Uint8Array; readonly dueAt: number; overtakenBy: number };

const ETHERNET_HEADER = 14;
const OTHER_SIDE = { client: 'network', network: 'client' } as const;

export class Link {
  readonly #rules: readonly RuleState[];
  readonly #outputs: LinkOutputs;
  readonly #reader = new FrameReader();
  #seen = new Set<FrameKind>();
  #poweredOnAt = Number.NEGATIVE_INFINITY;
  /** By the time they are due; of the same time, in the order they came. */
  readonly #waiting: Waiting[] = [];

  constructor(plan: LinkPlan, outputs: LinkOutputs) {
    this.#rules = plan.rules.map((rule, index) => new RuleState(rule, plan.seed, index));
    this.#outputs = outputs;
  }

  /** The machine was switched on, or reset: `down`, `after` and `until` count from here. Milliseconds of the caller's clock. */
  powerOn(now: number): void {
    this.#poweredOnAt = now;
    this.#seen = new Set();
  }

  /** How many frames each rule acted on. */
  get acted(): readonly number[] {
    return this.#rules.map(({ acted }) => acted);
  }

  /** When wake() is wanted, if no frame comes before. */
  get wakeAt(): number | undefined {
    return this.#waiting[0]?.dueAt;
  }

  wake(now: number): void {
    while ((this.#waiting[0]?.dueAt ?? Number.POSITIVE_INFINITY) <= now) {
      const next = this.#waiting.shift();
      if (next !== undefined) this.#outputs.pass(next.to, next.bytes);
    }
  }

  /** A frame came in at that end. It is kept, not copied. */
  frame(from: Side, arrived: Uint8Array, now: number): void {
    this.wake(now);
    const bytes = from === 'network' ? mendChecksums(arrived, 'unfinished') : arrived;
    const facts = this.#reader.read(bytes, from);
    const seen = { before: this.#seen, now: this.#seen.union(facts.kinds) };
    const passage: Passage = { bytes, from, dueAt: now, copiesAt: [], overtakenBy: 0, lost: false };
    for (const [index, state] of this.#rules.entries()) {
      if (this.#isActing(state, facts, from, seen, now)) {
        this.#outputs.did({ rule: index, now, from, frame: facts.text });
        this.#act(state, passage, now);
      }
      if (passage.lost) break;
    }
    this.#seen = seen.now;
    this.#send(passage, now);
  }

  #isActing(
    state: RuleState,
    facts: FrameFacts,
    from: Side,
    seen: { readonly before: ReadonlySet<FrameKind>; readonly now: ReadonlySet<FrameKind> },
    now: number,
  ): boolean {
    const { rule } = state;
    if (!('down' in rule)) return state.selects(rule, facts, from, seen, now);
    const since = now - this.#poweredOnAt - 1000 * (rule.from ?? 0);
    const isDown = since >= 0 && since < 1000 * rule.down;
    if (isDown) state.acted++;
    return isDown;
  }

  #act(state: RuleState, passage: Passage, now: number): void {
    const { rule } = state;
    if ('lose' in rule || 'down' in rule) {
      passage.lost = true;
    } else if ('delay' in rule) {
      const [least, most] = [rule.by].flat() as [number, number?];
      const seconds = least + ((most ?? least) - least) * state.draw(DRAW.delay);
      const to = OTHER_SIDE[passage.from];
      passage.dueAt = Math.max(passage.dueAt + 1000 * seconds, state.due[to]);
      state.due[to] = passage.dueAt;
    } else if ('duplicate' in rule) {
      for (let copy = 1; copy <= (rule.copies ?? 1); copy++)
        passage.copiesAt.push(1000 * copy * (rule.by ?? 0));
    } else if ('reorder' in rule) {
      passage.overtakenBy = rule.behind ?? 1;
      passage.dueAt = Math.max(passage.dueAt, now + 1000 * (rule['at-most'] ?? 1));
    } else if ('corrupt' in rule) {
      passage.bytes = corrupted(passage.bytes, state.draw(DRAW.corruption));
      if (rule.checksums === 'mended') passage.bytes = mendChecksums(passage.bytes, 'all');
    } else if ('cut' in rule) {
      passage.bytes = passage.bytes.subarray(0, ETHERNET_HEADER + rule.to);
    } else if ('rewrite' in rule) {
      passage.bytes = rewriteDhcp(passage.bytes, rule) ?? passage.bytes;
    } else if ('reset' in rule) {
      const resets = resetConnection(passage.bytes);
      if (resets === undefined) return;
      passage.lost = true;
      this.#outputs.pass(OTHER_SIDE[passage.from], resets.onward);
      this.#outputs.pass(passage.from, resets.back);
    } else {
      rule satisfies never;
    }
  }

  #send({ bytes, from, dueAt, copiesAt, overtakenBy, lost }: Passage, now: number): void {
    if (lost) return;
    const to = OTHER_SIDE[from];
    if (dueAt > now || overtakenBy > 0) this.#wait({ to, bytes, dueAt, overtakenBy });
    else this.#outputs.pass(to, bytes);
    for (const later of copiesAt) {
      const copyAt = dueAt + later;
      if (copyAt > now) this.#wait({ to, bytes, dueAt: copyAt, overtakenBy: 0 });
      else this.#outputs.pass(to, bytes);
    }
    if (overtakenBy === 0) this.#overtake(to);
  }

  #wait(frame: Waiting): void {
    const at = this.#waiting.findLastIndex(({ dueAt }) => dueAt <= frame.dueAt) + 1;
    this.#waiting.splice(at, 0, frame);
  }

  /** A frame went past those that let others go first. */
  #overtake(to: Side): void {
    for (const frame of this.#waiting.filter((waiting) => waiting.to === to && waiting.overtakenBy > 0)) {
      frame.overtakenBy--;
      if (frame.overtakenBy > 0) continue;
      this.#waiting.splice(this.#waiting.indexOf(frame), 1);
      this.#outputs.pass(to, frame.bytes);
    }
  }
}

/** One bit behind the Ethernet header turned over. */
function corrupted(bytes: Uint8Array, chance: number): Uint8Array {
  const bits = 8 * (bytes.length - ETHERNET_HEADER);
  if (bits <= 0) return bytes;
  const bit = Math.floor(chance * bits);
  const copy = bytes.slice();
  const at = ETHERNET_HEADER + (bit >> 3);
  copy[at] = (copy[at] as number) ^ (1 << (bit & 7));
  return copy;
}
