/** How long an HTTP client may take, and how many connections there may be (clause SEC-014). */
export type HttpLimits = {
  readonly maxConnections: number;
  readonly maxConnectionsPerClient: number;
  /** For a whole head, from its first octet on; the first one, and a TLS handshake, from the connection on. */
  readonly headMs: number;
  /** Between two requests: iPXE keeps its connection for the next file, and a person may look at a menu in between. */
  readonly idleMs: number;
  /** Without a single octet taken: a slow client is not cut off (HTTP-018), a dead one is. */
  readonly stallMs: number;
  /** For the client to read the last answer and close. */
  readonly lingerMs: number;
};

export const HTTP_LIMITS: HttpLimits = {
  maxConnections: 4096,
  maxConnectionsPerClient: 128,
  headMs: 10_000,
  idleMs: 60_000,
  stallMs: 60_000,
  lingerMs: 2_000,
};
