import type { Frame } from '../../../pcap/frame.ts';
import { LINKTYPE } from '../../../pcap/link-type.ts';
import { BROADCAST_IPV4, BROADCAST_MAC, type Ipv4Address, type MacAddress } from '../../../wire/address.ts';
import { buildDhcpMessage, type DhcpMessageSpec } from '../../../wire/dhcp/build-message.ts';
import { serializeEthernet } from '../../../wire/ethernet.ts';
import { IP_PROTOCOL, serializeIpv4 } from '../../../wire/ipv4.ts';
import { serializeUdp } from '../../../wire/udp.ts';

/** Who sends a datagram to whom, and by which ports. */
export type Way = {
  readonly from: MacAddress;
  readonly to?: MacAddress;
  readonly source: Ipv4Address;
  readonly destination?: Ipv4Address;
  readonly ports: readonly [number, number];
};

const ETHER_TYPE_IPV4 = 0x0800;

export function datagramFrame(
  { from, to = BROADCAST_MAC, source, destination = BROADCAST_IPV4, ports }: Way,
  payload: Uint8Array,
): Uint8Array {
  const addresses = { source, destination };
  const [sourcePort, destinationPort] = ports;
  const udp = serializeUdp({ sourcePort, destinationPort, payload }, addresses);
  const packet = serializeIpv4({ ...addresses, protocol: IP_PROTOCOL.udp, payload: udp });
  return serializeEthernet({ destination: to, source: from, etherType: ETHER_TYPE_IPV4, payload: packet });
}

/** A capture made by hand. */
export class Recording {
  readonly frames: Frame[] = [];

  datagram(at: number, way: Way, payload: Uint8Array): this {
    return this.frame(at, datagramFrame(way, payload));
  }

  /** `at`: seconds. */
  frame(at: number, bytes: Uint8Array): this {
    const [number, timeNs] = [this.frames.length + 1, BigInt(Math.round(at * 1e9))];
    const common = { interfaceId: 0, linkType: LINKTYPE.ethernet, originalLength: bytes.length };
    this.frames.push({ number, timeNs, bytes, ...common });
    return this;
  }

  dhcp(at: number, way: Way, spec: DhcpMessageSpec): this {
    return this.datagram(at, way, buildDhcpMessage(spec));
  }
}
