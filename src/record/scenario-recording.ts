import { readFile, writeFile } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import type { BootDeps } from '../scenario/boot-machine.ts';
import type { ReportFiles } from '../scenario/report-files.ts';
import { bootScenario, type ScenarioBoot } from '../scenario/run-scenario.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { ServerSpec } from '../sut/server-spec.ts';
import type { Firmware } from '../vm/firmware.ts';
import { RecordError } from './record-error.ts';
import type { RecordingFiles } from './write-recording.ts';

/** Boots a scenario that is there already. Throws what broke, and RecordError (RECORD_DOES_NOT_PASS) where it does not pass. */
export async function recordScenario(
  scenario: Scenario,
  server: ServerSpec,
  firmware: Firmware,
  report: ReportFiles,
  deps: BootDeps,
): Promise<ScenarioBoot> {
  const boot = await bootScenario(scenario, server, firmware, report, deps);
  const { complete, violations, miscounts } = boot.matched;
  if (complete && violations.length === 0 && miscounts.length === 0) return boot;
  throw new RecordError(
    'RECORD_DOES_NOT_PASS',
    `${scenario.id} with ${firmware.id} does not do what the scenario says: nothing is recorded`,
    `pxebench run ${scenario.id} tells why`,
  );
}

/** A line for the scenario's file, if it has none: what it holds its firmware to. Returns whether it was put there. */
export async function nameProfile(
  { path, file }: Scenario,
  { profile }: RecordingFiles,
  firmwareId: string,
): Promise<boolean> {
  if (file.profile !== undefined) return false;
  const text = await readFile(path, 'utf8');
  const said = relative(dirname(path), profile);
  const several = 'firmware' in file.client && Array.isArray(file.client.firmware);
  const named = several ? said.replace(`${firmwareId}.profile.yaml`, '${firmware}.profile.yaml') : said;
  await writeFile(
    path,
    text.replace(/^expect:/m, () => `profile: ${named}\nexpect:`),
  );
  return true;
}
