import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { LabProcess } from '../../src/lab/lab-process.ts';
import type { Lab } from '../../src/lab/start-lab.ts';
import { forBoundUdp, waitFor } from '../../src/lab/wait.ts';
import { SERVER_ADDRESS, startBenchNetwork } from './bench-network.ts';
import { type BenchDeps, BenchError, type Measure } from './measure.ts';
import { PXEBENCH } from './places.ts';
import { median } from './statistics.ts';
import type { Load, LoadSpec } from './tftp/clients.ts';

const OCTETS = 40 * 2 ** 20;
const BLKSIZE = 1468;
const WINDOWSIZES = [1, 4, 16];
const CLIENTS = [1, 50];
const FILE = 'forty';
const MEBIBYTE = 2 ** 20;
const TICKS_PER_SECOND = 100;
const HOST = 'pxe';
const READY_MS = 10_000;

type Contender = {
  readonly name: string;
  /** A process for each transfer, which nobody waits for: their time is in no account. */
  readonly forks?: true;
  readonly port: number;
  readonly argv: (folder: string) => Promise<readonly string[]>;
};

/** Each as fast as its options let it be, none of them logging packets. */
const CONTENDERS: readonly Contender[] = [
  {
    name: 'pxebench serve',
    port: 6900,
    argv: async (folder) => {
      const file = join(folder, 'tftp.yaml');
      const tftp = { root: 'tftp', port: 6900 };
      await writeFile(file, stringify({ address: SERVER_ADDRESS, tftp }));
      return [PXEBENCH, 'serve', '--config', file];
    },
  },
  {
    name: 'dnsmasq',
    port: 69,
    argv: async (folder) => [
      ...['dnsmasq', '--keep-in-foreground', '--conf-file=/dev/null', '--port=0', '--enable-tftp'],
      ...[`--tftp-root=${join(folder, 'tftp')}`, '--tftp-max=200', `--listen-address=${SERVER_ADDRESS}`],
      ...['--user=root', '--pid-file=', '--log-facility=/dev/null'],
    ],
  },
  {
    name: 'tftpd-hpa',
    forks: true,
    port: 6901,
    argv: async (folder) => [
      ...['in.tftpd', '--foreground', '--address', `${SERVER_ADDRESS}:6901`, '--user', 'root'],
      ...['--secure', join(folder, 'tftp')],
    ],
  },
];

type Cell = { readonly clients: number; readonly windowsize: number };
type Row = Cell & {
  readonly server: string;
  readonly granted: number;
  readonly mebibytesPerSecond: number;
  /** Processor seconds of the server for a gibibyte, which say the same where the machine is busy with other things. */
  readonly cpuPerGibibyte: number | undefined;
  readonly timeouts: number;
};

export const serveTftp: Measure = {
  name: 'tftp',
  title: `TFTP of ${OCTETS / MEBIBYTE} MiB, blksize ${BLKSIZE}, on loopback: MiB/s of all clients together`,
  run: async (deps) => {
    const rows = await measure(deps);
    return { document: { octets: OCTETS, blksize: BLKSIZE, rows }, lines: table(rows) };
  },
};

async function measure(deps: BenchDeps): Promise<readonly Row[]> {
  const { folder, signal } = deps;
  await using lab = await startBenchNetwork();
  const path = join(folder, 'tftp', FILE);
  await lab.run(['mkdir', '-p', join(folder, 'tftp')], { host: HOST, signal });
  await writeFile(path, randomBytes(OCTETS));
  const servers: { readonly contender: Contender; readonly process: LabProcess }[] = [];
  for (const contender of CONTENDERS) {
    const process = await lab.spawn(await contender.argv(folder), { host: HOST });
    await waitFor(forBoundUdp(contender.port), process, READY_MS);
    servers.push({ contender, process });
  }
  const rows: Row[] = [];
  for (const clients of CLIENTS) {
    // A round by fifty lasts as long as fifty by one.
    const rounds = clients === 1 ? deps.pairs : Math.ceil(deps.pairs / 5);
    for (const windowsize of WINDOWSIZES) {
      const found = new Map<string, Row[]>();
      for (let round = 1; round <= rounds; round++) {
        for (const { contender, process } of servers) {
          const cell = { clients, windowsize };
          deps.progress(
            `tftp: ${contender.name}, ${clients} at once, windowsize ${windowsize}, round ${round} of ${rounds}`,
          );
          const row = await load(lab, contender, process, cell, path, signal);
          found.set(contender.name, [...(found.get(contender.name) ?? []), row]);
        }
      }
      for (const of of found.values()) rows.push(middle(of));
    }
  }
  return rows;
}

