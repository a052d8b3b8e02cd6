import type { Paint } from '../report/terminal.ts';

/** What a command may touch of the world: everything else comes in as arguments. */
export type Io = {
  /** Results: what a pipe is for. */
  readonly out: (text: string) => void;
  /** Resolves when whoever reads `out` has taken what was written so far: what was not is in memory. */
  readonly drained: () => Promise<void>;
  /**
   * `out` and `drained` for whoever must not be held up: a terminal that is stopped (Ctrl-S) stops those who write to it
   * by `out`.
   */
  readonly patient: () => Pick<Io, 'out' | 'drained'>;
  /** Progress, remarks and errors. */
  readonly err: (text: string) => void;
  /** For `out`. Colours only where it is a terminal. */
  readonly paint: Paint;
  /** For `err`. */
  readonly paintErr: Paint;
  /** Columns of the terminal, or 120. */
  readonly width: number;
  /** `out` is a terminal: what is longer than a line is wrapped. */
  readonly wraps: boolean;
  /** `err` is a terminal: a line may be written over. */
  readonly interactive: boolean;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
};

/** 0 all passed, 1 the thing under test failed, 2 wrong usage or configuration, 3 the bench itself failed. */
export const EXIT = { ok: 0, failed: 1, usage: 2, bench: 3, interrupted: 130 } as const;
export type ExitStatus = (typeof EXIT)[keyof typeof EXIT];

export type Command = {
  /** Usage, options and examples, as `--help` prints them. */
  readonly help: string;
  readonly run: (argv: readonly string[], io: Io) => Promise<ExitStatus>;
};

/** Wrong words on the command line. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly hint: string | undefined;

  constructor(message: string, hint?: string, cause?: unknown) {
    super(message, { cause });
    this.hint = hint;
  }
}
