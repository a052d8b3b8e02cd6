/**
 * One frame in, one frame out, of the same length. What is read is read from the original; what is written goes to the same
 * places of a copy.
 */
import type { Frame } from '../pcap/frame.ts';
import { formatLinkType, LINKTYPE } from '../pcap/link-type.ts';
import { openLink } from '../story/link.ts';
import type { IpAddress, Ipv4Address } from '../wire/address.ts';
import { u16At } from '../wire/bytes.ts';
import { pseudoHeaderSum } from '../wire/checksum.ts';
import { ETHER_TYPE, parseEthernet } from '../wire/ethernet.ts';
import { IP_PROTOCOL, isFragment, parseIpv4 } from '../wire/ipv4.ts';
import { parseIpv6 } from '../wire/ipv6.ts';
import { parsePrismOrAvs, parseRadiotap, type RadioHeader } from '../wire/radio-header.ts';
import { parseTcp } from '../wire/tcp.ts';
import { parseTokenRing } from '../wire/token-ring.ts';
import { parseUdp } from '../wire/udp.ts';
import type { ParseResult } from '../wire/wire-error.ts';
import { repairChecksum } from './checksum-repair.ts';
import { scrubDatagram } from './scrub-datagram.ts';
import { scrubIcmpv6 } from './scrub-icmpv6.ts';
import { from, type NetworkHead, part, type Surroundings, type Twin } from './surroundings.ts';

export function scrubFrame(frame: Frame, around: Surroundings): Uint8Array {
  const twin = { original: frame.bytes, copy: frame.bytes.slice() };
  switch (frame.linkType) {
    case LINKTYPE.ethernet:
      scrubEthernet(frame, twin, around);
      break;
    case LINKTYPE.null:
    case LINKTYPE.loop:
      scrubIp(frame.number, from(twin, 4), around);
      break;
    case LINKTYPE.raw:
    case LINKTYPE.ipv4:
    case LINKTYPE.ipv6:
      scrubIp(frame.number, twin, around);
      break;
    // packet type:u16 | hardware:u16 | address length:u16 | address:8 | protocol:u16
    case LINKTYPE.linuxSll:
      scrubCooked(frame, twin, { name: 'Linux cooked capture', address: 6, protocol: 14, end: 16 }, around);
      break;
    // protocol:u16 | reserved:u16 | interface:u32 | hardware:u16 | packet type:u8 | address length:u8 | address:8
    case LINKTYPE.linuxSll2:
      scrubCooked(
        frame,
        twin,
        { name: 'Linux cooked capture v2', address: 12, protocol: 0, end: 20 },
        around,
      );
      break;
    case LINKTYPE.tokenRing:
      scrubTokenRing(frame, twin, around);
      break;
    case LINKTYPE.ieee80211:
      scrubIeee80211(frame, twin, 0, around);
      break;
    case LINKTYPE.ieee80211Radiotap:
      scrubIeee80211(frame, twin, lengthOf(parseRadiotap(frame.bytes)), around);
      break;
    case LINKTYPE.ieee80211Prism:
    case LINKTYPE.ieee80211Avs:
      scrubIeee80211(frame, twin, lengthOf(parsePrismOrAvs(frame.bytes)), around);
      break;
    default:
      blank(twin.copy, formatLinkType(frame.linkType), around);
  }
  return twin.copy;
}

function blank(bytes: Uint8Array, protocol: string, around: Surroundings): void {
  if (bytes.length === 0) return;
  bytes.fill(0);
  around.blanked(protocol);
}

/** IP, whatever stands between the link's own header and it (tags, PPPoE, LLC); else what the EtherType says. */
function scrubBehindLink(
  frame: Frame,
  etherType: number,
  twin: Twin,
  inner: Twin,
  around: Surroundings,
): void {
  const link = openLink(frame);
  if (link.kind === 'ipv4' || link.kind === 'ipv6') scrubIp(frame.number, part(twin, link.payload), around);
  else scrubEtherType(frame.number, etherType, inner, around);
}

/** Where a cooked header has what. */
type Cooked = {
  readonly name: string;
  readonly address: number;
  readonly protocol: number;
  readonly end: number;
};

function scrubCooked(frame: Frame, twin: Twin, { name, ...at }: Cooked, around: Surroundings): void {
  if (twin.copy.length < at.end) return void blank(twin.copy, name, around);
  around.to.putMac(twin.copy, at.address);
  scrubBehindLink(frame, u16At(twin.original, at.protocol), twin, from(twin, at.end), around);
}

const RING_DESTINATION = 2;
const RING_SOURCE = 8;
/** In a source: routing information follows. In an address it is the group bit. */
const ROUTED = 0x80;

