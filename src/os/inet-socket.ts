import { closeSync } from 'node:fs';
import { bind, checked, listen, setsockopt, socket } from './libc.ts';
import { LITTLE_ENDIAN } from './native.ts';
import { OsError } from './os-error.ts';

const AF_INET = 2;
const SOCK_TYPE = { udp: 2, tcp: 1 } as const;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_BINDTODEVICE = 25;
const BACKLOG = 128;

/**
 * A bound IPv4 socket (listening, if TCP) of the thread's network namespace, as a descriptor that Node takes:
 * `dgram` by `bind({ fd })` (it is listening at once: no event to wait for), `net` by `listen({ fd })`. Node's own sockets are made later, on the event loop, when the
 * thread is elsewhere again. Throws OsError (EADDRINUSE, EADDRNOTAVAIL, EACCES).
 *
 * `interfaceName`: hears and sends through this interface only. It is bound to that first, so that each interface may have a
 * socket at the same port (EPERM without CAP_NET_RAW, ENODEV).
 */
export function boundSocket(
  kind: 'udp' | 'tcp',
  address: string,
  port: number,
  interfaceName?: string,
): number {
  const fd = checked(`socket(AF_INET, ${kind})`, socket(AF_INET, SOCK_TYPE[kind] | SOCK_CLOEXEC, 0));
  try {
    if (interfaceName !== undefined) {
      const name = Buffer.from(`${interfaceName}\0`);
      const call = `setsockopt(SO_BINDTODEVICE, ${interfaceName})`;
      checked(call, setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, name.length));
    }
    const where = inetAddress(address, port);
    checked(`bind(${kind} ${address}:${port})`, bind(fd, where, where.length));
    if (kind === 'tcp') checked(`listen(${address}:${port})`, listen(fd, BACKLOG));
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** struct sockaddr_in. Throws OsError for what is no dotted quad. */
export function inetAddress(address: string, port: number): Uint8Array {
  const octets = address.split('.').map(Number);
  if (octets.length !== 4 || octets.some((octet) => !(octet >= 0 && octet <= 255))) {
    throw new OsError(
      'OS_BAD_ARGUMENT',
      `bind(${address}:${port})`,
      `wanted a dotted quad, got "${address}"`,
    );
  }
  const view = new DataView(new ArrayBuffer(16));
  view.setUint16(0, AF_INET, LITTLE_ENDIAN);
  view.setUint16(2, port);
  for (const [at, octet] of octets.entries()) view.setUint8(4 + at, octet);
  return new Uint8Array(view.buffer);
}
