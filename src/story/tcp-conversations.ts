import type { Tcp } from '../wire/tcp.ts';
import { BoundedMap } from './bounded-map.ts';
import type { ClientBook } from './client-book.ts';
import { Flows } from './flows.ts';
import type { Side } from './http-exchanges.ts';
import type { Packet } from './packet.ts';
import { TcpConversation } from './tcp-conversation.ts';

/** Connections that may be open at once. */
const OPEN_CONNECTIONS = 4_000;
/** Closed ones that are remembered: last segments are repeated, and must not look like another connection. */
const CLOSED_CONNECTIONS = 4_000;
/** Octets over all connections that may wait for earlier ones. */
const HELD_OCTETS = 16 * 1024 * 1024;

/** All TCP connections of a capture, told in the story of whoever opened them. */
export class TcpConversations {
  readonly #book: ClientBook;
  readonly #flows = new Flows();
  /** By client and server. */
  readonly #open = new BoundedMap<string, TcpConversation>(OPEN_CONNECTIONS, (forgotten) =>
    this.#end(forgotten),
  );
  /** The sequence number that the client's SYN had, as far as it was seen. */
  readonly #closed = new BoundedMap<string, number | undefined>(CLOSED_CONNECTIONS);
  #heldOctets = 0;

  constructor(book: ClientBook) {
    this.#book = book;
  }

  hear(packet: Packet, tcp: Tcp, missing: number): void {
    const flow = this.#flows.of(packet.source, tcp.sourcePort, packet.destination, tcp.destinationPort);
    const { source, destination, key: sent, reversedKey: received } = flow;
    const fromClient = this.#knows(sent);
    const fromServer = !fromClient && this.#knows(received);
    const from: Side = fromClient || (!fromServer && isFromClient(tcp)) ? 'client' : 'server';
    const id = from === 'client' ? sent : received;
    if (this.#isRepeated(id, from, tcp)) return;
    const seen = { frame: packet.frame.number, timeNs: packet.frame.timeNs };

    let connection = this.#open.get(id);
    if (connection?.isAnotherConnection(from, tcp) === true) {
      this.#end(connection);
      connection = undefined;
    }
    if (connection === undefined) {
      const [client, server] = from === 'client' ? [source, destination] : [destination, source];
      const mac = from === 'client' ? packet.sourceMac : packet.destinationMac;
      const draft = this.#book.findOrBegin(client.ip, mac);
      if (draft === undefined) return;
      connection = new TcpConversation(draft, client, server, seen);
      this.#open.set(id, connection);
    }
    const held = connection.heldOctets;
    connection.hear(from, tcp, missing, seen);
    this.#heldOctets += connection.heldOctets - held;
    if (connection.isOver) {
      this.#end(connection);
      this.#open.delete(id);
      this.#closed.delete(id);
      this.#closed.set(id, connection.clientSeq);
    } else if (this.#heldOctets > HELD_OCTETS) {
      this.#heldOctets -= connection.heldOctets;
      connection.giveUpHoles();
    }
  }

  finish(): void {
    for (const connection of this.#open.values()) this.#end(connection);
    this.#open.clear();
  }

  #end(connection: TcpConversation): void {
    this.#heldOctets -= connection.heldOctets;
    connection.finish();
  }

  #knows(id: string): boolean {
    return this.#open.has(id) || this.#closed.has(id);
  }

  /** A segment of a connection that is over; all but a SYN that opens another one on the same ports. */
  #isRepeated(id: string, from: Side, { flags, seq }: Tcp): boolean {
    if (!this.#closed.has(id) || this.#open.has(id)) return false;
    return from === 'server' || !flags.syn || seq === this.#closed.get(id);
  }
}

/** Who opened it: the SYN tells; where the capture begins later, the port that is the service's. */
function isFromClient({ flags, sourcePort, destinationPort }: Tcp): boolean {
  if (flags.syn) return !flags.ack;
  return destinationPort < sourcePort;
}