function scrubTokenRing(frame: Frame, twin: Twin, around: Surroundings): void {
  const { original, copy } = twin;
  const ring = parseTokenRing(original);
  const link = openLink(frame);
  if (!ring.ok || (link.kind !== 'ipv4' && link.kind !== 'ipv6')) {
    return void blank(copy, formatLinkType(frame.linkType), around);
  }
  around.to.putMac(copy, RING_DESTINATION);
  copy[RING_SOURCE] = (original[RING_SOURCE] as number) & ~ROUTED;
  around.to.putMac(copy, RING_SOURCE);
  copy[RING_SOURCE] = (copy[RING_SOURCE] as number) | ((original[RING_SOURCE] as number) & ROUTED);
  scrubIp(frame.number, part(twin, link.payload), around);
}

const lengthOf = (header: ParseResult<RadioHeader>): number => (header.ok ? header.value.length : 0);

/** IEEE 802.11 §9.3.2.1: three addresses, and a fourth behind the sequence control where the frame goes from station to station. */
const ADDRESSES = [4, 10, 16] as const;
const FOURTH_ADDRESS = 24;
const TO_AND_FROM_DS = 3;

/** `at`: where the frame begins, behind what a radio said of it. */
function scrubIeee80211(frame: Frame, twin: Twin, at: number, around: Surroundings): void {
  const link = openLink(frame);
  if (link.kind !== 'ipv4' && link.kind !== 'ipv6') {
    return void blank(twin.copy, formatLinkType(frame.linkType), around);
  }
  for (const address of ADDRESSES) around.to.putMac(twin.copy, at + address);
  const hasFourth = ((twin.original[at + 1] as number) & TO_AND_FROM_DS) === TO_AND_FROM_DS;
  if (hasFourth) around.to.putMac(twin.copy, at + FOURTH_ADDRESS);
  scrubIp(frame.number, part(twin, link.payload), around);
}

const BRIDGE_SAP = 0x42;

function scrubEthernet(frame: Frame, twin: Twin, around: Surroundings): void {
  const { copy } = twin;
  const parsed = parseEthernet(twin.original);
  if (!parsed.ok) return void blank(copy, 'cut-off Ethernet', around);
  around.to.putMac(copy, 0);
  around.to.putMac(copy, 6);
  const { kind, etherType, payload, trailing } = parsed.value;
  part(twin, trailing).copy.fill(0);
  const inner = part(twin, payload);
  if (kind === 'ethernet-ii') return void scrubBehindLink(frame, etherType, twin, inner, around);
  if (payload[0] === BRIDGE_SAP && payload.length >= 28) {
    // Spanning tree (802.1D §9.3.1): root and bridge are a priority and a MAC address each.
    around.to.putMac(inner.copy, 10);
    around.to.putMac(inner.copy, 22);
  } else blank(inner.copy.subarray(3), 'LLC', around);
}

function scrubEtherType(frame: number, etherType: number, twin: Twin, around: Surroundings): void {
  if (etherType === ETHER_TYPE.ipv4 || etherType === ETHER_TYPE.ipv6)
    return void scrubIp(frame, twin, around);
  if (etherType === ETHER_TYPE.arp && u16At(twin.original, 0) === 1 && u16At(twin.original, 4) === 0x0604) {
    around.to.putMac(twin.copy, 8);
    around.to.putIpv4(twin.copy, 14);
    around.to.putMac(twin.copy, 18);
    around.to.putIpv4(twin.copy, 24);
    // Padding may hold what the sender's memory had in it.
    twin.copy.fill(0, 28);
    return;
  }
  blank(twin.copy, `Ethernet type 0x${etherType.toString(16).padStart(4, '0')}`, around);
}

function scrubIp(frame: number, twin: Twin, around: Surroundings): void {
  const version = (twin.original[0] ?? 0) >> 4;
  const ipv4 = version === 4 ? parseIpv4(twin.original) : undefined;
  const ipv6 = version === 6 ? parseIpv6(twin.original) : undefined;
  if (ipv4?.ok === true) {
    const { payload, trailing, options, source } = ipv4.value;
    around.to.putIpv4(twin.copy, 12);
    around.to.putIpv4(twin.copy, 16);
    scrubIpv4Options(part(twin, options).copy, around);
    const header = 20 + options.length;
    const [before, after] = [twin.original.subarray(0, header), twin.copy.subarray(0, header)];
    repairChecksum({ before, after, at: 10, pseudoBefore: 0, pseudoAfter: 0 });
    part(twin, trailing).copy.fill(0);
    if (isFragment(ipv4.value))
      return void around.fragments.put(frame, part(twin, payload), ipv4.value, around);
    scrubTransport(frame, part(twin, payload), { ...ipv4.value, source }, around);
  } else if (ipv6?.ok === true) {
    around.to.putIpv6(twin.copy, 8);
    around.to.putIpv6(twin.copy, 24);
    part(twin, ipv6.value.trailing).copy.fill(0);
    const payload = part(twin, ipv6.value.payload);
    if (isFragment(ipv6.value)) return void around.fragments.put(frame, payload, ipv6.value, around);
    scrubTransport(frame, payload, ipv6.value, around);
  } else blank(twin.copy, 'unreadable IP', around);
}

