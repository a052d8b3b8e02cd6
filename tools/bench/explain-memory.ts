import { rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { PLACES } from '../../src/cli/places.ts';
import { bootStorm, type MadeFrame, noise, writeCapture } from './made-captures.ts';
import { type BenchDeps, BenchError, type Measure } from './measure.ts';
import { PXEBENCH } from './places.ts';
import { runCommand } from './run-command.ts';

const COUNTS = [1_000_000, 500_000, 250_000];
const WANTED_MB = 200;
/** So many that their stories come to the limit of what is kept. */
const CHATTY_CLIENTS = 2_000;

type Kind = { readonly what: string; readonly frames: () => AsyncIterable<MadeFrame> | Iterable<MadeFrame> };

const KINDS: readonly Kind[] = [
  {
    what: 'boots of captures/lab, other clients each time',
    frames: () => bootStorm(join(PLACES.captures, 'lab')),
  },
  { what: 'noise: DISCOVERs, each of a client never seen before', frames: () => noise() },
  {
    what: `${CHATTY_CLIENTS.toLocaleString('en')} clients that ask again and again`,
    frames: () => noise(CHATTY_CLIENTS),
  },
];

type Explained = {
  readonly packets: number;
  readonly seconds: number;
  readonly peakMb: number;
  readonly clients: number;
  readonly events: number;
  readonly eventsNotKept: number;
};

export const explainMemory: Measure = {
  name: 'explain',
  title: 'explain on up to 1,000,000 packets: time and peak memory of the whole process (VmHWM)',
  run: async (deps) => {
    const path = join(PLACES.captures, 'lab', 's390x-ccw.pcap');
    const { peakMb: smallMb } = await explained(path, 0, deps);
    const rows = [];
    for (const kind of KINDS) rows.push({ what: kind.what, explained: await explainKind(kind, deps) });
    return {
      document: { wantedMb: WANTED_MB, smallMb, rows },
      lines: [
        `a capture of 121 packets: ${smallMb.toFixed(0)} MB; wanted: < ${WANTED_MB} MB, whatever the size`,
        ...rows.flatMap((row) => [row.what, HEAD, ...row.explained.map(line)]),
      ],
    };
  },
};

const HEAD = '     packets  seconds  peak MB  clients told   events told  only counted';

function line({ packets, seconds, peakMb, clients, events, eventsNotKept }: Explained): string {
  const count = (value: number, width: number): string => value.toLocaleString('en').padStart(width);
  return `${count(packets, 12)} ${seconds.toFixed(1).padStart(8)} ${peakMb.toFixed(0).padStart(8)} ${count(clients, 13)} ${count(events, 13)} ${count(eventsNotKept, 13)}`;
}

/** Largest first: the smaller captures are the beginning of the same file. */
async function explainKind({ what, frames }: Kind, deps: BenchDeps): Promise<readonly Explained[]> {
  const path = join(deps.folder, 'made.pcapng');
  const most = Math.max(...COUNTS).toLocaleString('en');
  const onProgress = (count: number): void =>
    deps.progress(`explain: writing ${count.toLocaleString('en')} of ${most} packets (${what})`);
  const lengths = await writeCapture(path, frames(), COUNTS, { signal: deps.signal, onProgress });
  const found: Explained[] = [];
  for (const packets of COUNTS) {
    await truncate(path, lengths.get(packets));
    deps.progress(`explain: reading ${packets.toLocaleString('en')} packets (${what})`);
    found.push(await explained(path, packets, deps));
  }
  await rm(path);
  return found.reverse();
}

async function explained(path: string, packets: number, { signal }: BenchDeps): Promise<Explained> {
  const { seconds, stdout, aside } = await runCommand([PXEBENCH, 'explain', path], {
    signal,
    env: { NODE_OPTIONS: `--import=${import.meta.resolve('./peak-memory-at-exit.ts')}` },
  });
  const [, frames = '', clients = ''] = /: ([\d,]+) frames in [\d.,]+ s, ([\d,]+) client/.exec(stdout) ?? [];
  if (packets > 0 && number(frames) !== packets)
    throw new BenchError(`explain: wanted ${packets} frames, got ${frames}`);
  const dropped = [...stdout.matchAll(/^ {2}… and ([\d,]+) events more, not kept$/gm)];
  return {
    packets,
    seconds,
    // The kernel counts in KiB.
    peakMb: (Number(aside) * 1024) / 1e6,
    clients: number(clients),
    events: stdout.match(/^ +\d+\.\d{3} /gm)?.length ?? 0,
    eventsNotKept: dropped.reduce((sum, [, count = '']) => sum + number(count), 0),
  };
}

function number(text: string): number {
  return Number(text.replaceAll(',', ''));
}
