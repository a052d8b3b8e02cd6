/** Many DHCP clients on one end of a veth pair that speak raw frames: what each was promised is remembered. */
import { openPacketSocket } from '../../os/packet-socket.ts';
import {
  BROADCAST_IPV4,
  BROADCAST_MAC,
  type Ipv4Address,
  ipv4ToBytes,
  type MacAddress,
  mac,
  macFromBytes,
  UNSPECIFIED_IPV4,
} from '../../wire/address.ts';
import { buildDhcpMessage, type OptionToSend } from '../../wire/dhcp/build-message.ts';
import { BOOTREPLY, type DhcpMessage, parseDhcpMessage } from '../../wire/dhcp/message.ts';
import {
  type MessageTypeName,
  messageTypeOf,
  serializeMessageType,
} from '../../wire/dhcp/opt-message-type.ts';
import { OPTION } from '../../wire/dhcp/option-codes.ts';
import { ETHER_TYPE, parseEthernet, serializeEthernet } from '../../wire/ethernet.ts';
import { IP_PROTOCOL, parseIpv4, serializeIpv4 } from '../../wire/ipv4.ts';
import { parseUdp, serializeUdp } from '../../wire/udp.ts';

/** What a client believes, by the replies it heard. */
export type RawClient = {
  readonly mac: MacAddress;
  /** Acknowledged, and neither given back nor declined since. */
  holds: Ipv4Address | undefined;
  waitsFor: 'offer' | 'ack' | undefined;
  askedAt: number;
};

export type Counts = Record<'offers' | 'acks' | 'naks' | 'releases' | 'declines' | 'sent', number>;

const RETRY_MS = 400;
const MOST_AT_ONCE = 48;

export class RawClients implements Disposable {
  readonly clients: readonly RawClient[];
  readonly counts: Counts = { offers: 0, acks: 0, naks: 0, releases: 0, declines: 0, sent: 0 };
  /** What no client of a server that keeps its word would see. */
  readonly violations: string[] = [];
  readonly #byMac: ReadonlyMap<MacAddress, RawClient>;
  readonly #holders = new Map<Ipv4Address, RawClient>();
  readonly #socket;
  readonly #server: Ipv4Address;
  readonly #random: () => number;
  #next = 0;

  /** `random`: from 0 to below 1. */
  constructor(interfaceName: string, server: Ipv4Address, count: number, random: () => number) {
    this.clients = Array.from({ length: count }, (_, n) => ({
      mac: mac(
        `02:00:00:00:${(n >> 8).toString(16).padStart(2, '0')}:${(n & 255).toString(16).padStart(2, '0')}`,
      ),
      holds: undefined,
      waitsFor: undefined,
      askedAt: 0,
    }));
    this.#byMac = new Map(this.clients.map((client) => [client.mac, client]));
    this.#server = server;
    this.#random = random;
    this.#socket = openPacketSocket(interfaceName, 'everything');
    this.#socket.onFrame((frame) => this.#hear(frame));
  }

