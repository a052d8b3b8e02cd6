/** What every measure gets. */
export type BenchDeps = {
  readonly signal: AbortSignal;
  /** What is going on now, in a few words: measures take minutes. */
  readonly progress: (text: string) => void;
  /** A folder that is removed in the end. */
  readonly folder: string;
  /** Pairs of boots that are compared, for each firmware. */
  readonly pairs: number;
};

/** What a measure found. */
export type Measured = {
  /** For --json. */
  readonly document: Readonly<Record<string, unknown>>;
  /** For people. */
  readonly lines: readonly string[];
};

export type Measure = {
  readonly name: string;
  readonly title: string;
  readonly run: (deps: BenchDeps) => Promise<Measured>;
};

/** The measure says nothing, because what was to be measured did not happen. */
export class BenchError extends Error {
  override readonly name = 'BenchError';
}
