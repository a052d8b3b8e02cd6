import { boundSocket } from '../../os/inet-socket.ts';
import { setsockopt } from '../../os/libc.ts';
import { int } from '../../os/native.ts';
import type { DhcpOutput } from '../dhcp/dhcp-io.ts';
import { type DatagramSocket, datagramSocket } from './datagram-socket.ts';
import { type LinkSender, openLinkSender } from './link-sender.ts';
import type { OwnInterface } from './own-interface.ts';
import { socketError } from './server-error.ts';

export const DHCP_SERVER_PORT = 67;
const SOL_SOCKET = 1;
const SO_SNDBUF = 7;
const SO_RCVBUF = 8;
const SO_SNDBUFFORCE = 32;
const SO_RCVBUFFORCE = 33;
/** A thousand machines that are switched on together send their DISCOVERs within a second or two. */
const BUFFER = int(4 * 1024 * 1024);

/** One interface that DHCP is served on: datagrams in and out, and frames to clients without an address. */
export interface DhcpWire extends AsyncDisposable {
  readonly socket: DatagramSocket;
  readonly link: LinkSender;
}

/** Throws ServerError: SERVER_PORT_TAKEN, SERVER_NO_RIGHT. */
export async function openDhcpWire(
  { name, mac, address }: OwnInterface,
  on: Parameters<typeof datagramSocket>[1],
): Promise<DhcpWire> {
  await using undo = new AsyncDisposableStack();
  try {
    const link = undo.use(
      openLinkSender({ interfaceName: name, mac, address, port: DHCP_SERVER_PORT }, ({ message }) =>
        on.onFailure(message),
      ),
    );
    const socket = undo.use(datagramSocket(socketOn(name), on));
    const owned = undo.move();
    return { socket, link, [Symbol.asyncDispose]: () => owned.disposeAsync() };
  } catch (error) {
    throw socketError(`DHCP on ${name}, port ${DHCP_SERVER_PORT}`, error);
  }
}

/** With the next flush. By route, or straight to the client's hardware address (Destination). */
export function sendOnWire(
  { socket, link }: DhcpWire,
  { to, bytes }: Extract<DhcpOutput, { kind: 'send' }>,
): void {
  if (to.kind === 'routed') socket.send(bytes, to.port, to.address);
  else link.send({ mac: to.mac, address: to.address, port: to.port, payload: bytes });
}

/** Bound to every address, since broadcasts come to none of ours; but to one interface. */
function socketOn(interfaceName: string): number {
  const fd = boundSocket('udp', '0.0.0.0', DHCP_SERVER_PORT, interfaceName);
  // Beyond the system's limit if we may, else up to it.
  for (const [forced, limited] of [
    [SO_RCVBUFFORCE, SO_RCVBUF],
    [SO_SNDBUFFORCE, SO_SNDBUF],
  ] as const) {
    if (setsockopt(fd, SOL_SOCKET, forced, BUFFER, BUFFER.length) < 0) {
      setsockopt(fd, SOL_SOCKET, limited, BUFFER, BUFFER.length);
    }
  }
  return fd;
}
