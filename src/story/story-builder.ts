import type { CaptureBatch } from '../pcap/capture-item.ts';
import type { Frame } from '../pcap/frame.ts';
import type { MacAddress } from '../wire/address.ts';
import { type CaptureSummary, CaptureTally } from './capture-tally.ts';
import { ClientBook, DEFAULT_LIMITS, type StoryLimits } from './client-book.ts';
import { DhcpConversations } from './dhcp-conversation.ts';
import { Dhcpv6Conversations } from './dhcpv6-conversation.ts';
import { DnsConversations } from './dns-conversation.ts';
import type { Contents } from './draft.ts';
import type { MachineEvent, Story } from './event.ts';
import { hearIcmp, RouterConversations } from './icmp-conversation.ts';
import type { Packet, PacketResult } from './packet.ts';
import { PacketReader } from './packet-reader.ts';
import { Sightings } from './sightings.ts';
import { TcpConversations } from './tcp-conversations.ts';
import { TftpConversations } from './tftp-conversations.ts';

const PORT = {
  dns: 53,
  dhcpServer: 67,
  dhcpClient: 68,
  pxe: 4011,
  dhcpv6Client: 546,
  dhcpv6Server: 547,
} as const;

/**
 * Frames in, stories out: one for each client, growing as frames come. The same for a live lab and a capture file.
 * Memory is bounded by the limits, not by the number of frames.
 */
export class StoryBuilder {
  readonly #book: ClientBook;
  readonly #dhcp: DhcpConversations;
  readonly #dhcpv6: Dhcpv6Conversations;
  readonly #tftp: TftpConversations;
  readonly #dns: DnsConversations;
  readonly #router: RouterConversations;
  readonly #tcp: TcpConversations;
  readonly #packets = new PacketReader();
  readonly #sightings = new Sightings();
  readonly #tally = new CaptureTally();

  /** `contents`: whether what was transferred is hashed, or only counted: then events have no `sha256`. */
  constructor(limits: StoryLimits = DEFAULT_LIMITS, contents: Contents = 'hashed') {
    this.#book = new ClientBook(limits, contents);
    this.#dhcp = new DhcpConversations(this.#book, this.#tally);
    this.#dhcpv6 = new Dhcpv6Conversations(this.#book, this.#tally);
    this.#tftp = new TftpConversations(this.#book, this.#tally);
    this.#dns = new DnsConversations(this.#book, this.#tally);
    this.#router = new RouterConversations(this.#book);
    this.#tcp = new TcpConversations(this.#book);
  }

  /** Grows with every change to any story: what was derived from an older revision is stale. */
  get revision(): number {
    return this.#book.revision;
  }

  add(batch: CaptureBatch): void {
    this.#tally.batch(batch);
    for (const frame of batch.frames) {
      this.#tally.frame(frame);
      this.#packets.read(frame, this.#take);
    }
  }

  readonly #take = (opened: PacketResult, frame: Frame): void => {
    switch (opened.kind) {
      case 'packet':
        this.#hear(opened.packet);
        break;
      case 'not-ip':
        break;
      case 'link-type':
        this.#tally.undecoded(frame);
        break;
      case 'unopened':
        this.#tally.unopened(opened.why, frame);
        break;
      case 'unreadable': {
        const { sourceMac, protocol, error } = opened;
        const draft = sourceMac === undefined ? undefined : this.#book.byMac(sourceMac);
        if (draft === undefined) this.#tally.unreadable(frame);
        else draft.addUnreadable(protocol, error, frame);
        break;
      }
      default:
        opened satisfies never;
    }
  };

  #hear(packet: Packet): void {
    // A cooked capture: what is for a client is known as its own by the IP address alone.
    if (packet.destinationMac === undefined && packet.sourceMac !== undefined)
      this.#book.heardFrom(packet.source, packet.sourceMac);
    // A TCP segment that comes again changes nothing, whether it was sent again or not.
    if (packet.transport.kind === 'tcp') {
      this.#tcp.hear(packet, packet.transport.tcp, packet.missing);
      this.#book.takeBegun();
      return;
    }
    if (this.#sightings.isAgain(packet)) return;
    this.#hearDatagram(packet);
    this.#sightings.told(this.#book.takeBegun());
  }

  #hearDatagram(packet: Packet): void {
    switch (packet.transport.kind) {
      case 'udp': {
        const { sourcePort, destinationPort } = packet.transport.udp;
        if (isDhcp(sourcePort, destinationPort)) this.#dhcp.hear(packet, packet.transport.udp);
        else if (isDhcpv6(sourcePort) || isDhcpv6(destinationPort))
          this.#dhcpv6.hear(packet, packet.transport.udp);
        else if (destinationPort === PORT.dns || sourcePort === PORT.dns)
          this.#dns.hear(packet, packet.transport.udp);
        else this.#tftp.hear(packet, packet.transport.udp);
        break;
      }
      case 'icmp':
        hearIcmp(this.#book, packet, packet.transport.icmp);
        break;
      case 'icmpv6':
        this.#router.hear(packet, packet.transport.icmpv6);
        break;
      case 'tcp':
      case 'other':
        break;
      default:
        packet.transport satisfies never;
    }
  }

  /** A line of a machine's console. Times are the capture's: nanoseconds since 1970. */
  addConsole(mac: MacAddress, text: string, timeNs: bigint): void {
    this.#book.byHardware(mac, mac)?.add({ kind: 'console', timeNs, endNs: timeNs, frames: [], text });
  }

  /** Something that the machine itself did. After power-on and reset its firmware speaks. */
  addMachine(mac: MacAddress, what: MachineEvent['what'], timeNs: bigint): void {
    const draft = this.#book.byHardware(mac, mac);
    if (draft === undefined) return;
    if (what === 'power-on' || what === 'reset') draft.stage = 'firmware';
    draft.add({ kind: 'machine', timeNs, endNs: timeNs, frames: [], what });
  }

  /** The capture is over: transfers and connections that are still open get their outcome. */
  finish(): void {
    this.#packets.finish(this.#take);
    this.#tftp.finish();
    this.#tcp.finish();
  }

  /** All stories, in the order in which their clients were first heard. */
  stories(): readonly Story[] {
    return this.#book.drafts.map((draft) => draft.story());
  }

  /** One client's story so far: empty while it has not been heard. */
  storyOf(mac: MacAddress): Story {
    const draft = this.#book.byMac(mac);
    return (
      draft?.story() ?? {
        client: { id: mac, mac, addresses: [], uuid: undefined, identities: [] },
        events: [],
        dropped: 0,
      }
    );
  }

  summary(): CaptureSummary {
    return {
      ...this.#tally.summary(),
      incomplete: this.#packets.incomplete,
      clientsDropped: this.#book.clientsDropped,
    };
  }
}

/** 4011 is the PXE boot server's port (PXE 2.1 §2.2.1); EDK2 speaks from it as well. */
function isDhcpv6(port: number): boolean {
  return port === PORT.dhcpv6Client || port === PORT.dhcpv6Server;
}

function isDhcp(sourcePort: number, destinationPort: number): boolean {
  const server = destinationPort === PORT.dhcpServer || sourcePort === PORT.dhcpServer;
  const pxe = destinationPort === PORT.pxe || sourcePort === PORT.pxe;
  return server || pxe;
}
