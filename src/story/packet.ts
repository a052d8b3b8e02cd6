import type { Frame } from '../pcap/frame.ts';
import { LINKTYPE } from '../pcap/link-type.ts';
import type { IpAddress, MacAddress } from '../wire/address.ts';
import { ETHER_TYPE, parseEthernet } from '../wire/ethernet.ts';
import { type Icmp, parseIcmp } from '../wire/icmp.ts';
import { type Icmpv6, parseIcmpv6 } from '../wire/icmpv6.ts';
import { type Fragment, IP_PROTOCOL, parseIpv4 } from '../wire/ipv4.ts';
import { parseIpv6 } from '../wire/ipv6.ts';
import { parseTcp, type Tcp } from '../wire/tcp.ts';
import { parseUdp, type Udp } from '../wire/udp.ts';
import type { ParseResult, WireError } from '../wire/wire-error.ts';

export type Transport =
  | { readonly kind: 'udp'; readonly udp: Udp }
  | { readonly kind: 'tcp'; readonly tcp: Tcp }
  | { readonly kind: 'icmp'; readonly icmp: Icmp }
  | { readonly kind: 'icmpv6'; readonly icmpv6: Icmpv6 }
  /** A fragment other than the first, or a protocol no boot uses. */
  | { readonly kind: 'other' };

/** A frame opened as far as its transport: what conversations are made of. */
export type Packet = {
  readonly frame: Frame;
  /** Absent where the capture has no link layer. */
  readonly sourceMac: MacAddress | undefined;
  readonly destinationMac: MacAddress | undefined;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly transport: Transport;
  /** Octets of the IP payload that the capture does not hold (snap length). */
  readonly missing: number;
};

export type PacketResult =
  | { readonly kind: 'packet'; readonly packet: Packet }
  /** Not IP: ARP, LLDP, spanning tree. Nothing a story is told from. */
  | { readonly kind: 'not-ip'; readonly sourceMac: MacAddress | undefined }
  | { readonly kind: 'link-type'; readonly linkType: number }
  | {
      readonly kind: 'unreadable';
      readonly protocol: string;
      readonly error: WireError;
      readonly sourceMac: MacAddress | undefined;
    };

type Macs = { readonly source: MacAddress | undefined; readonly destination: MacAddress | undefined };
const NO_MACS: Macs = { source: undefined, destination: undefined };

/** Opens one frame. Never throws, whatever the bytes. */
export function openFrame(frame: Frame): PacketResult {
  switch (frame.linkType) {
    case LINKTYPE.ethernet: {
      const ethernet = parseEthernet(frame.bytes);
      if (!ethernet.ok) return unreadable('Ethernet', ethernet.error, undefined);
      const { source, destination, etherType, payload } = ethernet.value;
      const macs = { source, destination };
      if (etherType === ETHER_TYPE.ipv4) return openIpv4(frame, payload, macs);
      if (etherType === ETHER_TYPE.ipv6) return openIpv6(frame, payload, macs);
      return { kind: 'not-ip', sourceMac: source };
    }
    // Four octets of address family in the byte order of the machine that captured: the IP version nibble says it better.
    case LINKTYPE.null:
    case LINKTYPE.loop:
      return openIp(frame, frame.bytes.subarray(4));
    case LINKTYPE.raw:
    case LINKTYPE.ipv4:
    case LINKTYPE.ipv6:
      return openIp(frame, frame.bytes);
    default:
      return { kind: 'link-type', linkType: frame.linkType };
  }
}

function openIp(frame: Frame, bytes: Uint8Array): PacketResult {
  const version = (bytes[0] ?? 0) >> 4;
  if (version === 6) return openIpv6(frame, bytes, NO_MACS);
  return openIpv4(frame, bytes, NO_MACS);
}

function openIpv4(frame: Frame, bytes: Uint8Array, macs: Macs): PacketResult {
  const parsed = parseIpv4(bytes);
  return parsed.ok ? openTransport(frame, macs, parsed.value) : unreadable('IPv4', parsed.error, macs.source);
}

function openIpv6(frame: Frame, bytes: Uint8Array, macs: Macs): PacketResult {
  const parsed = parseIpv6(bytes);
  return parsed.ok ? openTransport(frame, macs, parsed.value) : unreadable('IPv6', parsed.error, macs.source);
}

/** What both versions of IP say of what they carry. */
type Network = {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly protocol: number;
  readonly fragment: Fragment;
  readonly payload: Uint8Array;
  readonly missing: number;
};

function openTransport(frame: Frame, macs: Macs, network: Network): PacketResult {
  const { source, destination, protocol, fragment, payload, missing } = network;
  const opened = ((): ParseResult<Transport> => {
    // Only the first fragment has the transport header.
    if (fragment.offset > 0) return { ok: true, value: { kind: 'other' } };
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
        return { ok: true, value: { kind: 'other' } };
    }
  })();
  if (!opened.ok) return unreadable(PROTOCOL_NAME[protocol] ?? 'IP', opened.error, macs.source);
  return {
    kind: 'packet',
    packet: {
      frame,
      sourceMac: macs.source,
      destinationMac: macs.destination,
      source,
      destination,
      transport: opened.value,
      missing,
    },
  };
}

const PROTOCOL_NAME: Readonly<Record<number, string>> = { 1: 'ICMP', 6: 'TCP', 17: 'UDP', 58: 'ICMPv6' };

function mapped<T, U>(result: ParseResult<T>, map: (value: T) => U): ParseResult<U> {
  return result.ok ? { ok: true, value: map(result.value) } : result;
}

function unreadable(protocol: string, error: WireError, sourceMac: MacAddress | undefined): PacketResult {
  return { kind: 'unreadable', protocol, error, sourceMac };
}
