/** For tests: sockets on a lab's hosts, and what frames of a capture say. */
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { boundSocket } from '../../os/inet-socket.ts';
import type { Frame } from '../../pcap/frame.ts';
import {
  BROADCAST_IPV4,
  BROADCAST_MAC,
  type Ipv6Address,
  mac,
  UNSPECIFIED_IPV4,
} from '../../wire/address.ts';
import { buildDhcpMessage } from '../../wire/dhcp/build-message.ts';
import { fileName, parseDhcpMessage } from '../../wire/dhcp/message.ts';
import { messageTypeOf } from '../../wire/dhcp/opt-message-type.ts';
import { OPTION } from '../../wire/dhcp/option-codes.ts';
import { ETHER_TYPE, parseEthernet, serializeEthernet } from '../../wire/ethernet.ts';
import { parseIcmpv6, serializeIcmpv6 } from '../../wire/icmpv6.ts';
import { IP_PROTOCOL, parseIpv4, serializeIpv4 } from '../../wire/ipv4.ts';
import { parseIpv6, serializeIpv6 } from '../../wire/ipv6.ts';
import { parseUdp, serializeUdp, udpChecksum } from '../../wire/udp.ts';
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

/** As firmware sends it that asks for nothing. */
export function dhcpDiscover(client: string): Uint8Array {
  const chaddr = mac(client);
  const type = { code: OPTION.messageType, data: Uint8Array.of(1) };
  const payload = buildDhcpMessage({ xid: 7, chaddr, options: [type] });
  const addresses = { source: UNSPECIFIED_IPV4, destination: BROADCAST_IPV4 };
  const udp = serializeUdp({ sourcePort: 68, destinationPort: 67, payload }, addresses);
  return serializeEthernet({
    destination: BROADCAST_MAC,
    source: chaddr,
    etherType: ETHER_TYPE.ipv4,
    payload: serializeIpv4({ ...addresses, protocol: IP_PROTOCOL.udp, payload: udp }),
  });
}

/** What a DHCP server sends in this frame: the type of the message, and the boot file. */
export function dhcpReplyIn(frame: Frame) {
  const datagram = udpIn(frame);
  if (datagram?.sourcePort !== 67) return undefined;
  const message = parseDhcpMessage(datagram.payload);
  return message.ok ? { type: messageTypeOf(message.value), file: fileName(message.value) } : undefined;
}