async function load(
  lab: Lab,
  { name, port, forks }: Contender,
  server: LabProcess,
  cell: Cell,
  path: string,
  signal: AbortSignal,
): Promise<Row> {
  const spec: LoadSpec = { server: SERVER_ADDRESS, port, file: FILE, path, blksize: BLKSIZE, ...cell };
  const main = join(import.meta.dirname, 'tftp', 'clients.ts');
  const before = await cpuSeconds(server.pid);
  const { stdout } = await lab.run([process.execPath, main, JSON.stringify(spec)], { host: HOST, signal });
  const { seconds, windowsize, timeouts } = JSON.parse(stdout) as Load;
  const cpu = (await cpuSeconds(server.pid)) - before;
  const octets = cell.clients * OCTETS;
  return {
    ...{ ...cell, server: name, granted: windowsize, timeouts },
    mebibytesPerSecond: octets / MEBIBYTE / seconds,
    cpuPerGibibyte: forks === true ? undefined : cpu / (octets / 2 ** 30),
  };
}

/** All that a process has used. */
async function cpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // Behind the name, which may hold anything: state is field 3, utime and stime are 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = fields.slice(11, 13).map(Number);
  if (ticks.length !== 2) throw new BenchError(`/proc/${pid}/stat: wanted 15 fields`);
  return ticks.reduce((sum, value) => sum + value, 0) / TICKS_PER_SECOND;
}

function middle(rows: readonly Row[]): Row {
  const [first] = rows;
  if (first === undefined) throw new BenchError('tftp: nothing was measured');
  return {
    ...first,
    mebibytesPerSecond: median(rows.map((row) => row.mebibytesPerSecond)),
    cpuPerGibibyte:
      first.cpuPerGibibyte === undefined
        ? undefined
        : median(rows.map((row) => row.cpuPerGibibyte ?? Number.NaN)),
    timeouts: rows.reduce((sum, row) => sum + row.timeouts, 0),
  };
}

function table(rows: readonly Row[]): readonly string[] {
  const names = CONTENDERS.map(({ name }) => name);
  const lines = [`clients  windowsize  ${names.map((name) => name.padStart(24)).join('')}   ours/best`];
  for (const clients of CLIENTS) {
    for (const windowsize of WINDOWSIZES) {
      const cells = names.map((name) =>
        rows.find((row) => row.server === name && row.clients === clients && row.windowsize === windowsize),
      );
      const [ours, ...others] = cells.map((cell) => cell?.mebibytesPerSecond ?? Number.NaN);
      const shown = cells.map((cell) => {
        if (cell === undefined) return '-'.padStart(24);
        const { mebibytesPerSecond, cpuPerGibibyte, granted, timeouts } = cell;
        const marks = `${granted === windowsize ? '' : ` w${granted}`}${timeouts === 0 ? '' : ` t${timeouts}`}`;
        return `${mebibytesPerSecond.toFixed(1)}${cpuPerGibibyte === undefined ? '' : ` (${cpuPerGibibyte.toFixed(1)} s)`}${marks}`.padStart(
          24,
        );
      });
      const ratio = (ours ?? Number.NaN) / Math.max(...others);
      lines.push(
        `${String(clients).padStart(7)}  ${String(windowsize).padStart(10)}  ${shown.join('')}   ${ratio.toFixed(2)}`,
      );
    }
  }
  return [
    ...lines,
    'in parentheses: processor time of the server for a gibibyte; wN: it granted windowsize N; tN: waits of a second for nothing',
    'wanted: at least as fast as both, in each row',
  ];
}
