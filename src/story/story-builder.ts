import type { CaptureBatch, CaptureEnding } from '../pcap/capture-item.ts';
import type { Frame } from '../pcap/frame.ts';
import type { MacAddress } from '../wire/address.ts';
import { ClientBook, DEFAULT_LIMITS, type StoryLimits } from './client-book.ts';
import { DhcpConversations } from './dhcp-conversation.ts';
import { DnsConversations } from './dns-conversation.ts';
import type { MachineEvent, Story } from './event.ts';
import { hearIcmp, RouterConversations } from './icmp-conversation.ts';
import { openFrame, type Packet } from './packet.ts';
import { TcpConversations } from './tcp-conversations.ts';
import { TftpConversations } from './tftp-conversations.ts';

const PORT = { dns: 53, dhcpServer: 67, dhcpClient: 68, pxe: 4011 } as const;

/** What a capture held besides its clients' stories. */
export type CaptureSummary = {
  readonly frames: number;
  /** Times of the first and last frame. */
  readonly beginNs: bigint | undefined;
  readonly endNs: bigint | undefined;
  /** Frames of link types that are not decoded, by LINKTYPE_ value. */
  readonly undecoded: ReadonlyMap<number, number>;
  /** Frames whose headers could not be read and that belong to no client. */
  readonly unreadable: number;
  /** How the file ended; undefined while it has not. */
  readonly ending: CaptureEnding | undefined;
  /** Frames that the capturing program says it lost. */
  readonly lost: bigint;
  readonly clientsDropped: number;
};

/**
 * Frames in, stories out: one for each client, growing as frames come. The same for a live lab and a capture file.
 * Memory is bounded by the limits, not by the number of frames.
 */
export class StoryBuilder {
  readonly #book: ClientBook;
  readonly #dhcp: DhcpConversations;
  readonly #tftp: TftpConversations;
  readonly #dns: DnsConversations;
  readonly #router: RouterConversations;
  readonly #tcp: TcpConversations;
  readonly #undecoded = new Map<number, number>();
  #frames = 0;
  #unreadable = 0;
  #lost = 0n;
  #beginNs: bigint | undefined;
  #endNs: bigint | undefined;
  #ending: CaptureEnding | undefined;

  constructor(limits: StoryLimits = DEFAULT_LIMITS) {
    this.#book = new ClientBook(limits);
    this.#dhcp = new DhcpConversations(this.#book);
    this.#tftp = new TftpConversations(this.#book);
    this.#dns = new DnsConversations(this.#book);
    this.#router = new RouterConversations(this.#book);
    this.#tcp = new TcpConversations(this.#book);
  }

  /** Grows with every change to any story: what was derived from an older revision is stale. */
  get revision(): number {
    return this.#book.revision;
  }

  add(batch: CaptureBatch): void {
    for (const frame of batch.frames) this.#addFrame(frame);
    for (const note of batch.notes) if (note.kind === 'statistics') this.#lost += note.dropped ?? 0n;
    if (batch.ending !== undefined) this.#ending = batch.ending;
  }

  #addFrame(frame: Frame): void {
    this.#frames++;
    this.#beginNs ??= frame.timeNs;
    this.#endNs = frame.timeNs;
    const opened = openFrame(frame);
    switch (opened.kind) {
      case 'packet':
        this.#hear(opened.packet);
        break;
      case 'not-ip':
        break;
      case 'link-type':
        this.#undecoded.set(opened.linkType, (this.#undecoded.get(opened.linkType) ?? 0) + 1);
        break;
      case 'unreadable': {
        const { sourceMac, protocol, error } = opened;
        const draft = sourceMac === undefined ? undefined : this.#book.byMac(sourceMac);
        if (draft === undefined) this.#unreadable++;
        else draft.addUnreadable(protocol, error, frame);
        break;
      }
      default:
        opened satisfies never;
    }
  }

  #hear(packet: Packet): void {
    switch (packet.transport.kind) {
      case 'udp': {
        const { sourcePort, destinationPort } = packet.transport.udp;
        if (isDhcp(sourcePort, destinationPort)) this.#dhcp.hear(packet, packet.transport.udp);
        else if (destinationPort === PORT.dns || sourcePort === PORT.dns)
          this.#dns.hear(packet, packet.transport.udp);
        else this.#tftp.hear(packet, packet.transport.udp);
        break;
      }
      case 'tcp':
        this.#tcp.hear(packet, packet.transport.tcp, packet.missing);
        break;
      case 'icmp':
        hearIcmp(this.#book, packet, packet.transport.icmp);
        break;
      case 'icmpv6':
        this.#router.hear(packet, packet.transport.icmpv6);
        break;
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
      frames: this.#frames,
      beginNs: this.#beginNs,
      endNs: this.#endNs,
      undecoded: new Map(this.#undecoded),
      unreadable: this.#unreadable,
      ending: this.#ending,
      lost: this.#lost,
      clientsDropped: this.#book.clientsDropped,
    };
  }
}

/** 4011 is the PXE boot server's port (PXE 2.1 §2.2.1); EDK2 speaks from it as well. */
function isDhcp(sourcePort: number, destinationPort: number): boolean {
  const server = destinationPort === PORT.dhcpServer || sourcePort === PORT.dhcpServer;
  const pxe = destinationPort === PORT.pxe || sourcePort === PORT.pxe;
  return server || pxe;
}
