import type { Frame } from '../pcap/frame.ts';
import { IpReassembly } from '../wire/ip-reassembly.ts';
import { BoundedMap } from './bounded-map.ts';
import { type IpFragment, openFrame, openWhole, type Packet, type PacketResult } from './packet.ts';

/** Called for what a frame holds, with the frame that it is told by. */
export type TakePacket = (opened: PacketResult, frame: Frame) => void;

export type FragmentLimits = {
  /** Packets that may wait for fragments at once. */
  readonly packets: number;
  /** Octets of memory that they may take. */
  readonly octets: number;
};

const DEFAULT_LIMITS: FragmentLimits = { packets: 4_000, octets: 16 * 1024 * 1024 };
/** How long Linux waits (net.ipv4.ipfrag_time): what comes later is nothing to the receiver. */
const WAIT_NS = 30_000_000_000n;
/** A fragment again so soon is the same one, seen at another interface; later its identification may be used anew. */
const SEEN_TWICE_NS = 100_000_000n;
const REMEMBERED = 1_000;
/** What a fragment takes besides its octets, near enough. */
const OVERHEAD = 400;

/** A packet of which fragments are still to come. */
type Waiting = {
  readonly key: string;
  readonly conversation: string;
  readonly source: string;
  readonly sinceNs: bigint;
  readonly firstFrame: number;
  readonly reassembly: IpReassembly;
  /** The packet's beginning, and its number of the next protocol. */
  beginning: { readonly packet: Packet; readonly protocol: number } | undefined;
  /** That count against the limit. */
  octets: number;
};

/**
 * Frames in, packets out: fragments of IP packets are put together, and told by the frame that completed them.
 *
 * What misses a fragment is told as far as it is there, as soon as it is clear that nothing more will come: another packet
 * goes between the same two addresses, or time is over. (A capture filter by port lets first fragments through only.)
 */
export class PacketReader {
  readonly #limits: FragmentLimits;
  /** Oldest first. */
  readonly #waiting = new Map<string, Waiting>();
  readonly #byConversation = new Map<string, Set<Waiting>>();
  readonly #done = new BoundedMap<string, bigint>(REMEMBERED);
  #octets = 0;
  #incomplete = 0;
  #firstIncomplete: number | undefined;

  constructor(limits: FragmentLimits = DEFAULT_LIMITS) {
    this.#limits = limits;
  }

  /** Packets that some fragment was missing of, and the first frame of the first of them. */
  get incomplete(): { readonly packets: number; readonly firstFrame: number | undefined } {
    return { packets: this.#incomplete, firstFrame: this.#firstIncomplete };
  }

  /** What waits now. */
  get held(): FragmentLimits {
    return { packets: this.#waiting.size, octets: this.#octets };
  }

  read(frame: Frame, take: TakePacket): void {
    const opened = openFrame(frame);
    if (opened.kind !== 'packet') {
      take(opened, frame);
      return;
    }
    const { packet } = opened;
    if (this.#waiting.size > 0) this.#giveUpBefore(packet, take);
    if (packet.fragment === undefined) take(opened, frame);
    else this.#fragment(packet, packet.fragment, take);
  }

  /** The capture is over. */
  finish(take: TakePacket): void {
    for (const waiting of this.#waiting.values()) this.#giveUp(waiting, take);
  }

  /** What nothing more can come of, now that `packet` came. */
  #giveUpBefore(packet: Packet, take: TakePacket): void {
    const { timeNs } = packet.frame;
    for (const oldest of this.#waiting.values()) {
      if (timeNs - oldest.sinceNs < WAIT_NS) break;
      this.#giveUp(oldest, take);
    }
    for (const waiting of this.#byConversation.get(conversationOf(packet)) ?? []) {
      // Fragments of several packets from one sender may come between each other.
      if (packet.fragment === undefined || waiting.source !== packet.source) this.#giveUp(waiting, take);
    }
  }

  #fragment(packet: Packet, fragment: IpFragment, take: TakePacket): void {
    const { frame, source, destination, missing } = packet;
    const key = `${source} ${destination} ${fragment.protocol} ${fragment.identification}`;
    const doneNs = this.#done.get(key);
    if (doneNs !== undefined && frame.timeNs - doneNs < SEEN_TWICE_NS) return;

    const waiting = this.#waiting.get(key) ?? this.#begin(key, packet);
    const { reassembly } = waiting;
    const before = reassembly.heldOctets;
    reassembly.add({ ...fragment, missing });
    this.#charge(waiting, OVERHEAD + reassembly.heldOctets - before);
    if (fragment.offset === 0 && waiting.beginning === undefined) {
      // A copy: a view would keep a whole chunk of the capture file alive.
      const kept = { ...frame, bytes: frame.bytes.slice() };
      const whole: Packet = {
        ...packet,
        frame: kept,
        transport: { kind: 'other' },
        begins: 0,
        ends: 0,
        fragment: undefined,
      };
      waiting.beginning = { packet: whole, protocol: fragment.protocol };
      this.#charge(waiting, frame.bytes.length);
    }
    if (reassembly.isComplete) {
      this.#forget(waiting);
      this.#done.set(key, frame.timeNs);
      tell(waiting, frame, take);
      return;
    }
    for (const oldest of this.#waiting.values()) {
      if (this.#octets <= this.#limits.octets && this.#waiting.size <= this.#limits.packets) break;
      this.#giveUp(oldest, take);
    }
  }

  #begin(key: string, packet: Packet): Waiting {
    const conversation = conversationOf(packet);
    const waiting: Waiting = {
      key,
      conversation,
      source: packet.source,
      sinceNs: packet.frame.timeNs,
      firstFrame: packet.frame.number,
      reassembly: new IpReassembly(),
      beginning: undefined,
      octets: 0,
    };
    this.#waiting.set(key, waiting);
    const others = this.#byConversation.get(conversation);
    if (others === undefined) this.#byConversation.set(conversation, new Set([waiting]));
    else others.add(waiting);
    return waiting;
  }

  #charge(waiting: Waiting, octets: number): void {
    waiting.octets += octets;
    this.#octets += octets;
  }

  #giveUp(waiting: Waiting, take: TakePacket): void {
    this.#forget(waiting);
    this.#incomplete++;
    this.#firstIncomplete ??= waiting.firstFrame;
    if (waiting.beginning !== undefined) tell(waiting, waiting.beginning.packet.frame, take);
  }

  #forget(waiting: Waiting): void {
    this.#waiting.delete(waiting.key);
    this.#octets -= waiting.octets;
    const others = this.#byConversation.get(waiting.conversation);
    others?.delete(waiting);
    if (others?.size === 0) this.#byConversation.delete(waiting.conversation);
  }
}

function tell({ beginning, reassembly }: Waiting, frame: Frame, take: TakePacket): void {
  if (beginning === undefined) return;
  const { payload, missing } = reassembly.octets();
  take(openWhole(beginning.packet, beginning.protocol, payload, missing, frame), frame);
}

/** The same for both directions. What goes to everybody or to a group is answered by the same way: DHCP. */
function conversationOf({ source, destination }: Packet): string {
  if (destination === '255.255.255.255' || /^(ff|2(2[4-9]|3\d)\.)/.test(destination)) return destination;
  return source < destination ? `${source} ${destination}` : `${destination} ${source}`;
}
