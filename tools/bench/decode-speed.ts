import { rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { PLACES } from '../../src/cli/places.ts';
import { bootFlows } from './boot-flows.ts';
import { type MadeFrame, writeCapture } from './made-captures.ts';
import type { BenchDeps, Measure } from './measure.ts';
import { PXEBENCH } from './places.ts';
import { smallFrames } from './small-frames.ts';
import { type Spread, spreadOf } from './statistics.ts';
import { type Timed, timedCommand } from './timed-command.ts';

const WANTED = { json: 10, hierarchy: 1 };
/** Of the capture that shows whether memory is constant. */
const TIMES_AS_LARGE = 5;

type Kind = {
  readonly what: string;
  readonly frames: () => AsyncIterable<MadeFrame> | Iterable<MadeFrame>;
  /** So many are 200 MB of the one; the other is counted in frames. */
  readonly count: number;
  readonly larger: boolean;
};

const KINDS: readonly Kind[] = [
  {
    what: 'boots of captures/lab and downloads of kernels, many machines at once',
    frames: () => bootFlows(join(PLACES.captures, 'lab')),
    count: 246_000,
    larger: true,
  },
  {
    what: 'small frames: DHCP, DNS, TFTP in blocks of 512, and what else goes over a network',
    frames: () => smallFrames(),
    count: 1_000_000,
    larger: false,
  },
];

type Contender = { readonly name: string; readonly argv: (path: string) => readonly string[] };

const OURS: readonly Contender[] = [
  { name: 'pxebench explain', argv: (path) => [PXEBENCH, 'explain', path] },
  { name: 'pxebench explain --json', argv: (path) => [PXEBENCH, 'explain', '--json', path] },
];
const FILTER = 'dhcp or tftp or http or dns';
const OTHERS = {
  json: {
    name: 'tshark -T json',
    argv: (path) => ['tshark', '-r', path, '-Y', FILTER, '-T', 'json'],
  },
  hierarchy: { name: 'tshark -z io,phs', argv: (path) => ['tshark', '-r', path, '-q', '-z', 'io,phs'] },
  tcpdump: { name: 'tcpdump -n', argv: (path) => ['tcpdump', '-n', '-r', path] },
} as const satisfies Record<string, Contender>;
const CONTENDERS: readonly Contender[] = [...OURS, ...Object.values(OTHERS)];

type Row = { readonly name: string; readonly rounds: readonly Timed[] };
type Found = {
  readonly what: string;
  readonly frames: number;
  readonly megabytes: number;
  readonly rows: readonly Row[];
  readonly largerMb: number | undefined;
};

export const decodeSpeed: Measure = {
  name: 'decode',
  title: 'explain beside tshark and tcpdump on the same capture, each as a whole process, output thrown away',
  run: async (deps) => {
    const found: Found[] = [];
    for (const kind of KINDS) found.push(await decodeKind(kind, deps));
    return { document: { wanted: WANTED, captures: found }, lines: found.flatMap(table) };
  },
};

async function decodeKind({ what, frames, count, larger }: Kind, deps: BenchDeps): Promise<Found> {
  const path = join(deps.folder, 'decode.pcapng');
  const most = larger ? count * TIMES_AS_LARGE : count;
  const onProgress = (written: number): void =>
    deps.progress(`decode: writing ${written.toLocaleString('en')} of ${most.toLocaleString('en')} frames`);
  const lengths = await writeCapture(path, frames(), [count, most], { signal: deps.signal, onProgress });
  let largerMb: number | undefined;
  if (larger) {
    deps.progress(`decode: memory for ${most.toLocaleString('en')} frames`);
    largerMb = (await timedCommand([PXEBENCH, 'explain', path], deps)).peakMb;
    await truncate(path, lengths.get(count));
  }
  const rounds = new Map<Contender, Timed[]>(CONTENDERS.map((contender) => [contender, []]));
  for (let round = 1; round <= deps.pairs; round++) {
    for (const [contender, times] of rounds) {
      deps.progress(`decode: ${contender.name}, round ${round} of ${deps.pairs} (${what})`);
      times.push(await timedCommand(contender.argv(path), deps));
    }
  }
  await rm(path);
  const rows = [...rounds].map(([{ name }, times]) => ({ name, rounds: times }));
  return { what, frames: count, megabytes: (lengths.get(count) ?? 0) / 1e6, rows, largerMb };
}

function table({ what, frames, megabytes, rows, largerMb }: Found): readonly string[] {
  const size = `${frames.toLocaleString('en')} frames, ${megabytes.toFixed(0)} MB`;
  const memory =
    largerMb === undefined
      ? []
      : [
          `  pxebench explain of ${TIMES_AS_LARGE} times as much, ${((megabytes * TIMES_AS_LARGE) / 1000).toFixed(1)} GB: ${largerMb.toFixed(0)} MB at the peak`,
        ];
  return [
    `${what}: ${size}; ${rows[0]?.rounds.length ?? 0} rounds, one after the other in turn`,
    '                                    wall, s            user+sys, s',
    '                            min  median     max     min  median     max  peak MB',
    ...rows.map(
      ({ name, rounds }) =>
        `  ${name.padEnd(23)}${spread(spreadOf(rounds.map(({ wall }) => wall)))}${spread(spreadOf(rounds.map(({ processor }) => processor)))}${Math.max(
          ...rounds.map(({ peakMb }) => peakMb),
        )
          .toFixed(0)
          .padStart(9)}`,
    ),
    ...memory,
    ...OURS.flatMap((ours) =>
      Object.entries(OTHERS).map(([key, theirs]) =>
        ratios(ours, theirs, rows, WANTED[key as keyof typeof WANTED]),
      ),
    ),
  ];
}

/** How many times as long the other one took, round by round. */
function ratios(
  ours: Contender,
  theirs: Contender,
  rows: readonly Row[],
  wanted: number | undefined,
): string {
  const of = (name: string): readonly Timed[] => rows.find((row) => row.name === name)?.rounds ?? [];
  const mine = of(ours.name);
  const ratio = (value: (timed: Timed) => number): Spread =>
    spreadOf(of(theirs.name).map((timed, i) => value(timed) / value(mine[i] as Timed)));
  const text = ({ min, median, max }: Spread): string =>
    `${median.toFixed(2)} (${min.toFixed(2)} to ${max.toFixed(2)})`;
  const times = `wall ${text(ratio(({ wall }) => wall))}, user+sys ${text(ratio(({ processor }) => processor))}`;
  return `  ${theirs.name} / ${ours.name}: ${times}${wanted === undefined ? '' : `; wanted: >= ${wanted}`}`;
}

function spread({ min, median, max }: Spread): string {
  return [min, median, max].map((value) => value.toFixed(2).padStart(8)).join('');
}
