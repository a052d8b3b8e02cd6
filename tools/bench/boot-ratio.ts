import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { PLACES } from '../../src/cli/places.ts';
import type { RunResult } from '../../src/report/result.ts';
import { loadScenario } from '../../src/scenario/scenario.ts';
import { loadServer } from '../../src/sut/server-spec.ts';
import { chooseAccelerator } from '../../src/vm/accelerator.ts';
import { listFirmware, loadFirmware } from '../../src/vm/firmware.ts';
import { bareBoot } from './bare-boot.ts';
import { type BenchDeps, BenchError, type Measure } from './measure.ts';
import { PXEBENCH } from './places.ts';
import { runCommand } from './run-command.ts';
import { type Spread, spreadOf } from './statistics.ts';

const WANTED_RATIO = 1.05;
const SERVER = 'seed';

/** What is booted, and the last line of the console that both ways of booting wait for. */
type Compared = { readonly scenario: string; readonly lastLine: string };

const COMPARED: readonly Compared[] = [
  { scenario: 'seed/bios-ipxe-to-pxelinux', lastLine: '*pxebench: this is the default configuration*' },
  { scenario: 'seed/dumb-uefi-to-boot2', lastLine: '*/boot2.php...* ok*' },
];

type Pair = { readonly bench: number; readonly bare: number };
type Row = {
  readonly scenario: string;
  readonly firmware: string;
  readonly pairs: readonly (Pair & { readonly ratio: number })[];
  readonly bench: Spread;
  readonly bare: Spread;
  readonly ratio: Spread;
};

export const bootRatio: Measure = {
  name: 'boot',
  title: 'Power-on to verdict, against bare QEMU doing the same boot',
  run: async (deps) => {
    const rows: Row[] = [];
    for (const compared of COMPARED) rows.push(await compare(compared, deps));
    return {
      document: { wantedRatio: WANTED_RATIO, rows },
      lines: [...rows.flatMap(tell), `wanted: ratio <= ${WANTED_RATIO}`],
    };
  },
};

async function compare({ scenario: id, lastLine }: Compared, deps: BenchDeps): Promise<Row> {
  const file = await endingWith(lastLine, id, deps.folder);
  const known = { servers: [SERVER], firmware: await listFirmware(PLACES.firmware) };
  const scenario = await loadScenario(file, deps.folder, known);
  const firmware = await loadFirmware(scenario.firmware[0] ?? '', PLACES.firmware);
  const server = await loadServer(SERVER, PLACES.servers);
  const boot = { scenario, firmware, server, accelerator: (await chooseAccelerator()).name, lastLine };
  const pairs: Pair[] = [];
  // One more, not counted: the first reads what the others find in memory.
  for (let pair = 0; pair <= deps.pairs; pair++) {
    const of = `${firmware.id}, pair ${pair} of ${deps.pairs}`;
    deps.progress(`boot: pxebench, ${of}`);
    const bench = await benchBoot(file, deps);
    deps.progress(`boot: bare QEMU, ${of}`);
    const bare = await bareBoot(boot, deps.signal);
    if (pair > 0) pairs.push({ bench, bare });
  }
  const ratios = pairs.map(({ bench, bare }) => bench / bare);
  return {
    scenario: id,
    firmware: firmware.id,
    pairs: pairs.map((pair, i) => ({ ...pair, ratio: ratios[i] ?? Number.NaN })),
    bench: spreadOf(pairs.map(({ bench }) => bench)),
    bare: spreadOf(pairs.map(({ bare }) => bare)),
    ratio: spreadOf(ratios),
  };
}

/** A copy of the scenario that is for one server, and ends with a line of the console, which a bare machine shows as well. */
async function endingWith(lastLine: string, id: string, folder: string): Promise<string> {
  const scenario = parse(await readFile(join(PLACES.scenarios, `${id}.yaml`), 'utf8'));
  const steps = scenario.expect.filter((step: object) => !('console' in step));
  const path = join(folder, `${id.replace('/', '-')}.yaml`);
  const copy = { ...scenario, servers: [SERVER], expect: [...steps, { console: lastLine }] };
  await writeFile(path, stringify(copy));
  return path;
}

/** Seconds that `pxebench run` tells from power-on to verdict. */
async function benchBoot(file: string, { folder, signal }: BenchDeps): Promise<number> {
  const report = join(folder, 'boot');
  const { stdout } = await runCommand([PXEBENCH, 'run', file, '--json', '--report', report], { signal });
  const [boot] = (JSON.parse(stdout) as RunResult).scenarios;
  if (boot?.outcome !== 'passed') throw new BenchError(`${file}: wanted passed, got ${boot?.outcome}`);
  return boot.bootSeconds;
}

function tell({ scenario, firmware, pairs, bench, bare, ratio }: Row): readonly string[] {
  const row = (name: string, ...values: readonly number[]): string =>
    `${name.padEnd(18)}${values.map((value) => value.toFixed(3).padStart(9)).join('')}`;
  const cells = (name: string, { min, median, max }: Spread): string => row(name, median, min, max);
  return [
    `${firmware} (${scenario}), ${pairs.length} pairs in turn`,
    `${' '.repeat(18)}   median      min      max`,
    cells('  pxebench, s', bench),
    cells('  bare QEMU, s', bare),
    cells('  ratio', ratio),
    row('  ratio by pair', ...pairs.map((pair) => pair.ratio)),
  ];
}
