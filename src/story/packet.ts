import type { Frame } from '../pcap/frame.ts';
import type { IpAddress, MacAddress } from '../wire/address.ts';
import { type Icmp, parseIcmp } from '../wire/icmp.ts';
import { type Icmpv6, parseIcmpv6 } from '../wire/icmpv6.ts';
import { type Fragment, IP_PROTOCOL, isFragment, parseIpv4 } from '../wire/ipv4.ts';
import { fragmentIdentification, parseIpv6 } from '../wire/ipv6.ts';
import { parseTcp, type Tcp } from '../wire/tcp.ts';
import { parseUdp, type Udp } from '../wire/udp.ts';
import type { ParseResult, WireError } from '../wire/wire-error.ts';
import { type Macs, openLink } from './link.ts';
import { openUsual } from './open-usual.ts';

export type Transport =
  | { readonly kind: 'udp'; readonly udp: Udp }
  | { readonly kind: 'tcp'; readonly tcp: Tcp }
  | { readonly kind: 'icmp'; readonly icmp: Icmp }
  | { readonly kind: 'icmpv6'; readonly icmpv6: Icmpv6 }
  /** A fragment without the whole transport header, or a protocol no boot uses. */
  | { readonly kind: 'other' };

/** A part of an IP packet. packet-reader.ts puts them together. */
export type IpFragment = Fragment & {
  /** What all fragments of one packet between two addresses have in common. */
  readonly identification: number;
  readonly protocol: number;
  readonly payload: Uint8Array;
};

/** A frame opened as far as its transport: what conversations are made of. */
export type Packet = {
  readonly frame: Frame;
  /** Absent where the capture has no link layer. */
  readonly sourceMac: MacAddress | undefined;
  /** Absent where the capture has no link layer, or only the sender's address (Linux cooked). */
  readonly destinationMac: MacAddress | undefined;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly transport: Transport;
  /** IPv4's; 0 where there is none. */
  readonly identification: number;
  /** Between which octets of the frame stands what IP carries, from the transport header on. Both 0 where it was put together. */
  readonly begins: number;
  readonly ends: number;
  /** Octets of the IP payload that the capture does not hold (snap length, fragments). */
  readonly missing: number;
  /** Only where this is one fragment of a packet. */
  readonly fragment: IpFragment | undefined;
};

/** Why a frame of a link type that is decoded was not. */
export type Unopened = 'encrypted' | 'aggregated' | 'damaged';

export type PacketResult =
  | { readonly kind: 'packet'; readonly packet: Packet }
  /** Not IP: ARP, LLDP, spanning tree, beacons. Nothing a story is told from. */
  | { readonly kind: 'not-ip'; readonly sourceMac: MacAddress | undefined }
  | { readonly kind: 'link-type'; readonly linkType: number }
  /** 802.11: encrypted, several frames in one or one in several, or damaged on the air. */
  | { readonly kind: 'unopened'; readonly why: Unopened }
  | {
      readonly kind: 'unreadable';
      readonly protocol: string;
      readonly error: WireError;
      readonly sourceMac: MacAddress | undefined;
    };

/** Opens one frame. Never throws, whatever the bytes. */
export function openFrame(frame: Frame): PacketResult {
  const packet = openUsual(frame);
  return packet === undefined ? openAny(frame) : { kind: 'packet', packet };
}

/** The same step by step, whatever the frame is. */
export function openAny(frame: Frame): PacketResult {
  const link = openLink(frame);
  switch (link.kind) {
    case 'ipv4':
      return openIpv4(frame, link.payload, link);
    case 'ipv6':
      return openIpv6(frame, link.payload, link);
    default:
      return link;
  }
}

function openIpv4(frame: Frame, bytes: Uint8Array, macs: Macs): PacketResult {
  const parsed = parseIpv4(bytes);
  if (!parsed.ok) return unreadable('IPv4', parsed.error, macs.source);
  const ip = parsed.value;
  return openTransport(frame, macs, ip, isFragment(ip) ? fragmentOf(ip, ip.identification) : undefined);
}

