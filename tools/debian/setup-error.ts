export type SetupErrorCode =
  | 'SETUP_BRINGS_SERVICE'
  | 'SETUP_REMOVES'
  | 'SETUP_NEEDS_ROOT'
  | 'SETUP_APT'
  | 'SETUP_MISSING'
  | 'SETUP_UNREADABLE';

/**
 * Why set-up stopped.
 *
 * - `SETUP_BRINGS_SERVICE`: a package that would be installed could start something by itself.
 * - `SETUP_REMOVES`: apt would remove packages of the machine.
 * - `SETUP_NEEDS_ROOT`: packages are to be installed, and nobody here may.
 * - `SETUP_APT`: apt or dpkg failed.
 * - `SETUP_MISSING`: all is installed, and yet a command or file that a package should bring is not there.
 * - `SETUP_UNREADABLE`: a tool wrote something else than it is known to write.
 */
export class SetupError extends Error {
  override readonly name = 'SetupError';
  readonly code: SetupErrorCode;
  /** What to do about it. */
  readonly hint: string;

  constructor(code: SetupErrorCode, message: string, hint: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
    this.hint = hint;
  }
}
