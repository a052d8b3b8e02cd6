/** A file on its way to a client. */
export type HttpTransfer = {
  /** Address and port. */
  readonly client: string;
  /** The target of the request, as it came. */
  readonly path: string;
  /** Of the body, so far. */
  readonly octets: number;
  /** Of the whole body. */
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly since: number;
};
