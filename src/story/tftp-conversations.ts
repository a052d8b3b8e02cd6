import { parseTftp } from '../wire/tftp.ts';
import type { Udp } from '../wire/udp.ts';
import { BoundedMap } from './bounded-map.ts';
import type { CaptureTally } from './capture-tally.ts';
import type { ClientBook } from './client-book.ts';
import { type Flow, Flows } from './flows.ts';
import type { Packet } from './packet.ts';
import { readTftp } from './read-tftp.ts';
import { type Datagram, TftpConversation } from './tftp-conversation.ts';

const TFTP_PORT = 69;
/** Transfers that may be open at once. */
const OPEN_TRANSFERS = 4_000;
/** A transfer nobody spoke in for so long is over; its client may use the same port again. */
const FORGOTTEN_NS = 120n * 1_000_000_000n;

/** All TFTP transfers of a capture. A datagram belongs to one by the client's address and port (its transfer id, RFC 1350 §4). */
export class TftpConversations {
  readonly #book: ClientBook;
  readonly #tally: CaptureTally;
  readonly #flows = new Flows();
  readonly #open = new BoundedMap<string, TftpConversation>(OPEN_TRANSFERS, (forgotten) =>
    forgotten.finish(),
  );

  constructor(book: ClientBook, tally: CaptureTally) {
    this.#book = book;
    this.#tally = tally;
  }

  hear(packet: Packet, udp: Udp): void {
    const flow = this.#flows.of(packet.source, udp.sourcePort, packet.destination, udp.destinationPort);
    if (udp.destinationPort === TFTP_PORT) {
      this.#request(packet, udp, flow);
      return;
    }
    const { number: frame, timeNs } = packet.frame;
    const { payload: bytes, missing } = udp;
    if (this.#open.has(flow.sourceKey)) {
      const peer = flow.destination;
      this.#pass(flow.sourceKey, { bytes, missing, frame, timeNs, from: 'client', peer });
    } else {
      const peer = flow.source;
      this.#pass(flow.destinationKey, { bytes, missing, frame, timeNs, from: 'server', peer });
    }
  }

  /** To the transfer of that client's port, if there is one. One that is over is not open any more. */
  #pass(id: string, datagram: Datagram): void {
    const transfer = this.#open.get(id);
    transfer?.hear(datagram);
    if (transfer !== undefined && transfer.outcome !== 'in-progress') this.#open.delete(id);
  }

  #request(packet: Packet, udp: Udp, flow: Flow): void {
    const { source: client, destination: server, sourceKey: key } = flow;
    const { number: frame, timeNs } = packet.frame;
    const request = readTftp(udp.payload, udp.missing);
    if (request === undefined) {
      this.#unreadable(packet, udp);
      return;
    }
    const open = this.#open.get(key);
    if (request.kind !== 'rrq' && request.kind !== 'wrq') {
      // A server that answers from port 69 itself (dnsmasq --tftp-single-port): the client's packets come here too.
      const heard = { bytes: udp.payload, missing: udp.missing, frame, timeNs };
      this.#pass(key, { ...heard, from: 'client', peer: server });
      return;
    }
    if (open?.isUnansweredRequestFor(request.file) === true && timeNs - open.lastHeardNs < FORGOTTEN_NS) {
      open.repeatRequest(frame, timeNs);
      return;
    }
    open?.finish();
    const draft = this.#book.findOrBegin(packet.source, packet.sourceMac);
    if (draft === undefined) return;
    this.#open.set(key, new TftpConversation(draft, request, udp.missing, client, server, frame, timeNs));
  }

  #unreadable(packet: Packet, udp: Udp): void {
    const parsed = parseTftp(udp.payload);
    if (parsed.ok) return;
    if (udp.missing > 0) this.#tally.unread('TFTP', packet.frame);
    else
      this.#book
        .findOrBegin(packet.source, packet.sourceMac)
        ?.addUnreadable('TFTP request', parsed.error, packet.frame);
  }

  finish(): void {
    for (const transfer of this.#open.values()) transfer.finish();
    this.#open.clear();
  }
}
