/** For tests: sockets on a lab's hosts, and what frames of a capture say. */
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { boundSocket } from '../../os/inet-socket.ts';
import type { Frame } from '../../pcap/frame.ts';
import { type Ipv6Address, mac } from '../../wire/address.ts';
import { ETHER_TYPE, parseEthernet, serializeEthernet } from '../../wire/ethernet.ts';
import { parseIcmpv6, serializeIcmpv6 } from '../../wire/icmpv6.ts';
import { IP_PROTOCOL, parseIpv4 } from '../../wire/ipv4.ts';
import { parseIpv6, serializeIpv6 } from '../../wire/ipv6.ts';
import { parseUdp, udpChecksum } from '../../wire/udp.ts';
import type { Lab } from '../start-lab.ts';
import { inHost } from './in-host.ts';

/** A UDP socket of this process on a host of the lab. */
export function udpOn(lab: Lab, host: string, address: string, port: number): UdpSocket & Disposable {
  const socket = createSocket('udp4').bind({
    fd: inHost(lab, host, () => boundSocket('udp', address, port)),
  });
  return Object.assign(socket, { [Symbol.dispose]: () => void socket.close() });
}

/** Source and destination port, payload, and what the checksum of a UDP datagram over IPv4 is. */
export function udpIn(frame: Frame) {
  const ethernet = parseEthernet(frame.bytes);
  if (!ethernet.ok || ethernet.value.etherType !== ETHER_TYPE.ipv4) return undefined;
  const packet = parseIpv4(ethernet.value.payload);
  if (!packet.ok || packet.value.protocol !== IP_PROTOCOL.udp) return undefined;
  const datagram = parseUdp(packet.value.payload);
  if (!datagram.ok) return undefined;
  const { source, destination, payload } = packet.value;
  const checksum = udpChecksum(payload, datagram.value, { source, destination });
  return { ...datagram.value, text: Buffer.from(datagram.value.payload).toString(), checksum };
}

const CLIENT = mac('52:54:00:12:34:56');

/** As a client sends it that has no address yet. */
export function routerSolicitation(): Uint8Array {
  const addresses = { source: '::' as Ipv6Address, destination: 'ff02::2' as Ipv6Address };
  const payload = serializeIcmpv6({ kind: 'router-solicitation', options: [] }, addresses);
  return serializeEthernet({
    destination: mac('33:33:00:00:00:02'),
    source: CLIENT,
    etherType: ETHER_TYPE.ipv6,
    payload: serializeIpv6({ ...addresses, protocol: IP_PROTOCOL.icmpv6, hopLimit: 255, payload }),
  });
}

/** The ICMPv6 message in a frame, with what carried it. */
export function icmpv6In(frame: Frame) {
  const ethernet = parseEthernet(frame.bytes);
  if (!ethernet.ok || ethernet.value.etherType !== ETHER_TYPE.ipv6) return undefined;
  const packet = parseIpv6(ethernet.value.payload);
  if (!packet.ok || packet.value.protocol !== IP_PROTOCOL.icmpv6) return undefined;
  const message = parseIcmpv6(packet.value.payload);
  return message.ok
    ? { from: ethernet.value.source, packet: packet.value, message: message.value }
    : undefined;
}
