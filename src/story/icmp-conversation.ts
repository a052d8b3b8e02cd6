import type { Icmp } from '../wire/icmp.ts';
import type { Icmpv6 } from '../wire/icmpv6.ts';
import { parseIpv4 } from '../wire/ipv4.ts';
import type { ClientBook } from './client-book.ts';
import type { StoryDraft } from './draft.ts';
import type { Endpoint } from './event.ts';
import type { Packet } from './packet.ts';

const PORTS_LENGTH = 4;

/** Destination unreachable: told in the story of the client that the quoted datagram is from, or that refused it. */
export function hearIcmp(book: ClientBook, packet: Packet, icmp: Icmp): void {
  if (icmp.kind !== 'destination-unreachable') return;
  const draft =
    book.find(packet.destination, packet.destinationMac) ?? book.find(packet.source, packet.sourceMac);
  if (draft === undefined) return;
  const { number, timeNs } = packet.frame;
  draft.add({
    kind: 'unreachable',
    timeNs,
    endNs: timeNs,
    frames: [number],
    code: icmp.code,
    from: packet.source,
    about: quotedDestination(icmp.quoted),
  });
}

/** UDP and TCP both begin with the source and destination port. */
function quotedDestination(quoted: Uint8Array): Endpoint | undefined {
  const ip = parseIpv4(quoted);
  if (!ip.ok || ip.value.payload.length < PORTS_LENGTH) return undefined;
  const { payload, destination } = ip.value;
  return { ip: destination, port: ((payload[2] ?? 0) << 8) | (payload[3] ?? 0) };
}

/** Router discovery. An advertisement to all nodes is told in the story of every client that solicited one. */
export class RouterConversations {
  readonly #book: ClientBook;
  readonly #soliciting = new Set<StoryDraft>();

  constructor(book: ClientBook) {
    this.#book = book;
  }

  hear(packet: Packet, icmpv6: Icmpv6): void {
    const { number, timeNs } = packet.frame;
    const base = { kind: 'router', timeNs, endNs: timeNs, frames: [number] } as const;
    if (icmpv6.kind === 'router-solicitation') {
      const draft = this.#book.findOrBegin(packet.source, packet.sourceMac);
      if (draft === undefined) return;
      this.#soliciting.add(draft);
      draft.add({ ...base, what: 'solicitation', lifetime: undefined, prefixes: 0 });
    } else if (icmpv6.kind === 'router-advertisement') {
      const prefixes = icmpv6.options.filter((option) => option.kind === 'prefix').length;
      for (const draft of this.#soliciting)
        draft.add({ ...base, what: 'advertisement', lifetime: icmpv6.lifetime, prefixes });
      this.#soliciting.clear();
    }
  }
}
