export type LabErrorCode =
  | 'LAB_BAD_SPEC'
  | 'LAB_MISSING_COMMAND'
  | 'LAB_NO_RIGHTS'
  | 'LAB_NO_TUN'
  | 'LAB_COMMAND_FAILED'
  | 'LAB_NO_SUCH_HOST'
  | 'LAB_NO_SUCH_PORT'
  | 'LAB_BAD_FRAME'
  | 'LAB_PROCESS_ENDED'
  | 'LAB_AGENT_DIED'
  | 'LAB_ENDED'
  | 'LAB_TIMEOUT';

export type LabErrorOptions = {
  /** What to do about it. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
  /** The command that failed, where one did. */
  readonly argv?: readonly string[] | undefined;
  readonly exitStatus?: number | null | undefined;
  readonly stderr?: string | undefined;
};

/**
 * The bench's own network broke, or could not be made. Never a verdict on what is tested.
 *
 * - `LAB_BAD_SPEC`: the description of the lab contradicts itself or uses a name that cannot be.
 * - `LAB_MISSING_COMMAND`, `LAB_NO_RIGHTS`, `LAB_NO_TUN`: this machine lacks something; the hint mends it.
 * - `LAB_COMMAND_FAILED`: a command ended with another status than 0 (`argv`, `exitStatus`, `stderr`).
 * - `LAB_NO_SUCH_HOST`, `LAB_NO_SUCH_PORT`: this lab has none of that name.
 * - `LAB_BAD_FRAME`: no network card could send it.
 * - `LAB_PROCESS_ENDED`: a process ended that was to become ready.
 * - `LAB_AGENT_DIED`, `LAB_ENDED`: the agent (capture, DNS) or the lab's first process ended on its own.
 * - `LAB_TIMEOUT`: something awaited did not come; the message says what, how long, and what was seen last.
 */
export class LabError extends Error {
  override readonly name = 'LabError';
  readonly code: LabErrorCode;
  readonly hint: string | undefined;
  readonly argv: readonly string[] | undefined;
  readonly exitStatus: number | null | undefined;
  readonly stderr: string | undefined;

  constructor(code: LabErrorCode, message: string, options: LabErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.argv = options.argv;
    this.exitStatus = options.exitStatus;
    this.stderr = options.stderr;
  }
}
