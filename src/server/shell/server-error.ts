export type ServerErrorCode =
  | 'SERVER_PORT_TAKEN'
  | 'SERVER_NO_RIGHT'
  | 'SERVER_NO_INTERFACE'
  | 'SERVER_NO_FOLDER'
  | 'SERVER_LEASES_IN_USE'
  | 'SERVER_LEASES_UNUSABLE'
  | 'SERVER_NEEDS_RESTART'
  | 'SERVER_START_FAILED';

/**
 * A server that cannot start, or cannot go on with another configuration.
 *
 * - `SERVER_PORT_TAKEN`: something else serves there already.
 * - `SERVER_NO_RIGHT`: ports below 1024 and raw frames need root or capabilities.
 * - `SERVER_NO_INTERFACE`: no interface of this machine has the address of the configuration.
 * - `SERVER_NO_FOLDER`: the folder of files is not there, or is no folder.
 * - `SERVER_LEASES_IN_USE`: another server has the file of leases open.
 * - `SERVER_LEASES_UNUSABLE`: the file of leases is another program's, another version's, damaged, or not to be opened.
 * - `SERVER_NEEDS_RESTART`: a running server cannot change where it listens.
 * - `SERVER_START_FAILED`: anything else; the cause says what.
 */
export class ServerError extends Error {
  override readonly name = 'ServerError';
  readonly code: ServerErrorCode;
  readonly hint: string;

  constructor(code: ServerErrorCode, message: string, hint: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
    this.hint = hint;
  }
}

/** The error of a socket that could not be opened, in the operator's words. `what`: `DHCP on 10.188.0.10:67`. */
export function socketError(what: string, cause: unknown): ServerError {
  const found = cause as { readonly errno?: unknown; readonly code?: unknown };
  switch (typeof found.errno === 'string' ? found.errno : found.code) {
    case 'EADDRINUSE':
      return new ServerError(
        'SERVER_PORT_TAKEN',
        `${what}: the port is taken`,
        'stop what serves there; `ss -lunpt` says what it is',
        cause,
      );
    case 'EACCES':
    case 'EPERM':
      return new ServerError(
        'SERVER_NO_RIGHT',
        `${what}: not permitted`,
        'run it as root, or with the capabilities CAP_NET_BIND_SERVICE and CAP_NET_RAW',
        cause,
      );
    case 'EADDRNOTAVAIL':
    case 'ENODEV':
    case 'OS_NO_SUCH_INTERFACE':
      return new ServerError(
        'SERVER_NO_INTERFACE',
        `${what}: no interface has that address`,
        '`ip addr` shows which there are; "address" in the configuration must be one of them',
        cause,
      );
    default:
      return new ServerError(
        'SERVER_START_FAILED',
        `${what}: ${cause instanceof Error ? cause.message : String(cause)}`,
        'the cause above comes from the operating system',
        cause,
      );
  }
}
