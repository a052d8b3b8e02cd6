import { parseDns } from '../wire/dns.ts';
import type { Udp } from '../wire/udp.ts';
import { BoundedMap } from './bounded-map.ts';
import type { CaptureTally } from './capture-tally.ts';
import type { ClientBook } from './client-book.ts';
import type { EventSlot, StoryDraft, WithoutStage } from './draft.ts';
import type { DnsEvent, Endpoint, Stage } from './event.ts';
import type { Packet } from './packet.ts';

type Open = { readonly slot: EventSlot; readonly stage: Stage; event: WithoutStage<DnsEvent> };

const DNS_PORT = 53;
/** Questions that may wait for their answer at once. */
const OPEN_QUESTIONS = 2_000;

/** DNS over UDP. A question repeated with the same id is one event, as firmware repeats them (uefi-hpe-dns captures). */
export class DnsConversations {
  readonly #book: ClientBook;
  readonly #tally: CaptureTally;
  readonly #open = new BoundedMap<string, Open>(OPEN_QUESTIONS);

  constructor(book: ClientBook, tally: CaptureTally) {
    this.#book = book;
    this.#tally = tally;
  }

  hear(packet: Packet, udp: Udp): void {
    const asks = udp.destinationPort === DNS_PORT;
    const client = asks
      ? { ip: packet.source, port: udp.sourcePort }
      : { ip: packet.destination, port: udp.destinationPort };
    const server = asks
      ? { ip: packet.destination, port: udp.destinationPort }
      : { ip: packet.source, port: udp.sourcePort };
    const parsed = parseDns(udp.payload);
    if (!parsed.ok && udp.missing > 0) {
      this.#tally.unread('DNS', packet.frame);
      return;
    }
    const draft = this.#book.findOrBegin(client.ip, asks ? packet.sourceMac : packet.destinationMac);
    if (draft === undefined) return;
    if (!parsed.ok) {
      draft.addUnreadable('DNS', parsed.error, packet.frame);
      return;
    }
    const message = parsed.value;
    const { timeNs, number } = packet.frame;
    for (const { name, type } of message.questions) {
      const key = `${client.ip} ${client.port} ${message.id} ${type} ${name}`;
      const open = this.#open.get(key);
      if (open === undefined) {
        if (asks) this.#ask(key, draft, name, type, server, packet);
        continue;
      }
      const frames = [...open.event.frames, number];
      if (asks) {
        change(open, { endNs: timeNs, frames });
        continue;
      }
      const records = message.answers.map((answer) => answer.text);
      change(open, { endNs: timeNs, frames, answer: { rcode: message.rcode, records } });
      this.#open.delete(key);
    }
  }

  #ask(key: string, draft: StoryDraft, name: string, type: string, server: Endpoint, packet: Packet): void {
    const { timeNs, number } = packet.frame;
    const event: WithoutStage<DnsEvent> = {
      kind: 'dns',
      timeNs,
      endNs: timeNs,
      frames: [number],
      name,
      type,
      server,
      answer: undefined,
    };
    this.#open.set(key, { slot: draft.add(event), stage: draft.stage, event });
  }
}

function change(open: Open, changed: Partial<WithoutStage<DnsEvent>>): void {
  open.event = { ...open.event, ...changed };
  open.slot.replace({ ...open.event, stage: open.stage });
}
