/**
 * Run in a network namespace of its own: the whole server on one end of a veth pair, a client that speaks raw frames on the
 * other. Prints what the client saw, as JSON. Usage: unshare --net node dhcp-on-a-wire.ts CONFIG
 */
import { execFileSync } from 'node:child_process';
import { openPacketSocket } from '../../os/packet-socket.ts';
import { BROADCAST_IPV4, BROADCAST_MAC, ipv4, mac, UNSPECIFIED_IPV4 } from '../../wire/address.ts';
import { buildDhcpMessage, type OptionToSend } from '../../wire/dhcp/build-message.ts';
import { fileName, parseDhcpMessage } from '../../wire/dhcp/message.ts';
import { messageTypeOf } from '../../wire/dhcp/opt-message-type.ts';
import { OPTION } from '../../wire/dhcp/option-codes.ts';
import { ETHER_TYPE, parseEthernet, serializeEthernet } from '../../wire/ethernet.ts';
import { IP_PROTOCOL, parseIpv4, serializeIpv4 } from '../../wire/ipv4.ts';
import { parseUdp, serializeUdp, udpChecksum } from '../../wire/udp.ts';
import { loadServerConfig } from '../config/load-server-config.ts';
import type { ServerEvent } from '../event.ts';
import { serve } from '../serve.ts';
import { systemClock } from '../shell/clock.ts';

const CLIENT = mac('00:12:34:56:78:90');
const SERVER = ipv4('10.188.0.10');
const ip = (...words: string[]): unknown => execFileSync('ip', words);

/** What a reply looked like on the wire. */
export type SeenReply = {
  readonly toMac: string;
  readonly toAddress: string;
  readonly ports: readonly [number, number];
  readonly checksum: string;
  readonly headerChecksum: boolean;
  readonly type: string | undefined;
  readonly yiaddr: string;
  readonly siaddr: string;
  readonly file: string;
};
export type SeenOnTheWire = {
  readonly offer: SeenReply;
  readonly broadcastOffer: SeenReply;
  readonly ack: SeenReply;
  readonly renewed: SeenReply;
  readonly nak: SeenReply;
  readonly ipxe: SeenReply;
  /** Frames that asked for a client's address by ARP. */
  readonly arps: number;
  /** The server's answer to a request that came in through another interface. */
  readonly elsewhere: number;
  readonly events: readonly ServerEvent[];
};

ip('link', 'set', 'lo', 'up');
ip('link', 'add', 's0', 'type', 'veth', 'peer', 'name', 'c0');
ip('link', 'add', 'o0', 'type', 'veth', 'peer', 'name', 'o1');
for (const name of ['s0', 'c0', 'o0', 'o1']) ip('link', 'set', name, 'up');
ip('addr', 'add', `${SERVER}/24`, 'dev', 's0');
ip('addr', 'add', '192.0.2.1/24', 'dev', 'o0');

const events: ServerEvent[] = [];
await using _server = await serve(await loadServerConfig(process.argv[2] ?? ''), {
  clock: systemClock,
  log: (event) => events.push(event),
});

using socket = openPacketSocket('c0', 'everything');
using other = openPacketSocket('o1', 'everything');
const replies: SeenReply[] = [];
let arps = 0;
let elsewhere = 0;
let wake: (() => void) | undefined;
socket.onFrame((frame) => {
  const ethernet = parseEthernet(frame);
  if (!ethernet.ok) return;
  if (ethernet.value.etherType === ETHER_TYPE.arp) arps++;
  const reply = read(ethernet.value.destination, ethernet.value.payload, ethernet.value.etherType);
  if (reply === undefined) return;
  replies.push(reply);
  wake?.();
});
other.onFrame((frame) => {
  const ethernet = parseEthernet(frame);
  if (ethernet.ok && read(BROADCAST_MAC, ethernet.value.payload, ethernet.value.etherType)) elsewhere++;
});

