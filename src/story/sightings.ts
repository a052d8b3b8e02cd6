import { LINKTYPE } from '../pcap/link-type.ts';
import { u16At } from '../wire/bytes.ts';
import type { Packet } from './packet.ts';

/** Packets that are remembered: more come between two sightings of one on no machine. */
const SLOTS = 1024;
/** How far apart two sightings of one packet are at most. Nobody sends anything again so soon. */
const APART_NS = 5_000_000n;
/** Octets of a datagram that tell it from others: ports, length and checksum, and what a TFTP or DNS message begins with. */
const TELLING = 24;
/** A DHCP message may differ from the one before it in its type alone: octet 242, behind the UDP header. */
const TELLING_DHCP = 320;
const DHCP_PORTS: readonly number[] = [67, 68, 4011];

/** Before all captures. */
const NEVER_NS = -(10n ** 18n);
const NOTHING: readonly never[] = [];

/** Something that grew by a packet: hears of the other frames that the packet was in. */
export type SeenAgain = (frame: number) => void;

/** One packet, and the interfaces that it was seen at. */
type Sighting = {
  timeNs: bigint;
  hash: number;
  identification: number;
  source: string;
  destination: string;
  /** What stood before the transport header, and the interface: another one is another place on the packet's way. */
  view: number;
  /** Further ones. */
  readonly views: number[];
  told: readonly SeenAgain[];
};

/**
 * Tells packets that were captured more than once on their way (`tcpdump -i any`, a bridge and its ports, a VLAN's trunk and
 * the access port, in and out of a router) from packets that were sent again: those come at the same interface, or later, or
 * with another IP identification.
 */
export class Sightings {
  /** Written anew in turn: each datagram takes one. */
  readonly #slots: readonly Sighting[] = Array.from({ length: SLOTS }, () => ({
    timeNs: NEVER_NS,
    hash: 0,
    identification: 0,
    source: '',
    destination: '',
    view: 0,
    views: [],
    told: [],
  }));
  #last: Sighting | undefined;

  /** The packet was there before, at another interface: whoever told of it hears of this frame, too. */
  isAgain(packet: Packet): boolean {
    const { frame, begins, ends, identification, source, destination } = packet;
    const { bytes } = frame;
    this.#last = undefined;
    // Put together from fragments: packet-reader.ts knows those that come again.
    if (ends === 0) return false;
    const hash = mixed(
      bytes,
      begins,
      Math.min(ends, begins + tellingOf(bytes, begins, ends)),
      identification,
    );
    const view = mixed(bytes, 0, begins, frame.interfaceId);
    const known = this.#slots[hash & (SLOTS - 1)] as Sighting;
    if (
      known.hash === hash &&
      known.identification === identification &&
      known.source === source &&
      known.destination === destination &&
      frame.timeNs - known.timeNs < APART_NS &&
      (isAnywhere(packet) || (view !== known.view && !known.views.includes(view)))
    ) {
      known.views.push(view);
      for (const seenAgain of known.told) seenAgain(frame.number);
      return true;
    }
    known.timeNs = frame.timeNs;
    known.hash = hash;
    known.identification = identification;
    known.source = source;
    known.destination = destination;
    known.view = view;
    if (known.views.length > 0) known.views.length = 0;
    known.told = NOTHING;
    this.#last = known;
    return false;
  }

  /** What the packet that was looked at last has brought about. */
  told(told: readonly SeenAgain[]): void {
    if (this.#last !== undefined) this.#last.told = told;
  }
}

/** What cooked captures (v1) say of a frame leaves out the interface. But routers do advertise themselves several times at once. */
function isAnywhere({ frame, transport }: Packet): boolean {
  if (frame.linkType !== LINKTYPE.linuxSll) return false;
  return transport.kind !== 'icmpv6' || transport.icmpv6.kind !== 'router-advertisement';
}

function tellingOf(bytes: Uint8Array, begins: number, ends: number): number {
  if (ends - begins < 4) return ends - begins;
  const isDhcp = DHCP_PORTS.includes(u16At(bytes, begins)) || DHCP_PORTS.includes(u16At(bytes, begins + 2));
  return isDhcp ? TELLING_DHCP : TELLING;
}

/** FNV-1a over words of two octets, near enough. Signed: an unsigned one would be an object more often than not. */
function mixed(bytes: Uint8Array, from: number, to: number, seed: number): number {
  let hash = seed ^ 0x811c9dc5;
  let at = from;
  for (; at + 1 < to; at += 2) hash = Math.imul(hash ^ u16At(bytes, at), 0x01000193);
  if (at < to) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
  return hash ^ (hash >>> 15);
}
