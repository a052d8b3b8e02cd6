/**
 * Run in a network namespace of its own: dnsmasq gives leases to clients, and is stopped. Prints who has what, as JSON.
 * Usage: unshare --net node dnsmasq-with-clients.ts LEASES
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { RawClients } from '../../server/testing/raw-clients.ts';
import { ipv4 } from '../../wire/address.ts';

export type DnsmasqGave = readonly { readonly mac: string; readonly address: string }[];

const SERVER = ipv4('10.188.0.10');
const CLIENTS = 20;
const ACT_EVERY_MS = 50;

const [, , leases = ''] = process.argv;
const ip = (...words: string[]): unknown => execFileSync('ip', words);
ip('link', 'set', 'lo', 'up');
ip('link', 'add', 's0', 'type', 'veth', 'peer', 'name', 'c0');
for (const name of ['s0', 'c0']) ip('link', 'set', name, 'up');
ip('addr', 'add', `${SERVER}/24`, 'dev', 's0');

const dnsmasq = spawn(
  'dnsmasq',
  [
    ...['--keep-in-foreground', '--conf-file=/dev/null', '--port=0', '--no-ping', '--user=root'],
    ...['--interface=s0', '--dhcp-authoritative', '--dhcp-range=10.188.0.60,10.188.0.99,1h'],
    ...['--dhcp-host=02:00:00:00:00:01,10.188.0.61,infinite,forever', `--dhcp-leasefile=${leases}`],
    ...['--pid-file=', '--log-facility=-'],
  ],
  { stdio: ['ignore', 'inherit', 'pipe'] },
);
const ended = once(dnsmasq, 'exit');
let said = '';
await new Promise<void>((resolve, reject) => {
  dnsmasq.stderr.on('data', (chunk) => {
    said += chunk;
    if (said.includes('DHCP, IP range')) resolve();
  });
  ended.then(([code]) => reject(new Error(`dnsmasq ended with ${code}: ${said}`)), reject);
});

// They come and do not go: nothing is given back.
using clients = new RawClients('c0', SERVER, CLIENTS, () => 0.5);
while (clients.clients.some(({ holds }) => holds === undefined)) {
  clients.act(performance.now());
  await wait(ACT_EVERY_MS);
}
dnsmasq.kill('SIGTERM');
await ended;
const gave: DnsmasqGave = clients.clients.map(({ mac, holds }) => ({ mac, address: holds ?? '' }));
process.stdout.write(JSON.stringify(gave));
