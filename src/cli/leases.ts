import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { loadServerConfig } from '../server/config/load-server-config.ts';
import type { ServerConfig } from '../server/config/server-config.ts';
import { keyOf } from '../server/dhcp/client-key.ts';
import { initialDhcpState } from '../server/dhcp/dhcp-state.ts';
import { parseDnsmasqLeases } from '../server/leases/dnsmasq-leases.ts';
import { type ForeignLease, planImport } from '../server/leases/import-leases.ts';
import { fromStored, type StoredLease } from '../server/leases/stored-lease.ts';
import {
  type LeaseRow,
  leaseRows,
  lockLeaseFile,
  openLeaseFile,
  readLeaseFile,
} from '../server/shell/lease-file.ts';
import { systemWallClock } from '../server/shell/wall-clock.ts';
import { ipv4FromNumber, macFromBytes } from '../wire/address.ts';
import { fromHex } from '../wire/bytes.ts';
import { parseArguments } from './arguments.ts';
import { type Command, EXIT, type ExitStatus, type Io, UsageError } from './command.ts';
import { DOCUMENT_HELP, DOCUMENT_OPTIONS, handOver } from './document.ts';

const HELP = `pxebench leases: the addresses that the reference server has given, as they are on disk

usage: pxebench leases list --config FILE [options]
       pxebench leases import --from dnsmasq LEASES --config FILE [options]

  --config FILE  the server's configuration, with a section "leases"
  --from KIND    whose file it is: dnsmasq (often /var/lib/misc/dnsmasq.leases)
${DOCUMENT_HELP}

list may be asked while the server runs. import wants it stopped, and the other server too: what that one gives out later is
not known here. A lease of this server that still runs is not taken from its client, and the same file a second time changes
nothing. Exit status of import: 1 where lines could not be read; the others were taken over.

examples:
  pxebench leases list --config pxe.yaml
  pxebench leases import --from dnsmasq /var/lib/misc/dnsmasq.leases --config pxe.yaml
`;

export const leases: Command = {
  help: HELP,
  run: async (argv, io) => {
    const { values, positionals } = parseArguments(argv, {
      ...DOCUMENT_OPTIONS,
      config: { type: 'string' },
      from: { type: 'string' },
    });
    const [what, ...rest] = positionals;
    if (what !== 'list' && what !== 'import') {
      throw new UsageError(`wanted list or import, got ${what ?? 'nothing'}`, 'pxebench leases --help');
    }
    if (values.config === undefined) throw new UsageError('wanted --config FILE', 'pxebench leases --help');
    const [foreign, ...more] = rest;
    if (what === 'list' && foreign !== undefined) throw new UsageError(`unexpected "${foreign}"`);
    if (more.length > 0) throw new UsageError(`unexpected "${more[0]}"`, 'one file at a time');
    const config = await loadServerConfig(resolve(io.cwd, values.config));
    const { leases: kept } = config;
    if (kept === undefined) {
      throw new UsageError(
        `${values.config} keeps no leases on disk`,
        'give it a section "leases: { file: leases.db }"',
      );
    }
    if (what === 'list') return list(kept.file, values, io);
    if (values.from !== 'dnsmasq') {
      throw new UsageError(
        values.from === undefined ? 'wanted --from dnsmasq' : `--from: wanted dnsmasq, got "${values.from}"`,
      );
    }
    if (foreign === undefined) throw new UsageError("wanted dnsmasq's file of leases, got none");
    return importDnsmasq(resolve(io.cwd, foreign), kept.file, config, values, io);
  },
};

type Handing = { readonly json?: boolean | undefined; readonly report?: string | undefined };

async function list(file: string, handing: Handing, io: Io): Promise<ExitStatus> {
  const found = readLeaseFile(file).leases.toSorted((a, b) => a.address - b.address);
  const entries = found.map((row) => ({
    address: ipv4FromNumber(row.address),
    client: clientOf(row.key),
    state: stateOf(row, Date.now()),
    until: row.until === null ? null : new Date(row.until).toISOString(),
    hostName: row.hostName,
  }));
  const text = () =>
    entries.map(({ address, client, state, until, hostName }) =>
      [address.padEnd(15), client.padEnd(17), state.padEnd(8), until ?? 'for ever', hostName ?? '']
        .join('  ')
        .trimEnd(),
    );
  await handOver('leases-list', entries, text, handing, io);
  return EXIT.ok;
}

async function importDnsmasq(
  from: string,
  to: string,
  config: ServerConfig,
  handing: Handing,
  io: Io,
): Promise<ExitStatus> {
  const read = parseDnsmasqLeases(await textOf(from));
  const by = config.dhcp?.leaseKey ?? 'mac';
  const foreign = read.leases.flatMap((lease): readonly ForeignLease[] => {
    const key = keyOf(lease.htype, lease.hardware, lease.clientId, by);
    return key === undefined ? [] : [{ ...lease, key }];
  });
  using _lock = lockLeaseFile(to);
  using file = openLeaseFile(to);
  const time = systemWallClock();
  const plan = planImport(foreign, [...file.leases()], time.wall);
  if (plan.leases.length > 0) file.commit({ rows: leaseRows(plan.leases), shift: 0, time });
  const { added, prolonged, unchanged, kept } = plan;
  const notConfigured = unusedOf(config, plan.leases, time.wall);
  const nameless = read.leases.length - foreign.length;
  const document = {
    ...{ from, to, added, prolonged, unchanged, notConfigured, kept },
    ...{ ipv6: read.ipv6, nameless, malformed: read.malformed },
  };
  const text = (): readonly string[] => [
    `${from}: ${added} taken over, ${prolonged} prolonged, ${unchanged} there already`,
    ...remarks(notConfigured, 'of addresses that no subnet of the configuration may give: kept, not used'),
    ...remarks(read.ipv6, 'of DHCPv6 left out: this server speaks IPv4'),
    ...remarks(nameless, 'without hardware address and client identifier left out'),
    ...kept.map(({ line, because }) => `line ${line}: left out: ${because}`),
  ];
  await handOver('leases-import', document, text, handing, io);
  for (const { line, problem } of read.malformed) io.err(`${from}:${line}: ${problem}\n`);
  return read.malformed.length === 0 ? EXIT.ok : EXIT.failed;
}

function remarks(count: number, what: string): readonly string[] {
  return count === 0 ? [] : [`${count} ${what}`];
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${file}: ${(error as Error).message}`, 'name the file of leases', error);
  }
}

/** How many of them the server would not use. */
function unusedOf({ dhcp, address }: ServerConfig, leases: readonly StoredLease[], now: number): number {
  if (dhcp === undefined) return leases.length;
  const known = leases.map((lease) => fromStored(lease, 0, now));
  return initialDhcpState({ ...dhcp, ownAddresses: new Set([address]) }, known).unused.length;
}

/** A MAC address as people write it; any other key as it is. */
function clientOf(key: string): string {
  const [, mac] = /^1:([0-9a-f]{12})$/.exec(key) ?? [];
  return mac === undefined ? key : macFromBytes(fromHex(mac));
}

function stateOf({ state, until }: LeaseRow, now: number): string {
  return state === 'bound' && until !== null && until <= now ? 'over' : state;
}
