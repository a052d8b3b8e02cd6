import { type Peer, peerKey, type UdpHandler, type UdpSocket } from './udp-socket.ts';

/** One port for a service and for its transfers, whose datagrams are told apart by who sent them. */
export class SharedPort {
  readonly #transfers = new Map<string, UdpHandler>();

  /** Of the transfer with that peer. */
  handlerOf(peer: Peer): UdpHandler | undefined {
    return this.#transfers.get(peerKey(peer));
  }

  /** The port as one transfer sees it, until it closes it. */
  share(socket: UdpSocket, peer: Peer, onDatagram: UdpHandler): UdpSocket {
    const key = peerKey(peer);
    this.#transfers.set(key, onDatagram);
    return {
      port: socket.port,
      send: socket.send,
      [Symbol.asyncDispose]: async () => {
        if (this.#transfers.get(key) === onDatagram) this.#transfers.delete(key);
      },
    };
  }
}