function read(toMac: string, payload: Uint8Array, etherType: number): SeenReply | undefined {
  const packet = etherType === ETHER_TYPE.ipv4 ? parseIpv4(payload) : undefined;
  if (packet?.ok !== true || packet.value.protocol !== IP_PROTOCOL.udp) return undefined;
  const datagram = parseUdp(packet.value.payload);
  if (!datagram.ok || datagram.value.sourcePort !== 67) return undefined;
  const message = parseDhcpMessage(datagram.value.payload);
  if (!message.ok) return undefined;
  return {
    toMac,
    toAddress: packet.value.destination,
    ports: [datagram.value.sourcePort, datagram.value.destinationPort],
    checksum: udpChecksum(packet.value.payload, datagram.value, packet.value),
    headerChecksum: packet.value.checksum.correct,
    type: messageTypeOf(message.value),
    yiaddr: message.value.yiaddr,
    siaddr: message.value.siaddr,
    file: fileName(message.value),
  };
}

async function ask(
  type: number,
  options: readonly OptionToSend[],
  header: { readonly flags?: number; readonly ciaddr?: ReturnType<typeof ipv4> } = {},
  through = socket,
): Promise<void> {
  const payload = buildDhcpMessage({
    xid: 7,
    chaddr: CLIENT,
    ...header,
    options: [{ code: OPTION.messageType, data: Uint8Array.of(type) }, ...options],
  });
  const addresses = { source: header.ciaddr ?? UNSPECIFIED_IPV4, destination: BROADCAST_IPV4 };
  const udp = serializeUdp({ sourcePort: 68, destinationPort: 67, payload }, addresses);
  const packet = serializeIpv4({ ...addresses, protocol: IP_PROTOCOL.udp, payload: udp });
  through.send(
    serializeEthernet({
      destination: BROADCAST_MAC,
      source: CLIENT,
      etherType: ETHER_TYPE.ipv4,
      payload: packet,
    }),
  );
}

async function reply(): Promise<SeenReply> {
  const deadline = Promise.withResolvers<never>();
  const timer = setTimeout(() => deadline.reject(new Error('no reply within 5 s')), 5000);
  try {
    while (replies.length === 0) {
      await Promise.race([deadline.promise, new Promise<void>((resolve) => (wake = resolve))]);
    }
    return replies.shift() as SeenReply;
  } finally {
    clearTimeout(timer);
  }
}

const octets = (address: string): Uint8Array => Uint8Array.from(address.split('.'), Number);
const rom = [
  { code: OPTION.clientArchitecture, data: Uint8Array.of(0, 0) },
  { code: OPTION.vendorClass, data: Buffer.from('PXEClient:Arch:00000:UNDI:002001') },
];
const userClass = { code: OPTION.userClass, data: Buffer.from('iPXE') };
const server = { code: OPTION.serverIdentifier, data: octets(SERVER) };

// A forged fence: it comes in on an interface that is not served, and must not be answered before the others are.
await ask(1, rom, {}, other);
await ask(1, rom);
const offer = await reply();
await ask(1, rom, { flags: 0x8000 });
const broadcastOffer = await reply();
await ask(3, [...rom, server, { code: OPTION.requestedAddress, data: octets(offer.yiaddr) }]);
const ack = await reply();
// The client has its address now: the kernel need not ask for it.
ip('neigh', 'add', ack.yiaddr, 'lladdr', CLIENT, 'dev', 's0');
await ask(3, rom, { ciaddr: ipv4(ack.yiaddr) });
const renewed = await reply();
await ask(3, [server, { code: OPTION.requestedAddress, data: octets('192.0.2.77') }]);
const nak = await reply();
await ask(1, [...rom, userClass]);
const ipxe = await reply();

const seen: SeenOnTheWire = { offer, broadcastOffer, ack, renewed, nak, ipxe, arps, elsewhere, events };
process.stdout.write(JSON.stringify(seen));
