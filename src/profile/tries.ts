import type { At, Tried } from './habit.ts';

/** Tries of one thing that are kept: nobody goes on longer, and a capture may. */
const TRIES = 64;
const NS_PER_SECOND = 1e9;

export function tryAgain(tried: Tried, at: At): void {
  if (tried.tries.length < TRIES) tried.tries.push(at);
}

type RetryFacts = {
  /** The most it took to be answered, or that were seen before the capture ended. */
  tries?: number;
  /** The most that were sent where nothing came of it and the client went on. */
  'gives-up-after'?: number;
  /** Of the longest row. */
  'intervals-seconds': number[];
};

/** `lastNs`: when the client was last heard of. Who never spoke again did not give up: the capture may have ended. */
export function retryFacts(many: readonly Tried[], lastNs: bigint): RetryFacts {
  const gaveUp = many.filter(
    ({ answeredNs, tries }) => answeredNs === undefined && (tries.at(-1)?.timeNs ?? lastNs) < lastNs,
  );
  const others = many.filter((tried) => !gaveUp.includes(tried));
  const longest = many.reduce((a, { tries }) => (tries.length > a.length ? tries : a), [] as readonly At[]);
  return {
    ...(others.length > 0 ? { tries: most(others) } : {}),
    ...(gaveUp.length > 0 ? { 'gives-up-after': most(gaveUp) } : {}),
    'intervals-seconds': intervalsOf(longest),
  };
}

function most(many: readonly Tried[]): number {
  return Math.max(...many.map(({ tries }) => tries.length));
}

function intervalsOf(tries: readonly Pick<At, 'timeNs'>[]): number[] {
  return tries.slice(1).map(({ timeNs }, i) => seconds((tries[i] as At).timeNs, timeNs));
}

/** Two digits: what is below is the load of the machine that captured. */
export function seconds(from: bigint, to: bigint): number {
  return Math.round((Number(to - from) / NS_PER_SECOND) * 100) / 100;
}

export function framesOf(many: readonly Tried[]): readonly number[] {
  return many.flatMap(({ tries }) => tries.map(({ frame }) => frame));
}
