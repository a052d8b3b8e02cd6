export type ReplayErrorCode = 'REPLAY_NOT_KEPT' | 'REPLAY_FAULT_MISSING' | 'REPLAY_FRAMES_LOST';

/** What the bench itself could not do. */
export class ReplayError extends Error {
  override readonly name = 'ReplayError';
  readonly code: ReplayErrorCode;
  readonly hint: string | undefined;

  constructor(code: ReplayErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
  }
}