function openIpv6(frame: Frame, bytes: Uint8Array, macs: Macs): PacketResult {
  const parsed = parseIpv6(bytes);
  if (!parsed.ok) return unreadable('IPv6', parsed.error, macs.source);
  const ip = parsed.value;
  // RFC 6946: a fragment header with offset 0 and nothing to follow is a whole packet.
  const fragment = isFragment(ip) ? fragmentOf(ip, fragmentIdentification(ip) ?? 0) : undefined;
  return openTransport(frame, macs, ip, fragment);
}

/** What both versions of IP say of what they carry. */
type Network = {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly protocol: number;
  readonly fragment: Fragment;
  readonly payload: Uint8Array;
  readonly missing: number;
  /** IPv4 has one. */
  readonly identification?: number;
};

function fragmentOf({ fragment, protocol, payload }: Network, identification: number): IpFragment {
  return { offset: fragment.offset, more: fragment.more, identification, protocol, payload };
}

function openTransport(
  frame: Frame,
  macs: Macs,
  network: Network,
  fragment: IpFragment | undefined,
): PacketResult {
  const { source, destination, protocol, payload, missing } = network;
  const opened: ParseResult<Transport> =
    // Only the first fragment has the transport header.
    fragment !== undefined && fragment.offset > 0 ? OTHER : parseTransport(protocol, payload);
  // What a fragment has too little of may be in the next one.
  if (!opened.ok && fragment === undefined) {
    return unreadable(PROTOCOL_NAME[protocol] ?? 'IP', opened.error, macs.source);
  }
  return {
    kind: 'packet',
    packet: {
      frame,
      sourceMac: macs.source,
      destinationMac: macs.destination,
      source,
      destination,
      transport: opened.ok ? opened.value : OTHER.value,
      identification: network.identification ?? 0,
      ...placeIn(frame, payload),
      missing,
      fragment,
    },
  };
}

function placeIn({ bytes }: Frame, payload: Uint8Array): Pick<Packet, 'begins' | 'ends'> {
  const begins = payload.byteOffset - bytes.byteOffset;
  const ends = begins + payload.length;
  const isThere = payload.buffer === bytes.buffer && begins >= 0 && ends <= bytes.length;
  return isThere ? { begins, ends } : { begins: 0, ends: 0 };
}

/** Opens the whole (or what is there of it) that `first` is a fragment of. `frame` is the one that it is told by. */
export function openWhole(
  first: Packet,
  protocol: number,
  payload: Uint8Array,
  missing: number,
  frame: Frame,
): PacketResult {
  const macs = { source: first.sourceMac, destination: first.destinationMac };
  const { source, destination } = first;
  const network = { source, destination, protocol, payload, missing, fragment: { offset: 0, more: false } };
  return openTransport(frame, macs, network, undefined);
}

const OTHER = { ok: true, value: { kind: 'other' } } as const;

function parseTransport(protocol: number, payload: Uint8Array): ParseResult<Transport> {
  switch (protocol) {
    case IP_PROTOCOL.udp:
      return mapped(parseUdp(payload), (udp) => ({ kind: 'udp', udp }));
    case IP_PROTOCOL.tcp:
      return mapped(parseTcp(payload), (tcp) => ({ kind: 'tcp', tcp }));
    case IP_PROTOCOL.icmp:
      return mapped(parseIcmp(payload), (icmp) => ({ kind: 'icmp', icmp }));
    case IP_PROTOCOL.icmpv6:
      return mapped(parseIcmpv6(payload), (icmpv6) => ({ kind: 'icmpv6', icmpv6 }));
    default:
      return OTHER;
  }
}

const PROTOCOL_NAME: Readonly<Record<number, string>> = { 1: 'ICMP', 6: 'TCP', 17: 'UDP', 58: 'ICMPv6' };

function mapped<T, U>(result: ParseResult<T>, map: (value: T) => U): ParseResult<U> {
  return result.ok ? { ok: true, value: map(result.value) } : result;
}

function unreadable(protocol: string, error: WireError, sourceMac: MacAddress | undefined): PacketResult {
  return { kind: 'unreadable', protocol, error, sourceMac };
}
