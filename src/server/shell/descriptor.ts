import type { Server, Socket } from 'node:net';

/** Node tells nobody a socket's descriptor but its own handle. Undefined: it is closed, or has none. */
export function descriptorOf(socket: Socket | Server): number | undefined {
  const { _handle: handle } = socket as { readonly _handle?: { readonly fd?: unknown } | null };
  return typeof handle?.fd === 'number' && handle.fd >= 0 ? handle.fd : undefined;
}
