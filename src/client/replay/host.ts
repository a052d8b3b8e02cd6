import type { Packet } from '../../story/packet.ts';
import {
  BROADCAST_IPV4,
  BROADCAST_MAC,
  type IpAddress,
  type Ipv4Address,
  type Ipv6Address,
  ipv4ToNumber,
  type MacAddress,
  parseIpv4,
  UNSPECIFIED_IPV4,
} from '../../wire/address.ts';
import { ARP_OPERATION, parseArp, serializeArp } from '../../wire/arp.ts';
import { ETHER_TYPE, serializeEthernet } from '../../wire/ethernet.ts';
import { type Icmp, serializeIcmp } from '../../wire/icmp.ts';
import type { Icmpv6 } from '../../wire/icmpv6.ts';
import { IP_PROTOCOL, type Ipv4Fields } from '../../wire/ipv4.ts';
import type { Ipv6Fields } from '../../wire/ipv6.ts';
import { serializeUdp, type Udp } from '../../wire/udp.ts';
import { ipv4Packets, ipv6Packets } from './ip-fragments.ts';
import { NeighbourCache } from './neighbour-cache.ts';
import {
  linkLocalOf,
  multicastMac,
  neighbourAdvertisement,
  neighbourIn,
  neighbourSolicitation,
} from './neighbour-discovery.ts';

const NO_MAC = '00:00:00:00:00:00' as MacAddress;

/**
 * The least of a host behind one MAC address, sans-IO: answers ARP, ping and neighbour solicitations for its addresses, knows
 * its neighbours, and sends IP packets as soon as the next hop is known.
 */
export class ReplayHost {
  readonly mac: MacAddress;
  readonly #neighbours = new NeighbourCache();
  #identification = 0;
  readonly #send: (frame: Uint8Array) => void;
  address: Ipv4Address = UNSPECIFIED_IPV4;
  netmask: Ipv4Address = '255.255.255.0' as Ipv4Address;
  gateway: Ipv4Address | undefined;
  /** Its first is the link-local one that it speaks by to its neighbours. */
  readonly addresses6 = new Set<Ipv6Address>();
  /**
   * It is on a network that the lab does not have (a relay's): the lab's routers do not know the way to it, so what is on the
   * way to its address is heard, whichever router it was given to; and it reaches everybody without one.
   */
  elsewhere = false;

  constructor(mac: MacAddress, send: (frame: Uint8Array) => void) {
    this.mac = mac;
    this.#send = send;
  }

  /** Whether a packet of the wire came for this host. Ping and neighbour solicitations are answered. */
  hear(packet: Packet): boolean {
    const { sourceMac, destinationMac, destination, transport } = packet;
    if (sourceMac === this.mac) return false;
    const toAll = destinationMac === BROADCAST_MAC || destinationMac?.startsWith('33:33:') === true;
    const onTheWay = this.elsewhere && destination === this.address;
    if (destinationMac !== this.mac && !toAll && !onTheWay) return false;
    if (transport.kind === 'icmp') this.#ping(packet, transport.icmp);
    if (transport.kind === 'icmpv6') this.#neighbour(packet, transport.icmpv6);
    return true;
  }

  /** The payload of an ARP frame of somebody else's. */
  arp(payload: Uint8Array): void {
    const parsed = parseArp(payload);
    if (!parsed.ok || parsed.value.kind !== 'ipv4') return;
    const { operation, senderMac, senderIp, targetIp } = parsed.value;
    if (senderMac === this.mac) return;
    const asked = operation === ARP_OPERATION.request && targetIp === this.address;
    if (asked && this.address !== UNSPECIFIED_IPV4)
      this.#sendArp(senderMac, ARP_OPERATION.reply, { mac: senderMac, ip: senderIp });
    if (senderIp !== UNSPECIFIED_IPV4) this.#neighbours.learn(senderIp, senderMac);
  }

  /** Sends a packet, after ARP where the next hop's MAC is not known. */
  packet(fields: Ipv4Fields): void {
    const packets = ipv4Packets(fields, this.#nextIdentification());
    const send = (mac: MacAddress): void => {
      for (const packet of packets) this.#ethernet(mac, ETHER_TYPE.ipv4, packet);
    };
    if (fields.destination === BROADCAST_IPV4) {
      send(BROADCAST_MAC);
      return;
    }
    const hop = this.#nextHop(fields.destination);
    this.#neighbours.resolve(hop, send, () =>
      this.#sendArp(BROADCAST_MAC, ARP_OPERATION.request, { mac: NO_MAC, ip: hop }),
    );
  }

  /** Sends an IPv6 packet: whoever is not a group is a neighbour. */
  packet6(fields: Ipv6Fields): void {
    const packets = ipv6Packets(fields, this.#nextIdentification());
    const send = (mac: MacAddress): void => {
      for (const packet of packets) this.#ethernet(mac, ETHER_TYPE.ipv6, packet);
    };
    const { destination } = fields;
    if (destination.startsWith('ff')) {
      send(multicastMac(destination));
      return;
    }
    this.#neighbours.resolve(destination, send, () => {
      const [source = linkLocalOf(this.mac)] = this.addresses6;
      this.packet6(neighbourSolicitation(destination, source, this.mac));
    });
  }

  datagram(
    destination: Ipv4Address,
    ports: Pick<Udp, 'sourcePort' | 'destinationPort'>,
    payload: Uint8Array,
  ): void {
    const addresses = { source: this.address, destination };
    const udp = serializeUdp({ ...ports, payload }, addresses);
    this.packet({ ...addresses, protocol: IP_PROTOCOL.udp, payload: udp });
  }

  /** Of fragments: 16 bits, never 0. */
  #nextIdentification(): number {
    this.#identification = (this.#identification % 0xffff) + 1;
    return this.#identification;
  }

  #nextHop(destination: Ipv4Address): Ipv4Address {
    const mask = ipv4ToNumber(this.netmask);
    const near = ((ipv4ToNumber(destination) ^ ipv4ToNumber(this.address)) & mask) === 0;
    return near || this.elsewhere ? destination : (this.gateway ?? destination);
  }

  #ethernet(destination: MacAddress, etherType: number, payload: Uint8Array): void {
    this.#send(serializeEthernet({ destination, source: this.mac, etherType, payload }));
  }

  #sendArp(
    to: MacAddress,
    operation: number,
    { mac: targetMac, ip: targetIp }: { readonly mac: MacAddress; readonly ip: Ipv4Address },
  ): void {
    const sender = { senderMac: this.mac, senderIp: this.address };
    const payload = serializeArp({ kind: 'ipv4', operation, ...sender, targetMac, targetIp });
    this.#ethernet(to, ETHER_TYPE.arp, payload);
  }

  #ping({ source, destination }: Packet, message: Icmp): void {
    const asker = parseIpv4(source);
    if (message.kind !== 'echo-request' || destination !== this.address || asker === undefined) return;
    const { id, sequence, data } = message;
    const payload = serializeIcmp({ kind: 'echo-reply', id, sequence, data });
    this.packet({ source: this.address, destination: asker, protocol: IP_PROTOCOL.icmp, payload });
  }

  #neighbour({ source }: Packet, message: Icmpv6): void {
    if (isIpv4(source)) return;
    const told = neighbourIn(message, source);
    if (told !== undefined) this.#neighbours.learn(...told);
    if (message.kind !== 'neighbour-solicitation' || !this.addresses6.has(message.target)) return;
    this.packet6(neighbourAdvertisement(message.target, source, this.mac));
  }
}

const isIpv4 = (address: IpAddress): address is Ipv4Address => !address.includes(':');
