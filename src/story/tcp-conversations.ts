import type { Tcp } from '../wire/tcp.ts';
import { BoundedMap } from './bounded-map.ts';
import type { ClientBook } from './client-book.ts';
import type { Endpoint } from './event.ts';
import type { Side } from './http-exchanges.ts';
import type { Packet } from './packet.ts';
import { TcpConversation } from './tcp-conversation.ts';

/** Connections that may be open at once. */
const OPEN_CONNECTIONS = 20_000;

/** All TCP connections of a capture, told in the story of whoever opened them. */
export class TcpConversations {
  readonly #book: ClientBook;
  /** By client and server. */
  readonly #open = new BoundedMap<string, TcpConversation>(OPEN_CONNECTIONS, (forgotten) =>
    forgotten.finish(),
  );

  constructor(book: ClientBook) {
    this.#book = book;
  }

  hear(packet: Packet, tcp: Tcp, missing: number): void {
    const source: Endpoint = { ip: packet.source, port: tcp.sourcePort };
    const destination: Endpoint = { ip: packet.destination, port: tcp.destinationPort };
    const fromClient = this.#open.has(key(source, destination));
    const fromServer = !fromClient && this.#open.has(key(destination, source));
    const from: Side = fromClient || (!fromServer && isFromClient(tcp)) ? 'client' : 'server';
    const [client, server] = from === 'client' ? [source, destination] : [destination, source];
    const id = key(client, server);
    const seen = { frame: packet.frame.number, timeNs: packet.frame.timeNs };

    let connection = this.#open.get(id);
    if (connection?.isAnotherConnection(from, tcp) === true) {
      connection.finish();
      connection = undefined;
    }
    if (connection === undefined) {
      const mac = from === 'client' ? packet.sourceMac : packet.destinationMac;
      const draft = this.#book.findOrBegin(client.ip, mac);
      if (draft === undefined) return;
      connection = new TcpConversation(draft, client, server, seen);
      this.#open.set(id, connection);
    }
    connection.hear(from, tcp, missing, seen);
  }

  finish(): void {
    for (const connection of this.#open.values()) connection.finish();
    this.#open.clear();
  }
}

/** Who opened it: the SYN tells; where the capture begins later, the port that is the service's. */
function isFromClient({ flags, sourcePort, destinationPort }: Tcp): boolean {
  if (flags.syn) return !flags.ack;
  return destinationPort < sourcePort;
}

function key(client: Endpoint, server: Endpoint): string {
  return `${client.ip} ${client.port} ${server.ip} ${server.port}`;
}
