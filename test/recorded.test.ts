/** captures/recorded: what `pxebench record` made, and what has to agree. `node tools/recorded-profiles.ts` mends profiles. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PLACES } from '../src/cli/places.ts';
import { findScenarioFiles, loadScenario, type Scenario } from '../src/scenario/scenario.ts';
import { listServers } from '../src/sut/server-spec.ts';
import { listFirmware } from '../src/vm/firmware.ts';
import { RECORDED_FOLDER, recordedProfile, recordedProfiles } from '../tools/recorded-profiles.ts';

const firmware = await listFirmware(PLACES.firmware);
const known = { servers: await listServers(PLACES.servers), firmware };
const scenarios: readonly Scenario[] = await Promise.all(
  (await findScenarioFiles(PLACES.scenarios)).map((file) => loadScenario(file, PLACES.scenarios, known)),
);

describe('captures/recorded', () => {
  it('has a profile of every firmware of the catalogue, which a scenario holds it to', () => {
    const held = new Set(scenarios.flatMap((scenario) => [...scenario.profiles.keys()]));
    expect([...held].sort()).toEqual(firmware);
  });

  it('has no profile that no scenario names', () => {
    const named = scenarios.flatMap(({ profiles: of }) => [...of.values()].map(({ path }) => path));
    const paths = recordedProfiles().map((name) => join(RECORDED_FOLDER, name));
    expect(paths.filter((path) => !named.includes(path))).toEqual([]);
  });

  it.each(recordedProfiles())('%s is what its capture shows', async (name) => {
    expect(await readFile(join(RECORDED_FOLDER, name), 'utf8')).toBe(await recordedProfile(name));
  });
});
