/**
 * Run in a network namespace of its own: the whole server on two wires, with a third network behind a relay, and on each
 * somebody who speaks raw frames. Prints what they saw, as JSON. Usage: unshare --net node dhcp-on-networks.ts CONFIG CONFIG-WITHOUT-A-WIRE
 */
import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { ipv4, ipv4ToBytes, mac, parseMac, UNSPECIFIED_IPV4 } from '../../wire/address.ts';
import { buildDhcpMessage, type DhcpMessageSpec, type OptionToSend } from '../../wire/dhcp/build-message.ts';
import { OPTION } from '../../wire/dhcp/option-codes.ts';
import { loadServerConfig } from '../config/load-server-config.ts';
import type { ServerEvent } from '../event.ts';
import { serve } from '../serve.ts';
import { type Clock, systemClock } from '../shell/clock.ts';
import { openWireClient, type WireReply } from './wire-client.ts';

const RELAY = ipv4('10.188.0.1');
const RELAYED_NET = ipv4('192.0.2.1');
const CLIENT = mac('00:12:34:56:78:90');
const RESERVED = mac('00:00:00:00:00:99');

export type SeenOnNetworks = {
  readonly macs: { readonly s0: string | undefined; readonly s1: string | undefined };
  /** Asked for an address at which somebody answers ARP. */
  readonly offer: WireReply;
  /** For how long the server wanted to be woken, in milliseconds, before that offer. */
  readonly offerWaits: readonly number[];
  /** With the broadcast bit, while the client has its address. */
  readonly renewed: WireReply;
  readonly nak: WireReply;
  readonly otherWire: WireReply;
  readonly otherWireAck: WireReply;
  readonly bootp: WireReply;
  /** Through a relay, asked for an address at which somebody answers ping. */
  readonly relayed: WireReply;
  readonly relayedWaits: readonly number[];
  readonly relayedNak: WireReply;
  readonly askedFor: { readonly c0: readonly string[]; readonly c1: readonly string[] };
  /** The first two octets that TFTP answers at the second wire's address. */
  readonly tftp: number;
  /** What a configuration comes to that serves one wire less. */
  readonly reload: string;
  readonly events: readonly ServerEvent[];
};

const ip = (...words: string[]): string => execFileSync('ip', words, { encoding: 'utf8' });
ip('link', 'set', 'lo', 'up');
for (const n of [0, 1]) {
  ip('link', 'add', `s${n}`, 'type', 'veth', 'peer', 'name', `c${n}`);
  for (const end of ['s', 'c']) ip('link', 'set', `${end}${n}`, 'up');
  // With labels, as old tools give them to second addresses.
  ip('addr', 'add', `10.${188 + n}.0.10/24`, 'dev', `s${n}`, 'label', `s${n}:1`);
}
ip('route', 'add', '192.0.2.0/24', 'via', RELAY);
const macOf = (name: string) => parseMac(/link\/ether (\S+)/.exec(ip('link', 'show', name))?.[1] ?? '');

const events: ServerEvent[] = [];
const waits: number[] = [];
const clock: Clock = {
  ...systemClock,
  after: (ms, run) => {
    waits.push(ms);
    return systemClock.after(ms, run);
  },
};
await using server = await serve(await loadServerConfig(process.argv[2] ?? ''), {
  clock,
  log: (event) => events.push(event),
});
using c0 = openWireClient('c0', mac('02:00:00:00:00:77'), new Set([RELAY, '10.188.0.60', '192.0.2.60']));
using c1 = openWireClient('c1', CLIENT);

const rom: readonly OptionToSend[] = [
  { code: OPTION.clientArchitecture, data: Uint8Array.of(0, 0) },
  { code: OPTION.vendorClass, data: Buffer.from('PXEClient:Arch:00000:UNDI:002001') },
];
const wanting = (address: string): OptionToSend => ({
  code: OPTION.requestedAddress,
  data: ipv4ToBytes(ipv4(address)),
});
const from = (address: string): OptionToSend => ({
  code: OPTION.serverIdentifier,
  data: ipv4ToBytes(ipv4(address)),
});
const message = (type: number, options: readonly OptionToSend[], header: Partial<DhcpMessageSpec> = {}) =>
  buildDhcpMessage({
    ...{ xid: 7, chaddr: CLIENT, ...header },
    options: [...(type === 0 ? [] : [{ code: OPTION.messageType, data: Uint8Array.of(type) }]), ...options],
  });
const nobody = { source: UNSPECIFIED_IPV4 };
async function withWaits<T>(work: () => Promise<T>): Promise<readonly [T, readonly number[]]> {
  waits.length = 0;
  return [await work(), [...waits]];
}

const [offer, offerWaits] = await withWaits(() => {
  c0.send(message(1, [...rom, wanting('10.188.0.60')]), nobody);
  return c0.reply();
});
c0.send(message(3, [...rom, from('10.188.0.10'), wanting(offer.yiaddr)]), nobody);
await c0.reply();
// The client has its address now, and answers for it.
ip('neigh', 'add', offer.yiaddr, 'lladdr', CLIENT, 'dev', 's0');
const bound = ipv4(offer.yiaddr);
c0.send(message(3, rom, { ciaddr: bound, flags: 0x8000 }), { source: bound });
const renewed = await c0.reply();
c0.send(message(3, [from('10.188.0.10'), wanting('203.0.113.1')]), nobody);
const nak = await c0.reply();

c1.send(message(1, rom), nobody);
const otherWire = await c1.reply();
c1.send(message(3, [...rom, from('10.189.0.10'), wanting(otherWire.yiaddr)]), nobody);
const otherWireAck = await c1.reply();
c1.send(message(0, [], { chaddr: RESERVED }), nobody);
const bootp = await c1.reply();

const toServer = {
  ...{ source: RELAY, sourcePort: 67, destination: ipv4('10.188.0.10') },
  destinationMac: macOf('s0') ?? CLIENT,
};
const [relayed, relayedWaits] = await withWaits(() => {
  c0.send(message(1, [wanting('192.0.2.60')], { giaddr: RELAYED_NET, hops: 1 }), toServer);
  return c0.reply();
});
c0.send(
  message(3, [from('10.188.0.10'), wanting('203.0.113.1')], { giaddr: RELAYED_NET, hops: 1 }),
  toServer,
);
const relayedNak = await c0.reply();

const tftp = createSocket('udp4');
const answered = once(tftp, 'message', { signal: AbortSignal.timeout(30_000) });
tftp.send(Buffer.from('\0\x01undionly.kpxe\0octet\0'), 69, '10.189.0.10');
const [answer] = (await answered) as [Buffer];
tftp.close();

const reload = await server.reload(await loadServerConfig(process.argv[3] ?? '')).then(
  () => 'taken',
  (error: { readonly code?: string }) => error.code ?? String(error),
);

const seen: SeenOnNetworks = {
  macs: { s0: macOf('s0'), s1: macOf('s1') },
  ...{
    offer,
    offerWaits,
    renewed,
    nak,
    otherWire,
    otherWireAck,
    bootp,
    relayed,
    relayedWaits,
    relayedNak,
  },
  askedFor: { c0: c0.askedFor, c1: c1.askedFor },
  tftp: answer.readUInt16BE(0),
  reload,
  events,
};
process.stdout.write(JSON.stringify(seen));
