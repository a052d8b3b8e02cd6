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

/** Something that grew by a packet: hears of the other frames that the packet was in. */
export type SeenAgain = (frame: number) => void;

/** One packet, and the interfaces that it was seen at. */
type Sighting = {
  readonly timeNs: bigint;
  readonly hash: number;
  readonly identification: number;
  readonly source: string;
  readonly destination: string;
  /** What stood before the transport header, and the interface: another one is another place on the packet's way. */
  readonly views: number[];
  told: readonly SeenAgain[];
};

/**
 * Tells packets that were captured more than once on their way (`tcpdump -i any`, a bridge and its ports, a VLAN's trunk and
 * the access port, in and out of a router) from packets that were sent again: those come at the same interface, or later, or
 * with another IP identification.
 */
export class Sightings {
  readonly #slots: (Sighting | undefined)[] = new Array(SLOTS).fill(undefined);
  #last: Sighting | undefined;

  /** The packet was there before, at another interface: whoever told of it hears of this frame, too. */
  isAgain(packet: Packet): boolean {
    const { frame, payload, identification, source, destination } = packet;
    const at = payload.byteOffset - frame.bytes.byteOffset;
    this.#last = undefined;
    // Put together from fragments: packet-reader.ts knows those that come again.
    if (payload.buffer !== frame.bytes.buffer || at < 0) return false;
    const hash = mixed(payload, Math.min(payload.length, tellingOf(payload)), identification);
    const slot = hash & (SLOTS - 1);
    const view = mixed(frame.bytes, at, frame.interfaceId);
    const known = this.#slots[slot];
    if (
      known !== undefined &&
      known.hash === hash &&
      known.identification === identification &&
      known.source === source &&
      known.destination === destination &&
      frame.timeNs - known.timeNs < APART_NS &&
      (isAnywhere(packet) || !known.views.includes(view))
    ) {
      known.views.push(view);
      for (const seenAgain of known.told) seenAgain(frame.number);
      return true;
    }
    this.#last = { timeNs: frame.timeNs, hash, identification, source, destination, views: [view], told: [] };
    this.#slots[slot] = this.#last;
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

function tellingOf(payload: Uint8Array): number {
  if (payload.length < 4) return payload.length;
  const isDhcp = DHCP_PORTS.includes(u16At(payload, 0)) || DHCP_PORTS.includes(u16At(payload, 2));
  return isDhcp ? TELLING_DHCP : TELLING;
}

/** FNV-1a over words of two octets, near enough. */
function mixed(bytes: Uint8Array, length: number, seed: number): number {
  let hash = seed ^ 0x811c9dc5;
  let at = 0;
  for (; at + 1 < length; at += 2) hash = Math.imul(hash ^ u16At(bytes, at), 0x01000193);
  if (at < length) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}
