import { writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { startVitest } from 'vitest/node';
import { didYouMean } from '../config/nearest.ts';
import { junitXml } from '../report/junit.ts';
import type { RunResult } from '../report/result.ts';
import { formatSummary } from '../report/terminal.ts';
import type { RunSettings } from '../scenario/run-settings.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { scenarioPlugin } from '../scenario/vitest-plugin.ts';
import { listServers, loadServer } from '../sut/server-spec.ts';
import { chooseAccelerator } from '../vm/accelerator.ts';
import { listFirmware } from '../vm/firmware.ts';
import { parseArguments } from './arguments.ts';
import { findUnrunnable } from './boot-plan.ts';
import { type Command, EXIT, type ExitStatus, type Io, UsageError } from './command.ts';
import { makeReportFolder } from './document.ts';
import { folderOf } from './firmware-files.ts';
import { readLinkSeed } from './link-seed.ts';
import { longestBoots, sequencer } from './longest-first.ts';
import { Inventory } from './needs.ts';
import { DEFAULT_REPORT, PLACES } from './places.ts';
import { RunReporter } from './run-reporter.ts';
import { selectScenarios } from './select-scenarios.ts';

/** Guests wait much of their time (for timers, for each other): a third one fits on two cores. */
const DEFAULT_WORKERS = 3;

const HELP = `pxebench run: boot machines against boot servers, watch every frame, judge

usage: pxebench run [options] [SCENARIO ...]

SCENARIO is an id (seed/dumb-uefi-to-boot2), a folder of them (seed), a pattern ('seed/*lookup*'), or the path of a
file or folder of your own. Without one, all scenarios of pxebench run. Each boots against every server it names.

  --server ID|DIR    against this server only: one of servers/, or any folder with a server.yaml; may be repeated
  --firmware ID      boot this firmware in place of the scenarios' own
  --firmware-files DIR
                     take firmware from the packages that are unpacked there, where they have it (docs/firmware.md)
  --shard I/N        run the I-th of N parts, for several machines
  --workers N        scenarios at once (${DEFAULT_WORKERS})
  --link-seed N      for the faults of all links, in place of their own seeds
  --report DIR       captures, consoles, screenshots, results.json and junit.xml go here (${DEFAULT_REPORT})
  --skip-missing     with CI set too, skip scenarios for which this machine lacks something
  --json             the results as one JSON document on standard output, the rest on standard error

exit status: 0 all passed, 1 a server or firmware failed, 2 wrong usage or configuration, 3 the bench failed

examples:
  pxebench run
  pxebench run seed/bios-ipxe-to-pxelinux --server seed
  pxebench run --server ./my-server --report results
`;

const OPTIONS = {
  server: { type: 'string', multiple: true },
  firmware: { type: 'string' },
  'firmware-files': { type: 'string' },
  shard: { type: 'string' },
  'link-seed': { type: 'string' },
  workers: { type: 'string' },
  report: { type: 'string' },
  'skip-missing': { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

export const run: Command = {
  help: HELP,
  run: async (argv, io) => {
    const { values, positionals } = parseArguments(argv, OPTIONS);
    const workers = wholeNumber('--workers', values.workers ?? String(DEFAULT_WORKERS));
    const shard = values.shard === undefined ? undefined : shardOf(values.shard);
    const servers = await Promise.all((values.server ?? []).map((name) => loadServer(name, PLACES.servers)));
    const known = {
      servers: await listServers(PLACES.servers),
      firmware: await listFirmware(PLACES.firmware),
    };
    if (values.firmware !== undefined && !known.firmware.includes(values.firmware)) {
      throw new UsageError(`no firmware "${values.firmware}"`, didYouMean(values.firmware, known.firmware));
    }
    const firmwareFiles = await folderOf(values['firmware-files'], io);
    const scenarios = await selectScenarios(positionals, PLACES.scenarios, known);
    refuseEmptyShard(shard, scenarios.length);
    // A skip that nobody asked for must not look like a pass where nobody looks.
    const maySkip = values['skip-missing'] === true || io.env.CI === undefined;
    // The reference server is this very command.
    const path = `${PLACES.bin}:${io.env.PATH ?? ''}`;
    const unrunnable = await findUnrunnable(
      scenarios,
      { servers, firmware: values.firmware, firmwareFiles, maySkip },
      new Inventory(path),
    );
    const settings: RunSettings = {
      scenariosFolder: PLACES.scenarios,
      serversFolder: PLACES.servers,
      firmwareFolder: PLACES.firmware,
      reportFolder: resolve(io.cwd, values.report ?? DEFAULT_REPORT),
      servers: servers.map(({ folder }) => folder),
      firmware: values.firmware,
      firmwareFiles,
      linkSeed: readLinkSeed(values['link-seed']),
      path,
      accelerator: (await chooseAccelerator()).name,
      unrunnable,
    };
    await makeReportFolder(settings.reportFolder);
    const result = await runAll(scenarios, settings, { workers, shard, json: values.json === true }, io);
    await writeFile(join(settings.reportFolder, 'results.json'), `${JSON.stringify(result, null, 2)}\n`);
    await writeFile(join(settings.reportFolder, 'junit.xml'), junitXml(result));
    if (values.json === true) io.out(`${JSON.stringify(result, null, 2)}\n`);
    return statusOf(result, io);
  },
};

type Shard = { readonly index: number; readonly count: number };

type RunOptions = {
  readonly workers: number;
  readonly shard: Shard | undefined;
  readonly json: boolean;
};

async function runAll(
  scenarios: readonly Scenario[],
  settings: RunSettings,
  { workers, shard, json }: RunOptions,
  io: Io,
): Promise<RunResult> {
  const startedAt = new Date();
  // The ladders are the result for people: standard output, unless that is to hold the JSON document alone.
  const evidence = relative(io.cwd, settings.reportFolder) || '.';
  const reporter = new RunReporter(io, json ? io.err : io.out, evidence);
  const files = scenarios.map(({ path }) => path);
  const root = commonFolder(files);
  // The one folder that surely is ours to write to: pxebench and the scenarios may be somebody else's.
  const cache = join(settings.reportFolder, '.vite');
  const seconds = await longestBoots(scenarios, {
    firmware: settings.firmware,
    servers: settings.servers.length,
    catalogue: settings.firmwareFolder,
  });
  const vitest = await startVitest(
    [],
    {
      config: false,
      root,
      include: files.map((file) => relative(root, file)),
      watch: false,
      fsModuleCachePath: join(cache, 'modules'),
      cache: false,
      pool: 'forks',
      maxWorkers: workers,
      reporters: [reporter],
      provide: { pxebench: settings },
      sequence: { sequencer: sequencer(seconds) },
      ...(shard === undefined ? {} : { shard: `${shard.index}/${shard.count}` }),
    },
    { plugins: [scenarioPlugin(files)], cacheDir: cache },
  );
  await vitest.close();
  // vitest says by it that tests failed; what that means for the exit status is ours to say.
  process.exitCode = undefined;
  const interrupted = io.signal.aborted;
  // Nothing to complain of is no success where nothing was tried.
  if (!interrupted && reporter.results.length === 0 && reporter.faults.length === 0)
    reporter.faults.push('no scenario ran');
  const of = (outcome: string): number =>
    reporter.results.filter((result) => result.outcome === outcome).length;
  for (const fault of reporter.faults) io.err(`${io.paintErr('yellow', 'the bench failed:')} ${fault}\n`);
  const result: RunResult = {
    format: 'pxebench-results/1',
    startedAt: startedAt.toISOString(),
    seconds: (Date.now() - startedAt.getTime()) / 1000,
    passed: of('passed'),
    failed: of('failed'),
    errors: of('error') + reporter.faults.length,
    skipped: of('skipped'),
    scenarios: reporter.results.toSorted((a, b) =>
      `${a.scenario} ${a.server}`.localeCompare(`${b.scenario} ${b.server}`),
    ),
  };
  const say = json ? io.err : io.out;
  say(`${formatSummary(result, io.paint).join('\n')}${interrupted ? ' (interrupted)' : ''}\n`);
  say(`${io.paint('dim', `evidence in ${evidence}`)}\n`);
  return result;
}

/** The deepest folder that holds all of these files. */
function commonFolder(files: readonly string[]): string {
  let folder = dirname(files[0] ?? '/');
  while (files.some((file) => !file.startsWith(`${folder}/`)) && folder !== '/') folder = dirname(folder);
  return folder;
}

function statusOf(result: RunResult, io: Io): ExitStatus {
  if (io.signal.aborted) return EXIT.interrupted;
  if (result.errors > 0) return EXIT.bench;
  return result.failed > 0 ? EXIT.failed : EXIT.ok;
}

function wholeNumber(option: string, text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text))
    throw new UsageError(`${option}: wanted a number from 1, got "${text}"`, `for example ${option} 2`);
  return Number(text);
}

function shardOf(text: string): Shard {
  const [, index, count] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  if (index === undefined || count === undefined || Number(index) < 1 || Number(index) > Number(count)) {
    throw new UsageError(`--shard: wanted I/N with I from 1 to N, got "${text}"`, 'for example --shard 1/3');
  }
  return { index: Number(index), count: Number(count) };
}

/** Files are what is shared out: a part without any would look like success. */
function refuseEmptyShard(shard: Shard | undefined, files: number): void {
  if (shard === undefined || shard.count <= files) return;
  const scenarios = files === 1 ? '1 scenario' : `${files} scenarios`;
  throw new UsageError(
    `--shard: wanted no more parts than scenarios, got ${shard.count} for ${scenarios}`,
    'take fewer parts, or more scenarios',
  );
}