/** RFC 791 §3.1: routes and time stamps hold addresses; what else there is (router alert) holds none. */
function scrubIpv4Options(options: Uint8Array, around: Surroundings): void {
  for (let at = 0; at < options.length && options[at] !== 0; ) {
    const length = options[at] === 1 ? 1 : Math.max(2, options[at + 1] ?? 2);
    if (length > 4) {
      const value = options.subarray(at + 3, at + length);
      for (let i = 0; i + 4 <= value.length; i += 4) around.to.putIpv4(value, i);
    }
    at += length;
  }
}

export function scrubTransport(frame: number, twin: Twin, head: NetworkHead, around: Surroundings): void {
  switch (head.protocol) {
    case IP_PROTOCOL.udp:
      return void scrubUdp(frame, twin, head, around);
    case IP_PROTOCOL.tcp:
      return void scrubTcp(frame, twin, head, around);
    case IP_PROTOCOL.icmp:
      return void scrubIcmp(twin, around);
    case IP_PROTOCOL.icmpv6:
      if (!scrubErrorOf(twin, (twin.original[0] ?? 0) < 128, around) && !scrubIcmpv6(twin.copy, around.to))
        blank(twin.copy.subarray(4), 'ICMPv6', around);
      return void repair(twin, twin, 2, head, around);
    case IGMP:
      scrubIgmp(twin.copy, around);
      return void repairChecksum({
        before: twin.original,
        after: twin.copy,
        at: 2,
        pseudoBefore: 0,
        pseudoAfter: 0,
      });
    default:
      blank(twin.copy, `IP protocol ${head.protocol}`, around);
  }
}

const IGMP = 2;

/** Groups, which are kept, and (version 3) the sources wanted from them: RFC 3376 §4. */
function scrubIgmp(bytes: Uint8Array, around: Surroundings): void {
  if (bytes[0] !== 0x22) {
    for (let at = 12; at + 4 <= bytes.length; at += 4) around.to.putIpv4(bytes, at);
    return;
  }
  for (let at = 8; at + 8 <= bytes.length; ) {
    const sources = u16At(bytes, at + 2);
    for (let i = 0; i < sources; i++) around.to.putIpv4(bytes, at + 8 + 4 * i);
    at += 8 + 4 * sources + 4 * (bytes[at + 1] as number);
  }
}

function repair(twin: Twin, covered: Twin, at: number, head: NetworkHead, around: Surroundings): void {
  const { original: before, copy: after } = covered;
  const length = twin.original.length + head.missing;
  const map = (address: IpAddress): IpAddress =>
    address.includes(':') ? around.to.ipv6s.of(address as never) : around.to.ipv4s.of(address as Ipv4Address);
  const pseudoBefore = pseudoHeaderSum(head, head.protocol, length);
  const addresses = { source: map(head.source), destination: map(head.destination) };
  const pseudoAfter = pseudoHeaderSum(addresses, head.protocol, length);
  repairChecksum({ before, after, at, pseudoBefore, pseudoAfter }, head.protocol === IP_PROTOCOL.udp);
}

function scrubUdp(frame: number, twin: Twin, head: NetworkHead, around: Surroundings): void {
  const parsed = parseUdp(twin.original);
  if (!parsed.ok) return void blank(twin.copy.subarray(8), 'unreadable UDP', around);
  const udp = parsed.value;
  part(twin, udp.trailing).copy.fill(0);
  scrubDatagram(frame, part(twin, udp.payload), udp, head, around);
  const end = twin.original.length - udp.trailing.length;
  const covered = { original: twin.original.subarray(0, end), copy: twin.copy.subarray(0, end) };
  repair(covered, covered, 6, { ...head, missing: udp.missing }, around);
}

function scrubTcp(frame: number, twin: Twin, head: NetworkHead, around: Surroundings): void {
  const parsed = parseTcp(twin.original);
  if (!parsed.ok) return void blank(twin.copy.subarray(20), 'unreadable TCP', around);
  const { payload } = parsed.value;
  part(twin, payload).copy.set(around.streams.payload(frame, payload.length));
  repair(twin, twin, 16, head, around);
}

function scrubIcmp(twin: Twin, around: Surroundings): void {
  const { original, copy } = twin;
  const [type = 0] = original;
  if (type === 0 || type === 8) copy.fill(0, 8);
  else if (type === 5) around.to.putIpv4(copy, 4);
  if (!scrubErrorOf(twin, ICMP_ERRORS.has(type), around) && type !== 0 && type !== 8)
    blank(copy.subarray(4), 'ICMP', around);
  repairChecksum({ before: original, after: copy, at: 2, pseudoBefore: 0, pseudoAfter: 0 });
}

/** RFC 792: unreachable, source quench, redirect, time exceeded, parameter problem. */
const ICMP_ERRORS: ReadonlySet<number> = new Set([3, 4, 5, 11, 12]);
/** No frame has it: what an error quotes is not the segment or block that went in this frame. */
const QUOTED = 0;

/** The packet that an error quotes stands behind eight octets, in both versions. */
function scrubErrorOf(twin: Twin, isError: boolean, around: Surroundings): boolean {
  if (!isError) return false;
  scrubIp(QUOTED, from(twin, 8), around);
  return true;
}
