import {
  BROADCAST_IPV4,
  BROADCAST_MAC,
  type Ipv4Address,
  ipv4ToNumber,
  type MacAddress,
  UNSPECIFIED_IPV4,
} from '../../wire/address.ts';
import { ARP_OPERATION, parseArp, serializeArp } from '../../wire/arp.ts';
import { ETHER_TYPE, parseEthernet, serializeEthernet } from '../../wire/ethernet.ts';
import { parseIcmp, serializeIcmp } from '../../wire/icmp.ts';
import { IP_PROTOCOL, type Ipv4Fields, type Ipv4Packet, parseIpv4, serializeIpv4 } from '../../wire/ipv4.ts';
import { parseUdp, serializeUdp, type Udp } from '../../wire/udp.ts';

const NO_MAC = '00:00:00:00:00:00' as MacAddress;

/** What came for a host. */
export type HostPacket = Ipv4Packet;

/** The UDP datagram in a packet, where it is one. */
export function udpOf(packet: HostPacket): Udp | undefined {
  const udp = packet.protocol === IP_PROTOCOL.udp ? parseUdp(packet.payload) : undefined;
  return udp?.ok === true ? udp.value : undefined;
}

/**
 * The least of a host behind one MAC address, sans-IO: answers ARP and ping for its address, knows its neighbours, and
 * sends IPv4 packets as soon as the next hop is known.
 */
export class ReplayHost {
  readonly mac: MacAddress;
  readonly #neighbours = new Map<Ipv4Address, MacAddress>();
  readonly #waiting = new Map<Ipv4Address, Ipv4Fields[]>();
  readonly #send: (frame: Uint8Array) => void;
  address: Ipv4Address = UNSPECIFIED_IPV4;
  netmask: Ipv4Address = '255.255.255.0' as Ipv4Address;
  gateway: Ipv4Address | undefined;

  constructor(mac: MacAddress, send: (frame: Uint8Array) => void) {
    this.mac = mac;
    this.#send = send;
  }

  /** Takes a frame of the wire; the packet in it, where it is one for this host. ARP and ping are answered. */
  frame(bytes: Uint8Array): HostPacket | undefined {
    const ethernet = parseEthernet(bytes);
    if (!ethernet.ok || ethernet.value.source === this.mac) return undefined;
    const { destination, etherType, payload } = ethernet.value;
    if (destination !== this.mac && destination !== BROADCAST_MAC) return undefined;
    if (etherType === ETHER_TYPE.arp) this.#arp(payload);
    if (etherType !== ETHER_TYPE.ipv4) return undefined;
    const parsed = parseIpv4(payload);
    if (!parsed.ok) return undefined;
    const packet = parsed.value;
    if (packet.protocol === IP_PROTOCOL.icmp) this.#ping(packet);
    return packet;
  }

  /** Sends a packet, after ARP where the next hop's MAC is not known. */
  packet(fields: Ipv4Fields): void {
    if (fields.destination === BROADCAST_IPV4) {
      this.#to(BROADCAST_MAC, fields);
      return;
    }
    const hop = this.#nextHop(fields.destination);
    const known = this.#neighbours.get(hop);
    if (known !== undefined) {
      this.#to(known, fields);
      return;
    }
    this.#waiting.set(hop, [...(this.#waiting.get(hop) ?? []), fields].slice(-1));
    this.#ask(hop);
  }

  datagram(
    destination: Ipv4Address,
    ports: Pick<Udp, 'sourcePort' | 'destinationPort'>,
    payload: Uint8Array,
  ): void {
    const addresses = { source: this.address, destination };
    this.packet({
      ...addresses,
      protocol: IP_PROTOCOL.udp,
      payload: serializeUdp({ ...ports, payload }, addresses),
    });
  }

  #nextHop(destination: Ipv4Address): Ipv4Address {
    const mask = ipv4ToNumber(this.netmask);
    const near = ((ipv4ToNumber(destination) ^ ipv4ToNumber(this.address)) & mask) === 0;
    return near ? destination : (this.gateway ?? destination);
  }

  #to(destination: MacAddress, fields: Ipv4Fields): void {
    const payload = serializeIpv4(fields);
    this.#send(serializeEthernet({ destination, source: this.mac, etherType: ETHER_TYPE.ipv4, payload }));
  }

  #ask(targetIp: Ipv4Address): void {
    const payload = serializeArp({
      ...{ kind: 'ipv4', operation: ARP_OPERATION.request, senderMac: this.mac, senderIp: this.address },
      ...{ targetMac: NO_MAC, targetIp },
    });
    this.#send(
      serializeEthernet({ destination: BROADCAST_MAC, source: this.mac, etherType: ETHER_TYPE.arp, payload }),
    );
  }

  #arp(payload: Uint8Array): void {
    const parsed = parseArp(payload);
    if (!parsed.ok || parsed.value.kind !== 'ipv4') return;
    const { operation, senderMac, senderIp, targetIp } = parsed.value;
    if (senderIp !== UNSPECIFIED_IPV4) this.#neighbours.set(senderIp, senderMac);
    if (operation === ARP_OPERATION.request && targetIp === this.address && senderMac !== this.mac) {
      const reply = serializeArp({
        ...{ kind: 'ipv4', operation: ARP_OPERATION.reply, senderMac: this.mac, senderIp: this.address },
        ...{ targetMac: senderMac, targetIp: senderIp },
      });
      this.#send(
        serializeEthernet({
          destination: senderMac,
          source: this.mac,
          etherType: ETHER_TYPE.arp,
          payload: reply,
        }),
      );
    }
    const waiting = this.#waiting.get(senderIp) ?? [];
    this.#waiting.delete(senderIp);
    for (const fields of waiting) this.#to(senderMac, fields);
  }

  #ping(packet: Ipv4Packet): void {
    const parsed = parseIcmp(packet.payload);
    if (!parsed.ok || parsed.value.kind !== 'echo-request' || packet.destination !== this.address) return;
    const { id, sequence, data } = parsed.value;
    this.packet({
      source: this.address,
      destination: packet.source,
      protocol: IP_PROTOCOL.icmp,
      payload: serializeIcmp({ kind: 'echo-reply', id, sequence, data }),
    });
  }
}