  /** Some of them go on: ask, ask again, come back, give back, decline. */
  act(now: number): void {
    const waits = ({ waitsFor, askedAt }: RawClient) => waitsFor !== undefined && now - askedAt < RETRY_MS;
    let busy = this.clients.filter(waits).length;
    for (let tried = 0; tried < this.clients.length && busy < MOST_AT_ONCE; tried++) {
      const client = this.clients[this.#next++ % this.clients.length] as RawClient;
      if (waits(client)) continue;
      this.#begin(client, now);
      busy++;
    }
  }

  /** What has arrived and was not read yet: after a server's end, its last words. */
  drain(): void {
    for (let frame = this.#socket.receive(); frame !== undefined; frame = this.#socket.receive())
      this.#hear(frame);
  }

  #begin(client: RawClient, now: number): void {
    const chance = this.#random();
    if (client.holds === undefined || chance < 0.2) {
      this.#ask(client, 'discover', 'offer', now);
    } else if (chance < 0.3) {
      this.counts.releases++;
      const { holds } = client;
      this.#letGo(client);
      this.#say(client, 'release', [this.#serverOption()], holds);
    } else if (chance < 0.32) {
      this.counts.declines++;
      const { holds } = client;
      this.#letGo(client);
      this.#say(client, 'decline', [this.#serverOption(), addressOf(OPTION.requestedAddress, holds)]);
    } else {
      // INIT-REBOOT: the answer comes by frame, not through ARP, which these clients do not answer.
      this.#ask(client, 'request', 'ack', now, [addressOf(OPTION.requestedAddress, client.holds)]);
    }
  }

  #hear(frame: Uint8Array): void {
    const message = replyIn(frame);
    const client = message && this.#byMac.get(macFromBytes(message.chaddr));
    if (message === undefined || client === undefined) return;
    const type = messageTypeOf(message);
    const { yiaddr } = message;
    if (type === 'offer') {
      this.counts.offers++;
      this.#expectSame(client, yiaddr, 'was offered');
      if (client.waitsFor !== 'offer') return;
      this.#ask(client, 'request', 'ack', client.askedAt, [
        this.#serverOption(),
        addressOf(OPTION.requestedAddress, yiaddr),
      ]);
    }
    if (type === 'ack') {
      this.counts.acks++;
      // A late one, for a lease that was given back meanwhile, promises nothing: the client has moved on.
      if (client.waitsFor !== 'ack') return;
      this.#expectSame(client, yiaddr, 'was acknowledged');
      const holder = this.#holders.get(yiaddr);
      if (holder !== undefined && holder !== client) {
        this.violations.push(`${client.mac} was given ${yiaddr}, which ${holder.mac} has`);
      }
      client.waitsFor = undefined;
      client.holds = yiaddr;
      this.#holders.set(yiaddr, client);
    }
    if (type === 'nak') {
      this.counts.naks++;
      if (client.holds !== undefined) this.violations.push(`${client.mac} has ${client.holds} and got a NAK`);
      client.waitsFor = undefined;
    }
  }

  #expectSame(client: RawClient, address: Ipv4Address, what: string): void {
    if (client.holds === undefined || client.holds === address) return;
    this.violations.push(`${client.mac} has ${client.holds} and ${what} ${address}`);
  }

  #letGo(client: RawClient): void {
    if (client.holds !== undefined) this.#holders.delete(client.holds);
    client.holds = undefined;
  }

  #ask(
    client: RawClient,
    type: MessageTypeName,
    waitsFor: 'offer' | 'ack',
    now: number,
    options: readonly OptionToSend[] = [],
  ): void {
    client.waitsFor = waitsFor;
    client.askedAt = now;
    this.#say(client, type, options);
  }

  #say(
    client: RawClient,
    type: MessageTypeName,
    options: readonly OptionToSend[],
    ciaddr = UNSPECIFIED_IPV4,
  ): void {
    this.counts.sent++;
    const message = { code: OPTION.messageType, data: serializeMessageType(type) };
    const payload = buildDhcpMessage({
      xid: this.counts.sent,
      chaddr: client.mac,
      ciaddr,
      options: [message, ...options],
    });
    const addresses = { source: ciaddr, destination: BROADCAST_IPV4 };
    const udp = serializeUdp({ sourcePort: 68, destinationPort: 67, payload }, addresses);
    const packet = serializeIpv4({ ...addresses, protocol: IP_PROTOCOL.udp, payload: udp });
    const ethernet = { destination: BROADCAST_MAC, source: client.mac, etherType: ETHER_TYPE.ipv4 };
    this.#socket.send(serializeEthernet({ ...ethernet, payload: packet }));
  }

  #serverOption(): OptionToSend {
    return addressOf(OPTION.serverIdentifier, this.#server);
  }

  [Symbol.dispose](): void {
    this.#socket[Symbol.dispose]();
  }
}

const addressOf = (code: number, address: Ipv4Address): OptionToSend => ({
  code,
  data: ipv4ToBytes(address),
});

function replyIn(frame: Uint8Array): DhcpMessage | undefined {
  const ethernet = parseEthernet(frame);
  if (!ethernet.ok || ethernet.value.etherType !== ETHER_TYPE.ipv4) return undefined;
  const packet = parseIpv4(ethernet.value.payload);
  if (!packet.ok || packet.value.protocol !== IP_PROTOCOL.udp) return undefined;
  const datagram = parseUdp(packet.value.payload);
  if (!datagram.ok || datagram.value.sourcePort !== 67) return undefined;
  const message = parseDhcpMessage(datagram.value.payload);
  return message.ok && message.value.op === BOOTREPLY ? message.value : undefined;
}
