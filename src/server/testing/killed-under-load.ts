/**
 * Run in a network namespace of its own: the real server as a process on one end of a veth pair, clients on the other. It is
 * killed at random moments and started again; what the clients were promised is compared with what is on disk each time.
 * Prints what was seen, as JSON. Usage: unshare --net node killed-under-load.ts FOLDER KILLS
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { ipv4, ipv4ToNumber } from '../../wire/address.ts';
import { macKey } from '../dhcp/client-key.ts';
import { readLeaseFile } from '../shell/lease-file.ts';
import { type Counts, RawClients } from './raw-clients.ts';

export type KilledUnderLoad = {
  readonly kills: number;
  readonly counts: Counts;
  readonly violations: readonly string[];
  /** Leases that clients had when the server was killed, all kills together: each was looked for on disk. */
  readonly compared: number;
};

const SERVER = ipv4('10.188.0.10');
const MAIN = join(import.meta.dirname, '..', '..', 'cli', 'main.ts');
const CLIENTS = 120;
/** Fewer addresses than clients, so that what is given back is given to others. */
const POOL = '10.188.0.60-10.188.0.159';
const MOST_ALIVE_MS = 800;
const ACT_EVERY_MS = 4;

const [, , folder = '', killsText = ''] = process.argv;
const kills = Number(killsText);
const ip = (...words: string[]): unknown => execFileSync('ip', words);
ip('link', 'set', 'lo', 'up');
ip('link', 'add', 's0', 'type', 'veth', 'peer', 'name', 'c0');
for (const name of ['s0', 'c0']) ip('link', 'set', name, 'up');
ip('addr', 'add', `${SERVER}/24`, 'dev', 's0');
const file = join(folder, 'leases.db');
const config = join(folder, 'pxe.yaml');
writeFileSync(
  config,
  `address: ${SERVER}
leases: { file: leases.db }
dhcp: { probe-addresses: false, subnets: [{ network: 10.188.0.0/24, pool: [${POOL}], lease-time: 12h }] }
`,
);

using clients = new RawClients('c0', SERVER, CLIENTS, Math.random);
let compared = 0;

for (let kill = 0; kill < kills; kill++) {
  const server = spawn(process.execPath, ['--no-warnings', MAIN, 'serve', '--config', config], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(server, 'exit');
  const lines = createInterface({ input: server.stdout });
  const serves = new Promise<void>((resolve) => {
    lines.on('line', (line) => {
      if (line.includes('serves DHCP')) resolve();
    });
  });
  await Promise.race([
    serves,
    ended.then(([code]) => Promise.reject(new Error(`the server ended: ${code}`))),
  ]);
  const until = performance.now() + Math.random() * MOST_ALIVE_MS;
  while (performance.now() < until) {
    clients.act(performance.now());
    await wait(ACT_EVERY_MS);
  }
  server.kill('SIGKILL');
  await ended;
  clients.drain();
  compare();
}

/** What a client was promised stands on disk, under its name. */
function compare(): void {
  const onDisk = new Map(readLeaseFile(file).leases.map((lease) => [lease.address, lease]));
  for (const { mac, holds } of clients.clients) {
    if (holds === undefined) continue;
    compared++;
    const found = onDisk.get(ipv4ToNumber(holds));
    if (found?.key === macKey(mac) && found.state === 'bound') continue;
    const instead = found === undefined ? 'nothing' : `${found.key}, ${found.state}`;
    clients.violations.push(`${mac} has ${holds}, and on disk there is ${instead}`);
  }
}

const { counts, violations } = clients;
const seen: KilledUnderLoad = { kills, counts, violations, compared };
process.stdout.write(JSON.stringify(seen));
