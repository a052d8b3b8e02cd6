import { join } from 'node:path';
import { SEED_LAB } from '../../src/lab/lab-spec.ts';
import { type Lab, startLab } from '../../src/lab/start-lab.ts';
import { forBoundUdp, waitFor } from '../../src/lab/wait.ts';
import type { EchoLoad, EchoSpec } from './link/client.ts';
import { type BenchDeps, BenchError, type Measure } from './measure.ts';
import { type Spread, spreadOf } from './statistics.ts';

/** `window`: datagrams on their way at once. 1 is how TFTP reads a file, 32 how TCP does. */
const TRANSFERS = [
  { window: 1, datagrams: 5_000 },
  { window: 32, datagrams: 20_000 },
];
const CLIENT = { mac: '52:54:00:12:34:56', address: '10.188.0.66' };
const PORT = 2_001;
const READY_MS = 10_000;
/** Each datagram goes there and comes back. */
const FRAMES_EACH = 2;

type Way = 'veth' | 'link';
type Row = {
  readonly window: number;
  readonly frames: number;
  readonly seconds: Readonly<Record<Way, Spread>>;
  /** Of the link's seconds to those without, pair by pair. */
  readonly ratio: Spread;
};

export const linkCost: Measure = {
  name: 'link',
  title: 'The same transfer through a plain veth and through a link with an empty plan, in turn',
  run: async (deps) => {
    const rows: Row[] = [];
    for (const transfer of TRANSFERS) rows.push(await inTurn(transfer, deps));
    return { document: { rows }, lines: table(rows) };
  },
};

async function inTurn(
  transfer: { readonly window: number; readonly datagrams: number },
  { pairs, progress, signal }: BenchDeps,
): Promise<Row> {
  const seconds: Record<Way, number[]> = { veth: [], link: [] };
  // One more, not counted: the first reads what the others find in memory.
  for (let pair = 0; pair <= pairs; pair++) {
    for (const way of ['veth', 'link'] as const) {
      progress(`link: ${way}, ${transfer.window} on their way at once, pair ${pair} of ${pairs}`);
      const took = await transferBy(way, transfer, signal);
      if (pair > 0) seconds[way].push(took);
    }
  }
  const ratios = seconds.link.map((took, at) => took / (seconds.veth[at] ?? Number.NaN));
  return {
    window: transfer.window,
    frames: FRAMES_EACH * transfer.datagrams,
    seconds: { veth: spreadOf(seconds.veth), link: spreadOf(seconds.link) },
    ratio: spreadOf(ratios),
  };
}

/** In a lab of its own, captured as in every run. */
async function transferBy(
  way: Way,
  transfer: Pick<EchoSpec, 'window' | 'datagrams'>,
  signal: AbortSignal,
): Promise<number> {
  await using lab = await startLab(SEED_LAB);
  lab.capture.stream.resume();
  const server = await startEcho(lab);
  const link = way === 'link' ? await lab.addLink({ seed: 1, rules: [] }) : undefined;
  const spec: EchoSpec = { ...transfer, client: CLIENT, server, link: link?.socket };
  const script = join(import.meta.dirname, 'link', 'client.ts');
  const argv = [process.execPath, script, JSON.stringify(spec)];
  // Without a link: on the host's own cable to the bridge, under another MAC address.
  const { stdout } = await lab.run(argv, link === undefined ? { host: 'dns', signal } : { signal });
  const { dropped = 0 } = (await link?.stop()) ?? {};
  if (dropped > 0) throw new BenchError(`link: ${dropped} frames were dropped`);
  return (JSON.parse(stdout) as EchoLoad).seconds;
}

async function startEcho(lab: Lab): Promise<EchoSpec['server']> {
  const { address, mac } = lab.spec.hosts.find(({ name }) => name === 'pxe')?.interfaces[0] ?? {};
  if (address === undefined || mac === undefined) throw new BenchError('link: the lab has no host pxe');
  const script = join(import.meta.dirname, 'link', 'echo.ts');
  const echo = await lab.spawn([process.execPath, script, address, String(PORT)], { host: 'pxe' });
  await waitFor(forBoundUdp(PORT), echo, READY_MS);
  // The client does not answer ARP.
  const neighbour = ['ip', 'neigh', 'replace', CLIENT.address, 'lladdr', CLIENT.mac, 'dev', 'eth0'];
  await lab.run(neighbour, { host: 'pxe' });
  return { address, mac, port: PORT };
}

function table(rows: readonly Row[]): readonly string[] {
  const cell = (value: number, digits: number, width: number): string =>
    value.toFixed(digits).padStart(width);
  return [
    'at once   frames        veth, s     link, s   veth, frames/s   link, frames/s   ratio   min   max',
    ...rows.map(({ window, frames, seconds: { veth, link }, ratio }) =>
      [
        String(window).padStart(7),
        String(frames).padStart(9),
        cell(veth.median, 3, 15),
        cell(link.median, 3, 12),
        cell(frames / veth.median, 0, 17),
        cell(frames / link.median, 0, 17),
        cell(ratio.median, 2, 8),
        cell(ratio.min, 2, 6),
        cell(ratio.max, 2, 6),
      ].join(''),
    ),
    'medians; frames of 1,514 octets, each way one; both labs are captured; the link also captures the client’s end',
  ];
}
