import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';

export interface UdpSocket extends AsyncDisposable {
  readonly port: number;
  /** Failures to send are the network's: a datagram may be lost. */
  readonly send: (bytes: Uint8Array, port: number, address: string) => void;
}

export type Peer = { readonly address: string; readonly port: number };

export function peerKey({ address, port }: Peer): string {
  return `${address}:${port}`;
}

export type UdpHandler = (bytes: Uint8Array, from: Peer) => void;

/** Room for the requests of some thousand clients that are switched on together. The kernel gives as much of it as it may. */
const RECEIVE_OCTETS = 4 * 1024 * 1024;

/**
 * A bound UDP socket; port 0 lets the kernel choose. `fd` takes over a descriptor that is bound already.
 * Throws what `bind` says (EADDRINUSE, EACCES, EADDRNOTAVAIL).
 */
export async function openUdp(
  where: { readonly address: string; readonly port: number } | { readonly fd: number },
  onDatagram: UdpHandler,
): Promise<UdpSocket> {
  const socket = createSocket('udp4');
  const bound = once(socket, 'listening');
  try {
    if ('fd' in where) socket.bind({ fd: where.fd });
    else socket.bind({ ...where, exclusive: true });
    await bound;
  } catch (error) {
    socket.close();
    throw error;
  }
  socket.setRecvBufferSize(RECEIVE_OCTETS);
  // ICMP errors of earlier datagrams arrive here: they are the peers' affair.
  socket.on('error', () => undefined);
  socket.on('message', (bytes: Buffer, { address, port }: RemoteInfo) =>
    onDatagram(bytes, { address, port }),
  );
  let open = true;
  let sending = 0;
  let drained: (() => void) | undefined;
  const sent = (): void => {
    sending--;
    if (sending === 0) drained?.();
  };
  return {
    port: socket.address().port,
    send: (bytes, port, address) => {
      // Port 0 is what a forged datagram may come from: dgram throws for it.
      if (!open || port === 0) return;
      sending++;
      socket.send(bytes, port, address, sent);
    },
    [Symbol.asyncDispose]: async () => {
      if (!open) return;
      open = false;
      // dgram sends a tick later, and drops what a closed socket has not sent.
      if (sending > 0) await new Promise<void>((resolve) => (drained = resolve));
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    },
  };
}
