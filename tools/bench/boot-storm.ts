import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PLACES } from '../../src/cli/places.ts';
import type { Lab } from '../../src/lab/start-lab.ts';
import { loadServer } from '../../src/sut/server-spec.ts';
import { startServer } from '../../src/sut/start-server.ts';
import { LOAD_ADDRESS, SERVER_ADDRESS, startBenchNetwork } from './bench-network.ts';
import { largeReferenceServer, POOL } from './large-reference-server.ts';
import { type BenchDeps, BenchError, type Measure } from './measure.ts';
import { percentile } from './statistics.ts';
import { STAGES, type Stage } from './storm/boot-one.ts';
import type { Storm, StormSpec } from './storm/main.ts';

const CLIENTS = 2000;
const SPREAD_MS = 1000;
const BOOT_FILE = 'undionly.kpxe';
const BOOT_FILE_OCTETS = 80_000;

type Contender = { readonly name: string; readonly prepare: (folder: string) => Promise<string> };

/** Both as the seed scenarios have them, but for the size of the pool, limits that a storm is beyond, and their logs. */
const CONTENDERS: readonly Contender[] = [
  { name: 'pxebench serve', prepare: largeReferenceServer },
  { name: 'dnsmasq + Apache + PHP', prepare: seed },
];

export const bootStorm: Measure = {
  name: 'storm',
  title: `A boot storm: ${CLIENTS} clients switched on within ${SPREAD_MS / 1000} s, each DHCP, TFTP of 80 kB, DHCP, boot1, boot2, eleven lookups`,
  run: async (deps) => {
    const rows = [];
    for (const contender of CONTENDERS) rows.push(await storm(contender, deps));
    return { document: { clients: CLIENTS, spreadMs: SPREAD_MS, rows }, lines: table(rows) };
  },
};

type Row = {
  readonly server: string;
  readonly seconds: number;
  readonly failed: number;
  readonly retries: number;
  readonly failures: readonly string[];
  readonly stages: Readonly<
    Record<Stage, { readonly p50: number; readonly p95: number; readonly max: number }>
  >;
};

async function storm({ name, prepare }: Contender, { folder, signal, progress }: BenchDeps): Promise<Row> {
  progress(`storm: ${CLIENTS} clients against ${name}`);
  await using lab = await startBenchNetwork();
  const server = await loadServer(await prepare(folder), PLACES.servers);
  await using running = await startServer(server, lab, {
    files: { [BOOT_FILE]: 'x'.repeat(BOOT_FILE_OCTETS), 'pxelinux.cfg/default': 'DEFAULT local\n' },
  });
  const ended = running.exited.then((error): never => {
    throw error;
  });
  const { seconds, boots } = await Promise.race([load(lab, signal), ended]);
  const failures = boots.flatMap(({ failure }) => failure ?? []);
  const of = (stage: Stage) => {
    const ends = boots.flatMap(({ ended }) => ended[stage] ?? []).map((ms) => ms / 1000);
    return { p50: percentile(ends, 0.5), p95: percentile(ends, 0.95), max: Math.max(...ends) };
  };
  return {
    ...{ server: name, seconds, failed: failures.length, failures: failures.slice(0, 5) },
    retries: boots.reduce((sum, { retries }) => sum + retries, 0),
    stages: Object.fromEntries(STAGES.map((stage) => [stage, of(stage)])) as Row['stages'],
  };
}

async function load(lab: Lab, signal: AbortSignal): Promise<Storm> {
  const host = 'load';
  await lab.run(['ip', 'route', 'add', 'local', POOL.network, 'dev', 'lo'], { host, signal });
  // As through a router: the kernel keeps 1,024 neighbours (net.ipv4.neigh.default.gc_thresh3), for all namespaces together.
  await lab.run(['ip', 'route', 'add', POOL.network, 'via', LOAD_ADDRESS], { host: 'pxe', signal });
  const spec: StormSpec = {
    ...{ clients: CLIENTS, spreadMs: SPREAD_MS, server: SERVER_ADDRESS },
    ...{ bootFile: BOOT_FILE, bootFileOctets: BOOT_FILE_OCTETS },
  };
  const main = join(import.meta.dirname, 'storm', 'main.ts');
  const { stdout } = await lab.run([process.execPath, main, JSON.stringify(spec)], { host, signal });
  const storm = JSON.parse(stdout) as Storm;
  if (storm.boots.length !== CLIENTS) {
    throw new BenchError(`storm: wanted ${CLIENTS} boots, got ${storm.boots.length}`);
  }
  return storm;
}

async function seed(folder: string): Promise<string> {
  const place = join(folder, 'seed-storm');
  await cp(join(PLACES.servers, 'seed'), place, { recursive: true });
  const dnsmasq = await readFile(join(place, 'dnsmasq.conf'), 'utf8');
  const changed = dnsmasq
    .replace(/^dhcp-range=.*$/m, `dhcp-range=${POOL.first},${POOL.last},255.255.0.0,12h`)
    .replace(/^log-(queries|dhcp)$/gm, '')
    .replace(/^dhcp-leasefile=.*$/m, `dhcp-leasefile=${join(folder, 'dnsmasq.leases')}`);
  // Its defaults are 1000 leases and 50 transfers.
  await writeFile(join(place, 'dnsmasq.conf'), `${changed}\ndhcp-lease-max=10000\ntftp-max=${2 * CLIENTS}\n`);
  const apache = await readFile(join(place, 'httpd.conf'), 'utf8');
  // As Debian's package sets it up.
  const usual =
    'StartServers 5\nMinSpareServers 5\nMaxSpareServers 10\nMaxRequestWorkers 150\nKeepAliveTimeout 5\n';
  await writeFile(
    join(place, 'httpd.conf'),
    apache.replace(/^(StartServers|MinSpareServers|MaxSpareServers) .*\n/gm, '') + usual,
  );
  return place;
}

function table(rows: readonly Row[]): readonly string[] {
  const head = ['', 'all, s', 'failed', 'retries', ...STAGES.map((stage) => `${stage} p50/p95`)];
  const cells = rows.map(({ server, seconds, failed, retries, stages }) => [
    server,
    seconds.toFixed(1),
    String(failed),
    String(retries),
    ...STAGES.map((stage) => `${stages[stage].p50.toFixed(1)}/${stages[stage].p95.toFixed(1)}`),
  ]);
  const widths = head.map((name, at) =>
    Math.max(...[head, ...cells].map((row) => row[at]?.length ?? name.length)),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  ');
  return [
    line(head),
    ...cells.map(line),
    ...rows.flatMap(({ server, failures }) => failures.map((failure) => `${server}: ${failure}`)),
    "seconds from a client's power-on to the end of each stage; wanted: nobody fails",
  ];
}
