/**
 * Clients on one end of a veth pair, told what to do a JSON line at a time on stdin; answers each with a JSON line. Run in the
 * network namespace of startStage: DHCP goes in raw frames, TFTP and HTTP from the address that DHCP gave.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { get } from 'node:http';
import { createInterface } from 'node:readline';
import { openPacketSocket } from '../../os/packet-socket.ts';
import { BROADCAST_IPV4, BROADCAST_MAC, type MacAddress, mac, UNSPECIFIED_IPV4 } from '../../wire/address.ts';
import { buildDhcpMessage, type OptionToSend } from '../../wire/dhcp/build-message.ts';
import { type DhcpMessage, fileName, parseDhcpMessage } from '../../wire/dhcp/message.ts';
import { messageTypeOf } from '../../wire/dhcp/opt-message-type.ts';
import { OPTION } from '../../wire/dhcp/option-codes.ts';
import { ETHER_TYPE, parseEthernet, serializeEthernet } from '../../wire/ethernet.ts';
import { IP_PROTOCOL, parseIpv4, serializeIpv4 } from '../../wire/ipv4.ts';
import { type BlockNumber, parseTftp, serializeTftp } from '../../wire/tftp.ts';
import { parseUdp, serializeUdp } from '../../wire/udp.ts';

export type ClientOrder =
  | {
      readonly do: 'dhcp';
      readonly mac: string;
      readonly architecture?: number;
      readonly ipxe?: boolean;
      readonly hostName?: string;
      readonly only?: 'discover';
    }
  | { readonly do: 'tftp'; readonly address: string; readonly file: string; readonly until?: number }
  | { readonly do: 'http'; readonly address: string; readonly path: string }
  | { readonly do: 'go-on'; readonly address: string };

const [, , interfaceName = 'c0', server = '10.188.0.10'] = process.argv;
const frames = openPacketSocket(interfaceName, 'everything');
const waiting = new Map<string, (reply: DhcpMessage) => void>();

frames.onFrame((frame) => {
  const ethernet = parseEthernet(frame);
  if (!ethernet.ok || ethernet.value.etherType !== ETHER_TYPE.ipv4) return;
  const packet = parseIpv4(ethernet.value.payload);
  if (!packet.ok || packet.value.protocol !== IP_PROTOCOL.udp) return;
  const datagram = parseUdp(packet.value.payload);
  if (!datagram.ok || datagram.value.sourcePort !== 67) return;
  const message = parseDhcpMessage(datagram.value.payload);
  if (message.ok) waiting.get(`${message.value.xid}`)?.(message.value);
});

let xid = 1;

/** Undefined: silence for two seconds. */
async function ask(
  client: MacAddress,
  type: number,
  options: readonly OptionToSend[],
): Promise<DhcpMessage | undefined> {
  const id = xid++;
  const payload = buildDhcpMessage({
    xid: id,
    chaddr: client,
    options: [{ code: OPTION.messageType, data: Uint8Array.of(type) }, ...options],
  });
  const addresses = { source: UNSPECIFIED_IPV4, destination: BROADCAST_IPV4 };
  const udp = serializeUdp({ sourcePort: 68, destinationPort: 67, payload }, addresses);
  const packet = serializeIpv4({ ...addresses, protocol: IP_PROTOCOL.udp, payload: udp });
  const answered = Promise.withResolvers<DhcpMessage | undefined>();
  const timer = setTimeout(() => answered.resolve(undefined), 2000);
  waiting.set(`${id}`, answered.resolve);
  frames.send(
    serializeEthernet({
      destination: BROADCAST_MAC,
      source: client,
      etherType: ETHER_TYPE.ipv4,
      payload: packet,
    }),
  );
  const reply = await answered.promise;
  clearTimeout(timer);
  waiting.delete(`${id}`);
  return reply;
}

const octets = (address: string): Uint8Array => Uint8Array.from(address.split('.'), Number);

function optionsOf({ architecture, ipxe, hostName }: Extract<ClientOrder, { do: 'dhcp' }>): OptionToSend[] {
  const options: OptionToSend[] = [];
  if (architecture !== undefined) {
    const code = String(architecture).padStart(5, '0');
    options.push(
      { code: OPTION.clientArchitecture, data: Uint8Array.of(architecture >> 8, architecture & 255) },
      { code: OPTION.vendorClass, data: Buffer.from(`PXEClient:Arch:${code}:UNDI:002001`) },
    );
  }
  if (ipxe === true) options.push({ code: OPTION.userClass, data: Buffer.from('iPXE') });
  if (hostName !== undefined) options.push({ code: OPTION.hostName, data: Buffer.from(hostName, 'latin1') });
  return options;
}

