import type { Ipv4Address, MacAddress } from '../../src/wire/address.ts';
import { ETHER_TYPE, serializeEthernet } from '../../src/wire/ethernet.ts';
import { IP_PROTOCOL, serializeIpv4 } from '../../src/wire/ipv4.ts';
import { serializeTcp, type TcpFields } from '../../src/wire/tcp.ts';
import { serializeUdp } from '../../src/wire/udp.ts';

/** Who sends or receives. */
export type Host = { readonly mac: MacAddress; readonly ip: Ipv4Address };
/** Where a datagram or segment comes from, or goes to. */
export type Port = { readonly host: Host; readonly port: number };

/** Frames shorter than this are filled up by the network card (IEEE 802.3 §4.4.2, without the check sequence). */
const SHORTEST_FRAME = 60;

export function udpFrame(from: Port, to: Port, payload: Uint8Array): Uint8Array {
  const ports = { sourcePort: from.port, destinationPort: to.port };
  return ipFrame(from.host, to.host, IP_PROTOCOL.udp, serializeUdp({ ...ports, payload }, between(from, to)));
}

export function tcpFrame(
  from: Port,
  to: Port,
  segment: Omit<TcpFields, 'sourcePort' | 'destinationPort'>,
): Uint8Array {
  const ports = { sourcePort: from.port, destinationPort: to.port };
  return ipFrame(
    from.host,
    to.host,
    IP_PROTOCOL.tcp,
    serializeTcp({ ...ports, ...segment }, between(from, to)),
  );
}

function ipFrame(from: Host, to: Host, protocol: number, payload: Uint8Array): Uint8Array {
  const packet = serializeIpv4({ source: from.ip, destination: to.ip, protocol, payload });
  return ethernetFrame(from.mac, to.mac, ETHER_TYPE.ipv4, packet);
}

export function ethernetFrame(
  source: MacAddress,
  destination: MacAddress,
  etherType: number,
  payload: Uint8Array,
): Uint8Array {
  const frame = serializeEthernet({ source, destination, etherType, payload });
  if (frame.length >= SHORTEST_FRAME) return frame;
  const filled = new Uint8Array(SHORTEST_FRAME);
  filled.set(frame);
  return filled;
}

function between(from: Port, to: Port): { readonly source: Ipv4Address; readonly destination: Ipv4Address } {
  return { source: from.host.ip, destination: to.host.ip };
}
