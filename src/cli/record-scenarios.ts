import { dirname, resolve } from 'node:path';
import { type Maker, writeCaptureAndProfile } from '../record/firmware-recording.ts';
import { nameProfile } from '../record/scenario-recording.ts';
import { recordingFiles } from '../record/write-recording.ts';
import { loadScenario } from '../scenario/scenario.ts';
import { loadServer } from '../sut/server-spec.ts';
import { loadFirmware } from '../vm/firmware.ts';
import { bootScenarioNow, refuseMissing } from './boot-now.ts';
import { type ExitStatus, type Io, UsageError } from './command.ts';
import { PLACES } from './places.ts';
import { knownNames, type RecordValues, readyToWrite, verified } from './recording.ts';
import { selectScenarios } from './select-scenarios.ts';

/** Boots a scenario that is there with each of its firmware, and holds it to what these did. */
export async function recordScenarios(
  word: string,
  values: RecordValues,
  made: Maker,
  io: Io,
): Promise<ExitStatus> {
  for (const option of ['server', 'variant', 'mac', 'uuid', 'give-up', 'name', 'title', 'into'] as const)
    if (values[option] !== undefined)
      throw new UsageError(`--${option}: the scenario says it`, `leave --${option} away`);
  const known = await knownNames();
  const [chosen, ...more] = await selectScenarios([word], PLACES.scenarios, {
    ...known,
    profiles: 'may-lack',
  });
  if (chosen === undefined || more.length > 0)
    throw new UsageError(`--scenario: wanted one scenario, got ${more.length + 1}`, 'name one at a time');
  const ids = chosen.firmware.filter((id) => values.firmware === undefined || id === values.firmware);
  if (ids.length === 0)
    throw new UsageError(
      `${chosen.id} does not boot ${values.firmware}`,
      `it boots ${chosen.firmware.join(', ')}`,
    );
  const server = await loadServer(chosen.servers[0] ?? '', PLACES.servers);
  const { path } = chosen;
  // Captures lie where the scenarios do: in the project, or beside the folder of somebody's own.
  const into = resolve(dirname(path), '..', '..');
  const boots = await Promise.all(
    ids.map(async (id) => {
      const firmware = await loadFirmware(id, PLACES.firmware);
      return { firmware, server, files: recordingFiles(into, id, '.pcapng') };
    }),
  );
  const written = boots.flatMap(({ files: { capture, notes, profile } }) => [capture, notes, profile]);
  await readyToWrite(written, values.force === true, io);
  for (const { firmware } of boots) await refuseMissing(firmware, server, io);
  for (const { firmware, files } of boots) {
    const boot = await bootScenarioNow(chosen, server, firmware, values.report, io);
    const { variant } = chosen.file;
    await writeCaptureAndProfile(files, { firmware, server, variant, mac: chosen.mac }, boot, made);
  }
  const [first] = boots;
  const named = first !== undefined && (await nameProfile(chosen, first.files, first.firmware.id));
  const loaded = await loadScenario(path, PLACES.scenarios, { ...known, profiles: 'may-lack' });
  const runs = boots.map(({ firmware }) => ({ firmware, server, scenario: loaded }));
  return verified(runs, named ? [...written, path] : written, values.report, io);
}
