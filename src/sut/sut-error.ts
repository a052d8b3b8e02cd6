export type SutErrorCode =
  | 'SUT_MISSING'
  | 'SUT_NOT_PREPARED'
  | 'SUT_NO_IMAGE'
  | 'SUT_START_FAILED'
  | 'SUT_NOT_READY'
  | 'SUT_EXITED';

/**
 * A server under test that cannot be started: a fault of the bench or of the machine, never a verdict on the server.
 *
 * - `SUT_MISSING`: a command or a file of a package is not on this machine.
 * - `SUT_NOT_PREPARED`: a command of `prepare` failed; its last words are in the message.
 * - `SUT_NO_IMAGE`: the image of a container is not to be had.
 * - `SUT_START_FAILED`: a process could not be started at all.
 * - `SUT_EXITED`: a process ended before it served; its last words are in the message.
 * - `SUT_NOT_READY`: it runs, but what `ready` waits for did not come.
 */
export class SutError extends Error {
  override readonly name = 'SutError';
  readonly code: SutErrorCode;
  readonly hint: string | undefined;

  constructor(code: SutErrorCode, message: string, hint?: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
    this.hint = hint;
  }
}