/** A frame may be lost where hundreds are sent at once: asked again as firmware does, three times. */
async function patiently(ask: () => Promise<DhcpMessage | undefined>): Promise<DhcpMessage | undefined> {
  return (await ask()) ?? (await ask()) ?? (await ask());
}

async function dhcp(order: Extract<ClientOrder, { do: 'dhcp' }>) {
  const client = mac(order.mac);
  const options = optionsOf(order);
  const offer = await patiently(() => ask(client, 1, options));
  if (offer === undefined || order.only === 'discover') return { offered: offer?.yiaddr };
  const chosen = [
    ...options,
    { code: OPTION.serverIdentifier, data: octets(server) },
    { code: OPTION.requestedAddress, data: octets(offer.yiaddr) },
  ];
  const ack = await patiently(() => ask(client, 3, chosen));
  return ack !== undefined && messageTypeOf(ack) === 'ack'
    ? { address: ack.yiaddr, file: fileName(ack) }
    : {};
}

/** In blocks of 1024. `until`: so many octets, and then nothing more until the next order to go on. */
const paused = new Map<string, () => void>();

async function tftp({ address, file, until }: Extract<ClientOrder, { do: 'tftp' }>, id: number) {
  const socket = createSocket('udp4');
  socket.bind(0, address);
  await once(socket, 'listening');
  const ended = Promise.withResolvers<{ octets: number; error?: string }>();
  let length = 0;
  let held = until !== undefined;
  let waits = false;
  socket.on('message', (bytes: Buffer, from) => {
    const parsed = parseTftp(bytes);
    if (!parsed.ok) return;
    const packet = parsed.value;
    const acknowledge = (block: number): void =>
      void socket.send(serializeTftp({ kind: 'ack', block: block as BlockNumber }), from.port, server);
    if (packet.kind === 'error') ended.resolve({ octets: length, error: packet.message });
    else if (packet.kind === 'oack') acknowledge(0);
    else if (packet.kind === 'data') {
      length += packet.data.length;
      if (held && until !== undefined && length >= until) {
        held = false;
        waits = true;
        paused.set(address, () => {
          waits = false;
          acknowledge(packet.block);
        });
        answer(id, { paused: length });
      } else if (!waits) acknowledge(packet.block);
      if (packet.data.length < 1024) ended.resolve({ octets: length });
    }
  });
  const request = serializeTftp({
    kind: 'rrq',
    file,
    mode: 'octet',
    options: [{ name: 'blksize', value: '1024' }],
  });
  socket.send(request, 69, server);
  const again = setInterval(() => {
    if (length === 0) socket.send(request, 69, server);
  }, 1000);
  const result = await ended.promise;
  clearInterval(again);
  // The last ACK is under way.
  setTimeout(() => socket.close(), 50);
  return result;
}

async function http({ address, path }: Extract<ClientOrder, { do: 'http' }>) {
  const request = get({ host: server, port: 80, path, localAddress: address, agent: false });
  const [response] = await once(request, 'response');
  let length = 0;
  for await (const part of response) length += part.length;
  return { status: response.statusCode, octets: length };
}

const answer = (id: number, said: object): void =>
  void process.stdout.write(`${JSON.stringify({ id, ...said })}\n`);

async function carryOut(id: number, order: ClientOrder): Promise<void> {
  switch (order.do) {
    case 'dhcp':
      answer(id, await dhcp(order));
      break;
    case 'tftp':
      answer(id, await tftp(order, id));
      break;
    case 'http':
      answer(id, await http(order));
      break;
    case 'go-on':
      paused.get(order.address)?.();
      answer(id, {});
      break;
    default:
      order satisfies never;
  }
}

answer(0, { ready: true });
const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const { id, order } = JSON.parse(line) as { readonly id: number; readonly order: ClientOrder };
  carryOut(id, order).catch((error: unknown) => answer(id, { failed: String(error) }));
});
lines.on('close', () => process.exit(0));
