import { closeSync } from 'node:fs';
import { boundSocket } from '../../os/inet-socket.ts';
import { checked, setsockopt } from '../../os/libc.ts';

const SOL_SOCKET = 1;
const SO_BINDTODEVICE = 25;

/**
 * A UDP socket that hears everything, broadcasts too, that comes to a port of one interface, and nothing from another one.
 * Throws OsError (EADDRINUSE, EACCES, EPERM without CAP_NET_RAW).
 */
export function udpSocketOn(interfaceName: string, port: number): number {
  const fd = boundSocket('udp', '0.0.0.0', port);
  try {
    const name = Buffer.from(`${interfaceName}\0`);
    const call = `setsockopt(SO_BINDTODEVICE, ${interfaceName})`;
    checked(call, setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, name.length));
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}
