/** For tests only: whoever stands at the other end of a veth pair and speaks whole frames: clients, relays, bystanders. */
import { openPacketSocket } from '../../os/packet-socket.ts';
import { BROADCAST_IPV4, BROADCAST_MAC, type Ipv4Address, type MacAddress } from '../../wire/address.ts';
import { ARP_OPERATION, parseArp, serializeArp } from '../../wire/arp.ts';
import { buildDhcpMessage, type DhcpMessageSpec } from '../../wire/dhcp/build-message.ts';
import { fileName, optionData, parseDhcpMessage } from '../../wire/dhcp/message.ts';
import { messageTypeOf } from '../../wire/dhcp/opt-message-type.ts';
import { OPTION } from '../../wire/dhcp/option-codes.ts';
import { ETHER_TYPE, parseEthernet, serializeEthernet } from '../../wire/ethernet.ts';
import { parseIcmp, serializeIcmp } from '../../wire/icmp.ts';
import { IP_PROTOCOL, type Ipv4Packet, parseIpv4, serializeIpv4 } from '../../wire/ipv4.ts';
import { parseUdp, serializeUdp } from '../../wire/udp.ts';

/** What a reply looked like on the wire. */
export type WireReply = {
  readonly fromMac: string;
  readonly toMac: string;
  readonly fromAddress: string;
  readonly toAddress: string;
  readonly ports: readonly [number, number];
  readonly octets: number;
  readonly xid: number;
  readonly type: string | undefined;
  readonly flags: number;
  readonly yiaddr: string;
  readonly siaddr: string;
  readonly file: string;
  /** Option 54. */
  readonly server: readonly number[];
};

/** Where a datagram comes from and goes to; broadcast from port 68 to 67 unless said otherwise. */
export type WireAddresses = {
  readonly source: Ipv4Address;
  readonly destination?: Ipv4Address;
  readonly destinationMac?: MacAddress;
  readonly sourcePort?: number;
};

export interface WireClient extends Disposable {
  readonly mac: MacAddress;
  readonly send: (payload: Uint8Array, addresses: WireAddresses) => void;
  /** The next DHCP message from port 67. Rejects after half a minute. */
  readonly reply: () => Promise<WireReply>;
  /** Sends it, and again every second, until a reply has its xid: as clients do, since any hop may lose it. */
  readonly ask: (message: DhcpMessageSpec, addresses: WireAddresses) => Promise<WireReply>;
  /** Addresses that were asked for, by ARP or echo request, in order. */
  readonly askedFor: string[];
}

const DEADLINE_MS = 30_000;
const RETRANSMIT_MS = 1_000;

/** `answersFor`: addresses that somebody has here, who answers ARP and ping. */
export function openWireClient(
  interfaceName: string,
  mac: MacAddress,
  answersFor: ReadonlySet<string> = new Set(),
): WireClient {
  const socket = openPacketSocket(interfaceName, 'everything');
  const replies: WireReply[] = [];
  const askedFor: string[] = [];
  let wake: (() => void) | undefined;

  const hearArp = (payload: Uint8Array, from: MacAddress): void => {
    const arp = parseArp(payload);
    if (!arp.ok || arp.value.kind !== 'ipv4' || arp.value.operation !== ARP_OPERATION.request) return;
    const { targetIp, senderIp, senderMac } = arp.value;
    askedFor.push(targetIp);
    if (!answersFor.has(targetIp)) return;
    const answer = { senderMac: mac, senderIp: targetIp, targetMac: senderMac, targetIp: senderIp };
    const bytes = serializeArp({ kind: 'ipv4', operation: ARP_OPERATION.reply, ...answer });
    socket.send(
      serializeEthernet({ destination: from, source: mac, etherType: ETHER_TYPE.arp, payload: bytes }),
    );
  };
  const hearIcmp = (packet: Ipv4Packet, from: MacAddress): void => {
    const message = parseIcmp(packet.payload);
    if (!message.ok || message.value.kind !== 'echo-request') return;
    askedFor.push(packet.destination);
    if (!answersFor.has(packet.destination)) return;
    const payload = serializeIcmp({
      ...message.value,
      kind: 'echo-reply',
      checksum: { value: 0, correct: true },
    });
    const ends = { source: packet.destination, destination: packet.source };
    sendPacket(serializeIpv4({ ...ends, protocol: IP_PROTOCOL.icmp, payload }), from);
  };
  const sendPacket = (payload: Uint8Array, destination: MacAddress): void =>
    socket.send(serializeEthernet({ destination, source: mac, etherType: ETHER_TYPE.ipv4, payload }));

  socket.onFrame((frame) => {
    const ethernet = parseEthernet(frame);
    if (!ethernet.ok) return;
    const { etherType, payload, source, destination } = ethernet.value;
    if (etherType === ETHER_TYPE.arp) return hearArp(payload, source);
    const packet = etherType === ETHER_TYPE.ipv4 ? parseIpv4(payload) : undefined;
    if (packet?.ok !== true) return;
    if (packet.value.protocol === IP_PROTOCOL.icmp) return hearIcmp(packet.value, source);
    const reply = readReply(packet.value, { fromMac: source, toMac: destination });
    if (reply === undefined) return;
    replies.push(reply);
    wake?.();
  });

  const send: WireClient['send'] = (payload, addresses) => {
    const {
      source,
      destination = BROADCAST_IPV4,
      destinationMac = BROADCAST_MAC,
      sourcePort = 68,
    } = addresses;
    const ends = { source, destination };
    const udp = serializeUdp({ sourcePort, destinationPort: 67, payload }, ends);
    sendPacket(serializeIpv4({ ...ends, protocol: IP_PROTOCOL.udp, payload: udp }), destinationMac);
  };
  const reply = async (): Promise<WireReply> => {
    const deadline = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => deadline.reject(new Error(`no reply on ${interfaceName} within ${DEADLINE_MS} ms`)),
      DEADLINE_MS,
    );
    try {
      for (;;) {
        const first = replies.shift();
        if (first !== undefined) return first;
        await Promise.race([deadline.promise, new Promise<void>((resolve) => (wake = resolve))]);
      }
    } finally {
      clearTimeout(timer);
    }
  };

  return {
    mac,
    askedFor,
    send,
    reply,
    ask: async (message, addresses) => {
      const payload = buildDhcpMessage(message);
      send(payload, addresses);
      const again = setInterval(() => send(payload, addresses), RETRANSMIT_MS);
      try {
        for (;;) {
          const heard = await reply();
          if (heard.xid === message.xid) return heard;
        }
      } finally {
        clearInterval(again);
      }
    },
    [Symbol.dispose]: () => socket[Symbol.dispose](),
  };
}

function readReply(
  packet: Ipv4Packet,
  macs: { readonly fromMac: string; readonly toMac: string },
): WireReply | undefined {
  const datagram = packet.protocol === IP_PROTOCOL.udp ? parseUdp(packet.payload) : undefined;
  if (datagram?.ok !== true || datagram.value.sourcePort !== 67) return undefined;
  const message = parseDhcpMessage(datagram.value.payload);
  if (!message.ok) return undefined;
  return {
    ...macs,
    fromAddress: packet.source,
    toAddress: packet.destination,
    ports: [datagram.value.sourcePort, datagram.value.destinationPort],
    octets: datagram.value.payload.length,
    xid: message.value.xid,
    type: messageTypeOf(message.value),
    flags: message.value.flags,
    yiaddr: message.value.yiaddr,
    siaddr: message.value.siaddr,
    file: fileName(message.value),
    server: [...(optionData(message.value, OPTION.serverIdentifier) ?? [])],
  };
}
