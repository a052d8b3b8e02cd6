/**
 * Run in a network namespace of its own: the whole server, a client that speaks raw frames, and between them, in another
 * namespace, a relay that is not ours: dnsmasq. Prints what the client saw, as JSON.
 * Usage: unshare --net node dhcp-through-relay.ts CONFIG
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { ipv4, ipv4ToBytes, mac, UNSPECIFIED_IPV4 } from '../../wire/address.ts';
import type { DhcpMessageSpec, OptionToSend } from '../../wire/dhcp/build-message.ts';
import { OPTION } from '../../wire/dhcp/option-codes.ts';
import { loadServerConfig } from '../config/load-server-config.ts';
import type { ServerEvent } from '../event.ts';
import { serve } from '../serve.ts';
import { systemClock } from '../shell/clock.ts';
import { openWireClient, type WireReply } from './wire-client.ts';

const CLIENT = mac('00:12:34:56:78:90');

export type SeenThroughRelay = {
  readonly offer: WireReply;
  readonly broadcastOffer: WireReply;
  readonly ack: WireReply;
  readonly nak: WireReply;
  readonly bootp: WireReply;
  readonly events: readonly ServerEvent[];
};

const run = (...words: string[]): unknown => execFileSync(words[0] ?? '', words.slice(1));
run('ip', 'link', 'set', 'lo', 'up');
// Holds the relay's namespace; the interfaces are moved into it.
using place = spawn('unshare', ['--net', 'sh', '-c', 'echo ready; exec sleep 60'], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
await once(createInterface(place.stdout), 'line');
const inRelay = ['nsenter', '--target', String(place.pid), '--net'];
run('ip', 'link', 'add', 's0', 'type', 'veth', 'peer', 'name', 'r0');
run('ip', 'link', 'add', 'c0', 'type', 'veth', 'peer', 'name', 'r1');
for (const end of ['r0', 'r1']) run('ip', 'link', 'set', end, 'netns', String(place.pid));
run('ip', 'addr', 'add', '10.188.0.10/24', 'dev', 's0');
for (const end of ['s0', 'c0']) run('ip', 'link', 'set', end, 'up');
run(...inRelay, 'ip', 'addr', 'add', '10.188.0.1/24', 'dev', 'r0');
run(...inRelay, 'ip', 'addr', 'add', '192.0.2.1/24', 'dev', 'r1');
for (const end of ['lo', 'r0', 'r1']) run(...inRelay, 'ip', 'link', 'set', end, 'up');
run(...inRelay, 'sysctl', '-qw', 'net.ipv4.ip_forward=1');
run('ip', 'route', 'add', '192.0.2.0/24', 'via', '10.188.0.1');

const relayWords = ['--keep-in-foreground', '--conf-file=/dev/null', '--pid-file', '--port=0', '--user=root'];
using relay = spawn(
  inRelay[0] ?? '',
  [...inRelay.slice(1), 'dnsmasq', ...relayWords, '--log-facility=-', '--dhcp-relay=192.0.2.1,10.188.0.10'],
  { stdio: ['ignore', 'inherit', 'pipe'] },
);
// Read to its end: a program whose log nobody reads any more is killed by its next line.
await new Promise<void>((resolve, reject) => {
  createInterface(relay.stderr).on('line', (line) => {
    if (line.includes('DHCP relay from')) resolve();
  });
  relay.once('exit', (code) => reject(new Error(`the relay ended with ${code}`)));
});

const events: ServerEvent[] = [];
await using _server = await serve(await loadServerConfig(process.argv[2] ?? ''), {
  clock: systemClock,
  log: (event) => events.push(event),
});
// Somebody on the client's network answers for one address, ping included.
using client = openWireClient('c0', CLIENT, new Set(['192.0.2.60']));

const wanting = (address: string): OptionToSend => ({
  code: OPTION.requestedAddress,
  data: ipv4ToBytes(ipv4(address)),
});
const server = { code: OPTION.serverIdentifier, data: ipv4ToBytes(ipv4('10.188.0.10')) };
let xid = 7;
async function ask(
  type: number | undefined,
  options: readonly OptionToSend[],
  header: Partial<DhcpMessageSpec> = {},
): Promise<WireReply> {
  const message = type === undefined ? [] : [{ code: OPTION.messageType, data: Uint8Array.of(type) }];
  const spec = { xid: xid++, chaddr: CLIENT, ...header, options: [...message, ...options] };
  return await client.ask(spec, { source: UNSPECIFIED_IPV4 });
}

const offer = await ask(1, [wanting('192.0.2.60')]);
const broadcastOffer = await ask(1, [], { flags: 0x8000 });
const ack = await ask(3, [server, wanting(offer.yiaddr)]);
const nak = await ask(3, [server, wanting('203.0.113.1')]);
const bootp = await ask(undefined, [], { chaddr: mac('00:00:00:00:00:99') });

const seen: SeenThroughRelay = { offer, broadcastOffer, ack, nak, bootp, events };
process.stdout.write(JSON.stringify(seen));
