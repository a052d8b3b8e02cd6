import { existsSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import { dirname, relative, resolve } from 'node:path';
import { machineTraces } from '../record/machine-traces.ts';
import type { ScenarioResult } from '../report/result.ts';
import { formatScenario } from '../report/terminal.ts';
import { clientName, runScenario } from '../scenario/run-scenario.ts';
import type { KnownNames, Scenario } from '../scenario/scenario.ts';
import { listServers, type ServerSpec } from '../sut/server-spec.ts';
import { type Firmware, listFirmware } from '../vm/firmware.ts';
import { type BootValues, bootDeps, Progress } from './boot-now.ts';
import { EXIT, type ExitStatus, type Io, UsageError } from './command.ts';
import { makeReportFolder } from './document.ts';
import { DEFAULT_REPORT, PLACES } from './places.ts';

/** The options of `pxebench record`. */
export type RecordValues = BootValues & {
  readonly [K in 'firmware' | 'client' | 'from' | 'name' | 'into' | 'title' | 'report']?: string | undefined;
} & { readonly force?: boolean | undefined };

export async function knownNames(): Promise<KnownNames> {
  return { servers: await listServers(PLACES.servers), firmware: await listFirmware(PLACES.firmware) };
}

export function nameOf(name: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name) && !name.endsWith('.profile')) return name;
  throw new UsageError(
    `--name: wanted letters, digits, "-", "_" and ".", got "${name}"`,
    'for example --name my-machine',
  );
}

/**
 * Before anything is booted: the folders are there and may be written to, and nothing is written over unasked but `source`,
 * which is what is recorded.
 */
export async function readyToWrite(
  paths: readonly string[],
  force: boolean,
  io: Io,
  source?: string,
): Promise<void> {
  const there = paths
    .filter((path) => path !== source && existsSync(path))
    .map((path) => relative(io.cwd, path));
  if (there.length > 0 && !force)
    throw new UsageError(
      `there already: ${there.join(', ')}`,
      '--name for another name, or --force to write over',
    );
  for (const folder of new Set(paths.map((path) => dirname(path)))) await makeReportFolder(folder, '--into');
}

type Run = {
  readonly scenario: Scenario;
  readonly server: ServerSpec;
  readonly firmware: Firmware | undefined;
};

/** Runs what was written, and says what is there now: the last line is the command that runs it again. */
export async function verified(
  runs: readonly Run[],
  written: readonly string[],
  report: string | undefined,
  io: Io,
): Promise<ExitStatus> {
  const reportFolder = resolve(io.cwd, report ?? DEFAULT_REPORT);
  const shown = (path: string): string => relative(io.cwd, path) || '.';
  const outcomes: ScenarioResult['outcome'][] = [];
  for (const { scenario, server, firmware } of runs) {
    if (io.signal.aborted) break;
    let result: ScenarioResult;
    {
      using progress = new Progress(`${clientName(scenario, firmware)}: the scenario is run once`, io);
      result = await runScenario(scenario, server, firmware, {
        ...(await bootDeps(progress, io)),
        reportFolder,
      });
    }
    outcomes.push(result.outcome);
    io.out(`${formatScenario(result, io.paint, io.width, shown(reportFolder)).join('\n')}\n`);
  }
  const machine = { hostName: hostname(), folders: [homedir(), io.cwd, dirname(PLACES.bin)] };
  for (const trace of await machineTraces(written, machine))
    io.err(`${io.paintErr('yellow', 'note:')} ${trace}\n`);
  for (const path of written) io.out(`wrote ${shown(path)}\n`);
  const { says, status } = io.signal.aborted
    ? SAID.interrupted
    : outcomes.includes('error')
      ? SAID.error
      : outcomes.includes('failed')
        ? SAID.failed
        : SAID.passed;
  io.out(
    `${says} pxebench run ${[...new Set(runs.map(({ scenario }) => shown(scenario.path)))].join(' ')}\n`,
  );
  return status;
}

const SAID = {
  passed: { says: 'it passes:', status: EXIT.ok },
  failed: { says: 'it does NOT pass:', status: EXIT.failed },
  error: { says: 'the bench failed, so that it is not known whether this passes:', status: EXIT.bench },
  interrupted: { says: 'interrupted: it is not known whether this passes:', status: EXIT.interrupted },
} as const;
