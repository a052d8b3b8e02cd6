// Run in a network namespace of its own, by serve.pxe.test.ts: `node pxe-on-a-wire.ts CONFIG`. Says what it saw as JSON.
import { execFileSync } from 'node:child_process';
import { openPacketSocket } from '../../os/packet-socket.ts';
import {
  BROADCAST_IPV4,
  BROADCAST_MAC,
  type Ipv4Address,
  ipv4,
  type MacAddress,
  mac,
  UNSPECIFIED_IPV4,
} from '../../wire/address.ts';
import { buildDhcpMessage, type OptionToSend } from '../../wire/dhcp/build-message.ts';
import { fileName, optionData, parseDhcpMessage } from '../../wire/dhcp/message.ts';
import { messageTypeOf } from '../../wire/dhcp/opt-message-type.ts';
import { OPTION } from '../../wire/dhcp/option-codes.ts';
import { ETHER_TYPE, parseEthernet, serializeEthernet } from '../../wire/ethernet.ts';
import { IP_PROTOCOL, parseIpv4, serializeIpv4 } from '../../wire/ipv4.ts';
import { parseUdp, serializeUdp } from '../../wire/udp.ts';
import { loadServerConfig } from '../config/load-server-config.ts';
import type { ServerEvent } from '../event.ts';
import { serve } from '../serve.ts';
import { systemClock } from '../shell/clock.ts';

const CLIENT = mac('00:12:34:56:78:90');
const LEASED = ipv4('10.188.0.66');
const SERVER = ipv4('10.188.0.10');
const ip = (...words: string[]): string => execFileSync('ip', words, { encoding: 'utf8' });

/** What a reply looked like on the wire. */
export type SeenPxeReply = {
  readonly toMac: string;
  readonly toAddress: string;
  readonly ports: readonly [number, number];
  readonly type: string | undefined;
  readonly yiaddr: string;
  readonly file: string;
  readonly class: string | undefined;
  readonly vendor: string | undefined;
};
export type SeenPxe = {
  readonly offer: SeenPxeReply;
  readonly relayed: SeenPxeReply;
  /** From port 68 and from port 4011, REQUEST and INFORM. */
  readonly boot: readonly SeenPxeReply[];
  readonly item: SeenPxeReply;
  readonly ports: unknown;
  readonly events: readonly ServerEvent[];
};

ip('link', 'set', 'lo', 'up');
ip('link', 'add', 's0', 'type', 'veth', 'peer', 'name', 'c0');
for (const name of ['s0', 'c0']) ip('link', 'set', name, 'up');
ip('addr', 'add', `${SERVER}/24`, 'dev', 's0');
// The client is no host of its own here: the kernel would ask for it in vain.
ip('neigh', 'add', LEASED, 'lladdr', CLIENT, 'dev', 's0');
ip('neigh', 'add', '10.188.0.1', 'lladdr', '02:00:00:00:00:01', 'dev', 's0');
const [, serverMac = ''] = /link\/ether ([0-9a-f:]+)/.exec(ip('link', 'show', 's0')) ?? [];

const events: ServerEvent[] = [];
await using server = await serve(await loadServerConfig(process.argv[2] ?? ''), {
  clock: systemClock,
  log: (event) => events.push(event),
});

using socket = openPacketSocket('c0', 'everything');
const replies: SeenPxeReply[] = [];
let wake: (() => void) | undefined;
socket.onFrame((frame) => {
  const reply = read(frame);
  if (reply === undefined) return;
  replies.push(reply);
  wake?.();
});

function read(frame: Uint8Array): SeenPxeReply | undefined {
  const ethernet = parseEthernet(frame);
  if (!ethernet.ok || ethernet.value.etherType !== ETHER_TYPE.ipv4) return undefined;
  const packet = parseIpv4(ethernet.value.payload);
  if (!packet.ok || packet.value.protocol !== IP_PROTOCOL.udp || packet.value.source !== SERVER)
    return undefined;
  const datagram = parseUdp(packet.value.payload);
  const message = datagram.ok ? parseDhcpMessage(datagram.value.payload) : undefined;
  if (!datagram.ok || message?.ok !== true) return undefined;
  const { value } = message;
  const vendorClass = optionData(value, OPTION.vendorClass);
  const vendor = optionData(value, OPTION.vendorSpecific);
  return {
    toMac: ethernet.value.destination,
    toAddress: packet.value.destination,
    ports: [datagram.value.sourcePort, datagram.value.destinationPort],
    type: messageTypeOf(value),
    yiaddr: value.yiaddr,
    file: fileName(value),
    class: vendorClass && Buffer.from(vendorClass).toString('latin1'),
    vendor: vendor && Buffer.from(vendor).toString('hex'),
  };
}

type Envelope = {
  readonly from: readonly [Ipv4Address, number];
  readonly to: readonly [MacAddress, Ipv4Address, number];
};
const BROADCAST: Envelope = { from: [UNSPECIFIED_IPV4, 68], to: [BROADCAST_MAC, BROADCAST_IPV4, 67] };
const toBootServer = (port: number): Envelope => ({
  from: [LEASED, port],
  to: [mac(serverMac), SERVER, 4011],
});

async function ask(
  type: number,
  options: readonly OptionToSend[],
  { from, to }: Envelope,
  header: { readonly ciaddr?: Ipv4Address; readonly giaddr?: Ipv4Address } = {},
): Promise<SeenPxeReply> {
  const payload = buildDhcpMessage({
    xid: 7,
    chaddr: CLIENT,
    ...header,
    options: [{ code: OPTION.messageType, data: Uint8Array.of(type) }, ...options],
  });
  const addresses = { source: from[0], destination: to[1] };
  const udp = serializeUdp({ sourcePort: from[1], destinationPort: to[2], payload }, addresses);
  socket.send(
    serializeEthernet({
      destination: to[0],
      source: CLIENT,
      etherType: ETHER_TYPE.ipv4,
      payload: serializeIpv4({ ...addresses, protocol: IP_PROTOCOL.udp, payload: udp }),
    }),
  );
  const deadline = Promise.withResolvers<never>();
  const timer = setTimeout(() => deadline.reject(new Error(`no reply within 10 s to ${type}`)), 10_000);
  try {
    while (replies.length === 0) {
      await Promise.race([deadline.promise, new Promise<void>((resolve) => (wake = resolve))]);
    }
    return replies.shift() as SeenPxeReply;
  } finally {
    clearTimeout(timer);
  }
}

const rom = [
  { code: OPTION.clientArchitecture, data: Uint8Array.of(0, 7) },
  { code: OPTION.vendorClass, data: Buffer.from('PXEClient:Arch:00007:UNDI:003016') },
];
const item = { code: OPTION.vendorSpecific, data: Uint8Array.of(71, 4, 0x80, 0, 0, 0, 255) };
const ciaddr = LEASED;

const offer = await ask(1, rom, BROADCAST);
const relay: Envelope = { from: [ipv4('10.188.0.1'), 67], to: [mac(serverMac), SERVER, 67] };
const relayed = await ask(1, rom, relay, { giaddr: ipv4('10.188.0.1') });
const boot = [
  await ask(3, rom, toBootServer(68), { ciaddr }),
  await ask(3, rom, toBootServer(4011), { ciaddr }),
  await ask(8, rom, toBootServer(68), { ciaddr }),
  await ask(8, rom, toBootServer(4011), { ciaddr }),
];
const chosen = await ask(3, [...rom, item], toBootServer(4011), { ciaddr });

const seen: SeenPxe = { offer, relayed, boot, item: chosen, ports: server.ports, events };
process.stdout.write(JSON.stringify(seen));
