import type { Packet } from '../../story/packet.ts';
import { type Answer, AnswerList, AnswerPairs, type ServersAnswer } from './answer-pairs.ts';
import type { Difference } from './difference.ts';
import type { Actor, Exchange, Outcome } from './exchange.ts';
import { type ReplayStep, whyUnanswered } from './step.ts';

const FAST_PATIENCE_MS = 1_000;
/** RFC 2131 §4.1: the first DHCP message is sent again after 4 s. Without its doubling: the lab is one network. */
const AGAIN_MS = 4_000;

/** A question to whoever answers, in the words of its protocol. */
export type Question<A extends Answer> = {
  /** `DHCP`. */
  readonly protocol: string;
  /** `DISCOVER by relay 192.168.7.1`. */
  readonly title: string;
  readonly tries: readonly { readonly timeNs: bigint }[];
  /** Of the recording. */
  readonly answers: readonly A[];
  /** Nobody answers such a message. */
  readonly isOneWay: boolean;
  /** Why it cannot be sent. */
  readonly obstacle: () => string | undefined;
  readonly send: (index: number, now: number) => void;
  /** The answer to this question in a packet. */
  readonly answerIn: (packet: Packet) => A | undefined;
  readonly isSameServer: (recorded: A, got: A) => boolean;
  /** Takes over what the server of now chose; `recorded` is what its answer stands for. */
  readonly learn: (recorded: A | undefined, got: A) => void;
  readonly compare: (recorded: A, got: A) => readonly Difference[];
  readonly describe: (answer: A) => string;
  /** What the client knows from the recording alone, now that the question is over. */
  readonly atEnd?: () => void;
};

/** A question, sent again as often as it was while nobody answers, and the answers to it. */
export class QuestionExchange<A extends Answer> implements Exchange {
  readonly #step: ReplayStep;
  readonly #question: Question<A>;
  readonly #actor: Actor;
  readonly #got = new AnswerList<A>();
  readonly #pairs: AnswerPairs<A>;
  #sent = 0;
  #sentAt = 0;
  wakeAt = 0;

  constructor(step: ReplayStep, question: Question<A>, actor: Actor) {
    this.#step = step;
    this.#question = question;
    this.#actor = actor;
    this.#pairs = new AnswerPairs(question.answers);
  }

