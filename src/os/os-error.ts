import { constants } from 'node:os';

export type OsErrorCode = 'OS_CALL_FAILED' | 'OS_NO_SUCH_INTERFACE' | 'OS_BAD_ARGUMENT' | 'OS_CLOSED';

const ERRNO_NAMES = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name]));

/**
 * A system call that failed.
 *
 * `call` is the call as written, with the arguments that matter: `setns(/run/netns/pxe)`; `errno` is the symbolic
 * name (`EPERM`), undefined where no call was made.
 */
export class OsError extends Error {
  override readonly name = 'OsError';
  readonly code: OsErrorCode;
  readonly call: string;
  readonly errno: string | undefined;
  readonly hint: string | undefined;

  constructor(code: OsErrorCode, call: string, problem: string, errno?: string) {
    super(`${call}: ${problem}`);
    this.code = code;
    this.call = call;
    this.errno = errno;
    this.hint = HINTS[errno ?? ''];
  }
}

const HINTS: Readonly<Record<string, string>> = {
  EPERM: 'it needs the right to administer this network (root, or a user namespace of its own)',
  ENETDOWN: 'the interface is there but down',
};

/** `errno` is the number that the call left behind. */
export function callFailed(call: string, errno: number): OsError {
  const name = ERRNO_NAMES.get(errno) ?? `errno ${errno}`;
  return new OsError('OS_CALL_FAILED', call, `failed with ${name}`, name);
}
