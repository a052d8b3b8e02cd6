/** An answer to a question that several servers may answer. */
export type Answer = {
  readonly frame: number;
  /** Answers of one kind may stand for each other. */
  readonly kind: string;
  /** Who says that it is the server. */
  readonly server: string;
};

/** What one server said, and how many times: each try may bring it again. */
export type ServersAnswer<A extends Answer> = { readonly answer: A; readonly frames: number[] };

/** The same said twice by one server is one answer. */
export class AnswerList<A extends Answer> {
  readonly all: ServersAnswer<A>[] = [];

  /** The answer as it is known, with the frames of all its copies. */
  add(answer: A): ServersAnswer<A> {
    const known = this.all.find(
      ({ answer: one }) => one.kind === answer.kind && one.server === answer.server,
    );
    if (known !== undefined) {
      known.frames.push(answer.frame);
      return known;
    }
    const first = { answer, frames: [answer.frame] };
    this.all.push(first);
    return first;
  }
}

/** Which recorded answer stands for which of now. */
export class AnswerPairs<A extends Answer> {
  readonly recorded: readonly ServersAnswer<A>[];
  readonly #pairs = new Map<ServersAnswer<A>, ServersAnswer<A>>();

  constructor(recorded: readonly A[]) {
    const list = new AnswerList<A>();
    for (const answer of recorded) list.add(answer);
    this.recorded = list.all;
  }

  /** Every recorded answer has its counterpart. */
  get complete(): boolean {
    return this.#pairs.size === this.recorded.length;
  }

  partnerOf(got: ServersAnswer<A>): ServersAnswer<A> | undefined {
    return this.#pairs.get(got);
  }

  /** Recorded answers that nobody gave now. */
  get missing(): readonly ServersAnswer<A>[] {
    const found = new Set(this.#pairs.values());
    return this.recorded.filter((one) => !found.has(one));
  }

  /** Pairs an answer with what it plainly stands for: the same kind, and the same server's where there are several. */
  pair(got: ServersAnswer<A>, isSameServer: (recorded: A, got: A) => boolean): ServersAnswer<A> | undefined {
    const alike = this.missing.filter(({ answer }) => answer.kind === got.answer.kind);
    const same = alike.find(({ answer }) => isSameServer(answer, got.answer)) ?? alike[0];
    if (same !== undefined) this.#pairs.set(got, same);
    return same;
  }

  /** The time is over: whatever came without a counterpart stands for what is missing, in order. */
  pairAnyhow(got: readonly ServersAnswer<A>[]): readonly (readonly [A, A])[] {
    const made: [A, A][] = [];
    for (const one of got) {
      const [recorded] = this.missing;
      if (recorded === undefined || this.#pairs.has(one)) continue;
      this.#pairs.set(one, recorded);
      made.push([recorded.answer, one.answer]);
    }
    return made;
  }
}
