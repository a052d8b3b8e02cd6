import type { MacAddress } from '../wire/address.ts';
import { toHex } from '../wire/bytes.ts';
import {
  DHCPV6_TYPE,
  type Dhcpv6Message,
  formatDhcpv6Type,
  innermostDhcpv6,
  parseDhcpv6,
} from '../wire/dhcpv6.ts';
import {
  DHCPV6_OPTION,
  dhcpv6Addresses,
  dhcpv6Architectures,
  dhcpv6BootFileUrl,
  dhcpv6Failures,
  dhcpv6Hardware,
  dhcpv6Option,
  dhcpv6UserClasses,
  dhcpv6VendorClasses,
} from '../wire/dhcpv6-values.ts';
import type { Udp } from '../wire/udp.ts';
import { BoundedMap } from './bounded-map.ts';
import type { CaptureTally } from './capture-tally.ts';
import type { ClientBook } from './client-book.ts';
import type { StoryDraft } from './draft.ts';
import type { Dhcpv6Event, Stage } from './event.ts';
import type { Packet } from './packet.ts';

const FROM_SERVERS: ReadonlySet<number> = new Set([
  DHCPV6_TYPE.advertise,
  DHCPV6_TYPE.reply,
  DHCPV6_TYPE.reconfigure,
]);
/** Clients whose DUID is known, for every one that has a story. */
const REMEMBERED = 16_384;

/** All DHCPv6 messages of a capture, each given to the story of the client that it is from or for. */
export class Dhcpv6Conversations {
  readonly #book: ClientBook;
  readonly #tally: CaptureTally;
  /** By the hex of their DUID: most name no hardware (DUID-UUID). */
  readonly #byDuid = new BoundedMap<string, StoryDraft>(REMEMBERED);

  constructor(book: ClientBook, tally: CaptureTally) {
    this.#book = book;
    this.#tally = tally;
  }

  hear(packet: Packet, udp: Udp): void {
    const parsed = parseDhcpv6(udp.payload);
    const inner = parsed.ok ? innermostDhcpv6(parsed.value) : undefined;
    if (!parsed.ok || inner === undefined) {
      if (udp.missing > 0) this.#tally.unread('DHCPv6', packet.frame);
      else if (!parsed.ok)
        this.#book
          .findOrBegin(packet.source, packet.sourceMac)
          ?.addUnreadable('DHCPv6', parsed.error, packet.frame);
      return;
    }
    const isReply = FROM_SERVERS.has(inner.type);
    const duid = toHex(dhcpv6Option(inner, DHCPV6_OPTION.clientId) ?? new Uint8Array());
    const draft = this.#clientOf(packet, parsed.value, dhcpv6Hardware(parsed.value, inner), duid, isReply);
    if (draft === undefined) return;
    if (duid !== '') this.#byDuid.set(duid, draft);
    const userClasses = dhcpv6UserClasses(inner);
    const vendorClasses = dhcpv6VendorClasses(inner);
    if (!isReply) draft.stage = nextStage(draft.stage, userClasses, vendorClasses);
    const addresses = dhcpv6Addresses(inner);
    if (inner.type === DHCPV6_TYPE.reply) for (const address of addresses) this.#book.bind(draft, address);
    const { timeNs, number } = packet.frame;
    draft.add({
      kind: 'dhcpv6',
      ...{ timeNs, endNs: timeNs, frames: [number] },
      messageType: formatDhcpv6Type(inner.type).toLowerCase(),
      direction: isReply ? 'to-client' : 'from-client',
      transactionId: inner.transactionId,
      addresses,
      bootFileUrl: dhcpv6BootFileUrl(inner),
      architectures: dhcpv6Architectures(inner),
      userClasses,
      vendorClasses,
      failures: dhcpv6Failures(inner).map(({ name, text }) => (text === '' ? name : `${name} "${text}"`)),
      relayed: parsed.value.kind === 'relay',
      missing: udp.missing,
      source: { ip: packet.source, port: udp.sourcePort },
      destination: { ip: packet.destination, port: udp.destinationPort },
    } satisfies Omit<Dhcpv6Event, 'stage'>);
  }

  #clientOf(
    packet: Packet,
    outer: Dhcpv6Message,
    hardware: MacAddress | undefined,
    duid: string,
    isReply: boolean,
  ): StoryDraft | undefined {
    // A frame's own addresses are a relay's where one speaks for the client.
    if (outer.kind === 'message' && !isReply) return this.#book.findOrBegin(packet.source, packet.sourceMac);
    const known = this.#byDuid.get(duid);
    if (known !== undefined) return known;
    if (outer.kind === 'message') return this.#book.find(packet.destination, packet.destinationMac);
    return hardware === undefined ? undefined : this.#book.byHardware(hardware, hardware);
  }
}

/** iPXE says so; a client of a boot server that does not is firmware; others do not say who they are. */
function nextStage(stage: Stage, userClasses: readonly string[], vendorClasses: readonly string[]): Stage {
  if (userClasses.includes('iPXE')) return 'ipxe';
  return vendorClasses.some((text) => /^(PXE|HTTP)Client/.test(text)) ? 'firmware' : stage;
}