  begin(now: number): void {
    const note = this.#question.obstacle();
    if (note !== undefined) {
      this.#over({ verdict: 'skipped', note }, now);
      return;
    }
    this.#send(now);
    if (this.#question.isOneWay && this.#pairs.recorded.length === 0) this.#over({ verdict: 'same' }, now);
  }

  packet(packet: Packet, now: number): boolean {
    const answer = this.#question.answerIn(packet);
    if (answer === undefined) return false;
    const got = this.#got.add(answer);
    if (got.frames.length > 1) {
      this.#tellTooMany(got, now);
      return true;
    }
    const recorded = this.#pairs.pair(got, this.#question.isSameServer);
    this.#question.learn(recorded?.answer, answer);
    // Who expects no answer has one now, and asks no more.
    if (this.#pairs.recorded.length === 0 || this.#pairs.complete) this.#end(now);
    else this.wakeAt = now + this.#actor.options.patience;
    return true;
  }

  /** After the end: an answer more than the recording has. */
  late(packet: Packet, now: number): boolean {
    const answer = this.#question.answerIn(packet);
    if (answer === undefined) return false;
    const got = this.#got.add(answer);
    if (got.frames.length > 1) this.#tellTooMany(got, now);
    else this.#tellExtra(answer, NOBODY_LIKE_IT, now);
    return true;
  }

  wake(now: number): void {
    const isOver = this.#sent >= this.#mostTries || this.#got.all.length > 0;
    if (isOver) this.#end(now);
    else this.#send(now);
  }

  #send(now: number): void {
    this.#sent++;
    this.#sentAt = now;
    this.wakeAt = now + this.#pause();
    this.#question.send(Math.min(this.#sent, this.#question.tries.length) - 1, now);
  }

  get #mostTries(): number {
    const { tries, answers } = this.#question;
    return tries.length + (answers.length > 0 ? (this.#actor.options.moreTries ?? 0) : 0);
  }

  /** Up to the next try; after the last as long as is fair. */
  #pause(): number {
    const { next, options } = this.#actor;
    const { tries } = this.#question;
    const again = tries[this.#sent];
    if (again === undefined && this.#sent < this.#mostTries)
      return options.fast ? FAST_PATIENCE_MS : AGAIN_MS;
    if (again === undefined && (this.#pairs.recorded.length > 0 || next === undefined))
      return options.patience;
    if (options.fast) return FAST_PATIENCE_MS;
    // Without a recorded answer the client is as patient as it was: up to what it did next.
    const sinceNs = tries[this.#sent - 1]?.timeNs ?? 0n;
    const recorded = Number((again ?? next)?.timeNs ?? sinceNs) - Number(sinceNs);
    const most = again === undefined ? options.patience : options.longestPause;
    return Math.min(most, Math.max(0, recorded / 1e6));
  }

  #end(now: number): void {
    const got = this.#got.all;
    const frames = got.map(({ answer }) => answer.frame);
    const { describe, compare, learn } = this.#question;
    const first = this.#pairs.recorded[0]?.answer;
    if (first === undefined) {
      const silent = got.length === 0;
      const note = silent ? 'nobody answered, then or now' : whyUnanswered(this.#step, this.#actor.script);
      this.#over({ verdict: silent ? 'same' : 'got', frames, note }, now);
      return;
    }
    if (got.length === 0) {
      const tries = this.#sent === 1 ? '' : ` ${triesOf(this.#sent)}, the last`;
      const had = `the recording had ${describe(first)} in frame ${first.frame}`;
      const note = `nobody answered${tries} within ${this.#actor.options.patience / 1000} s; ${had}`;
      this.#over({ verdict: 'missing', note }, now);
      return;
    }
    for (const [recorded, answer] of this.#pairs.pairAnyhow(got)) learn(recorded, answer);
    const differences: Difference[] = [];
    const extra: A[] = [];
    for (const one of got) {
      const recorded = this.#pairs.partnerOf(one);
      if (recorded === undefined) extra.push(one.answer);
      else differences.push(...compare(recorded.answer, one.answer));
    }
    for (const { answer } of this.#pairs.missing) {
      const recorded = `${describe(answer)} in frame ${answer.frame}`;
      differences.push({ field: 'answer', recorded, got: undefined });
    }
    const retried = this.#sent > 1 ? { note: `answered after ${triesOf(this.#sent)}` } : {};
    const verdict = differences.length === 0 ? 'same' : 'differs';
    this.#over({ verdict, frames, differences, ...retried }, now);
    for (const one of extra) this.#tellExtra(one, NOBODY_LIKE_IT, now);
  }

  /** A server may answer each try; the recorded one may have said the same more often. */
  #tellTooMany(got: ServersAnswer<A>, now: number): void {
    const { answer, frames } = got;
    const recorded = this.#pairs.partnerOf(got)?.frames.length ?? 0;
    if (frames.length <= Math.max(this.#sent, recorded)) return;
    const note = `said ${frames.length} times to ${triesOf(this.#sent)}: #${frames.join(' #')}`;
    this.#tellExtra({ ...answer, frame: frames.at(-1) ?? answer.frame }, note, now);
  }

  #tellExtra(got: A, note: string, now: number): void {
    const { protocol, describe, answers } = this.#question;
    const what = `${protocol} ${describe(got)} from ${got.server}`;
    const recorded = answers.map(({ frame }) => frame);
    this.#actor.extra({ what, verdict: 'extra', answers: recorded, frames: [got.frame], note }, now);
  }

  #over(outcome: Omit<Outcome, 'what' | 'answers'>, now: number): void {
    const { protocol, title, answers, atEnd } = this.#question;
    const what = `${protocol} ${title}`;
    atEnd?.();
    // Nobody answered then: the last try is where the recorded pause begins.
    const waited = this.#pairs.recorded.length === 0 && this.#sent > 0 ? { since: this.#sentAt } : {};
    this.#actor.over({ what, answers: answers.map(({ frame }) => frame), ...waited, ...outcome }, now);
  }
}

const NOBODY_LIKE_IT = 'nobody like it answered in the recording';

const triesOf = (count: number): string => (count === 1 ? '1 try' : `${count} tries`);
