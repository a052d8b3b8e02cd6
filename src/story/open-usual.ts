import type { Frame } from '../pcap/frame.ts';
import { LINKTYPE } from '../pcap/link-type.ts';
import { ipv4FromBytes, macFromBytes } from '../wire/address.ts';
import { u16At } from '../wire/bytes.ts';
import { ETHER_TYPE } from '../wire/ethernet.ts';
import { IP_PROTOCOL } from '../wire/ipv4.ts';
import { parseTcpWithin } from '../wire/tcp.ts';
import { parseUdpWithin } from '../wire/udp.ts';
import type { Packet, Transport } from './packet.ts';

/** Where things stand in an untagged Ethernet frame with IPv4 (RFC 894, RFC 791 §3.1). */
const AT = {
  etherType: 12,
  ip: 14,
  totalLength: 16,
  identification: 18,
  fragment: 20,
  protocol: 23,
  source: 26,
  destination: 30,
};
const ETHERNET_SOURCE = 6;
const IP_HEADER = 20;
/** Version 4, five words of header: no options. */
const IPV4_WITHOUT_OPTIONS = 0x45;
/** More fragments, and the offset. */
const FRAGMENT_BITS = 0x3fff;

/**
 * What nearly every frame is, read at once: UDP or TCP in a whole IPv4 packet without options on untagged Ethernet. The same packet that
 * packet.ts makes step by step, without an object for each step. Undefined for every other frame: packet.ts says what that is.
 */
export function openUsual(frame: Frame): Packet | undefined {
  const { bytes } = frame;
  if (frame.linkType !== LINKTYPE.ethernet || bytes.length < AT.ip + IP_HEADER) return undefined;
  if (u16At(bytes, AT.etherType) !== ETHER_TYPE.ipv4 || bytes[AT.ip] !== IPV4_WITHOUT_OPTIONS)
    return undefined;
  if ((u16At(bytes, AT.fragment) & FRAGMENT_BITS) !== 0) return undefined;
  const end = AT.ip + u16At(bytes, AT.totalLength);
  if (end > bytes.length || end < AT.ip + IP_HEADER) return undefined;
  const transport = transportOf(bytes, end);
  if (transport === undefined) return undefined;
  return {
    frame,
    sourceMac: macFromBytes(bytes, ETHERNET_SOURCE),
    destinationMac: macFromBytes(bytes, 0),
    source: ipv4FromBytes(bytes, AT.source),
    destination: ipv4FromBytes(bytes, AT.destination),
    transport,
    identification: u16At(bytes, AT.identification),
    begins: AT.ip + IP_HEADER,
    ends: end,
    missing: 0,
    fragment: undefined,
  };
}

function transportOf(bytes: Uint8Array, end: number): Transport | undefined {
  switch (bytes[AT.protocol]) {
    case IP_PROTOCOL.udp: {
      const udp = parseUdpWithin(bytes, AT.ip + IP_HEADER, end);
      return udp.ok ? { kind: 'udp', udp: udp.value } : undefined;
    }
    case IP_PROTOCOL.tcp: {
      const tcp = parseTcpWithin(bytes, AT.ip + IP_HEADER, end);
      return tcp.ok ? { kind: 'tcp', tcp: tcp.value } : undefined;
    }
    default:
      return undefined;
  }
}
