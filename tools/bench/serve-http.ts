import { PLACES } from '../../src/cli/places.ts';
import type { Lab } from '../../src/lab/start-lab.ts';
import { loadServer } from '../../src/sut/server-spec.ts';
import { type RunningServer, startServer } from '../../src/sut/start-server.ts';
import { SERVER_ADDRESS, startBenchNetwork } from './bench-network.ts';
import { type BenchDeps, BenchError, type Measure } from './measure.ts';
import { LOAD_PROCESSOR, onProcessor } from './on-processor.ts';
import { processorSeconds } from './processor-time.ts';
import { median } from './statistics.ts';
import { FILE, FILE_OCTETS, WEB_SERVERS, type WebServer, webServerFolder } from './web-servers.ts';

/**
 * Each cell is measured so often, in turn with the same of the other servers. Short and often: a connection over loopback runs at
 * one of two speeds, as its receiver's window grows early or never, and keeps it.
 */
const ROUNDS = 15;
const SECONDS = 1;

type Load = {
  readonly name: string;
  readonly path: string;
  readonly connections: number;
  /** What is counted: octets in GB/s, or answers in thousands a second. */
  readonly unit: 'GB' | 'thousand';
};

const LOADS: readonly Load[] = [
  { name: '40 MB, 1 client', path: `/${FILE}`, connections: 1, unit: 'GB' },
  { name: '40 MB, 50 clients', path: `/${FILE}`, connections: 50, unit: 'GB' },
  {
    name: 'lookups that miss',
    path: '/pxelinux.cfg/01-00-12-34-56-78-90',
    connections: 50,
    unit: 'thousand',
  },
];

type Sample = { readonly rate: number; readonly processor: number };

export const serveHttpMeasure: Measure = {
  name: 'http',
  title: `HTTP: a file of ${FILE_OCTETS / 1e6} MB, and lookups that miss, over loopback; servers have one processor, wrk the other`,
  run: async (deps) => {
    await using lab = await startBenchNetwork();
    const server = await loadServer(await webServerFolder(deps.folder), PLACES.servers);
    await using running = await startServer(server, lab);
    const ended = running.exited.then((error): never => {
      throw error;
    });
    const rows = await Promise.race([measureAll(lab, running, deps), ended]);
    return {
      document: { rounds: ROUNDS, seconds: SECONDS, fileOctets: FILE_OCTETS, rows },
      lines: table(rows),
    };
  },
};

type Row = {
  readonly load: string;
  readonly unit: Load['unit'];
  readonly servers: readonly { readonly name: string; readonly rate: number; readonly processor: number }[];
};

async function measureAll(lab: Lab, running: RunningServer, deps: BenchDeps): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const load of LOADS) {
    const samples = WEB_SERVERS.map((): Sample[] => []);
    // One round more, not counted: compilers and caches are warm then.
    for (let round = 0; round <= ROUNDS; round++) {
      for (const [at, server] of WEB_SERVERS.entries()) {
        deps.signal.throwIfAborted();
        deps.progress(`http: ${load.name}, round ${round} of ${ROUNDS}, ${server.name}`);
        const sample = await measure(lab, server, running.pids[at] ?? 0, load, deps.signal);
        if (round > 0) samples[at]?.push(sample);
      }
    }
    const servers = WEB_SERVERS.map(({ name }, at) => ({
      name,
      rate: median((samples[at] ?? []).map(({ rate }) => rate)),
      processor: median((samples[at] ?? []).map(({ processor }) => processor)),
    }));
    rows.push({ load: load.name, unit: load.unit, servers });
  }
  return rows;
}

/** What wrk counted, in count.lua. */
type Count = {
  readonly us: number;
  readonly requests: number;
  readonly octets: number;
  readonly refused: number;
};

async function measure(
  lab: Lab,
  { name, port }: WebServer,
  pid: number,
  { path, connections, unit }: Load,
  signal: AbortSignal,
): Promise<Sample> {
  const url = `http://${SERVER_ADDRESS}:${port}${path}`;
  const options = ['--threads', '1', '--connections', `${connections}`, '--duration', `${SECONDS}s`];
  const before = processorSeconds(pid);
  const { stdout } = await lab.run(
    onProcessor(LOAD_PROCESSOR, [
      '/run/lab/server/wrk',
      ...options,
      ...['--timeout', '30s', '--script', '/run/lab/server/count.lua'],
      url,
    ]),
    { host: 'pxe', signal },
  );
  const processor = processorSeconds(pid) - before;
  const { us, requests, octets, refused } = JSON.parse(stdout.split('\n').at(-2) ?? '') as Count;
  const misses = unit === 'thousand';
  if (octets === 0 || refused !== (misses ? requests : 0)) {
    throw new BenchError(`http: ${name}: wanted ${misses ? 404 : 200} of ${url}, got ${stdout}`);
  }
  const amount = misses ? requests / 1e3 : octets / 1e9;
  return { rate: (amount * 1e6) / us, processor: processor / amount };
}

function table(rows: readonly Row[]): readonly string[] {
  const names = WEB_SERVERS.map(({ name }) => name);
  const width = Math.max(...names.map((name) => name.length)) + 2;
  const line = (label: string, cells: readonly string[]): string =>
    label.padEnd(36) + cells.map((cell) => cell.padStart(width)).join('');
  const lines = [line('', names)];
  for (const { load, unit, servers } of rows) {
    const ours = servers[0]?.rate ?? Number.NaN;
    const per = unit === 'GB' ? ['GB/s', 's/GB'] : ['thousand/s', 'ms each'];
    const digits = unit === 'GB' ? 2 : 1;
    lines.push(
      line(
        `${load}, ${per[0]}`,
        servers.map(({ rate }) => rate.toFixed(digits)),
      ),
      line(
        '  ours to it',
        servers.map(({ rate }) => (ours / rate).toFixed(2)),
      ),
      line(
        `  processor time, ${per[1]}`,
        servers.map(({ processor }) => processor.toFixed(digits + 1)),
      ),
    );
  }
  return [
    ...lines,
    `medians of ${ROUNDS} rounds of ${SECONDS} s, servers in turn; wanted: at least Apache's, and for files 0.8 of nginx's`,
  ];
}
