/**
 * captures/recorded: what `pxebench record` made, and what has to agree. Profiles are expected text: `vitest run -u` writes
 * them anew from their captures, where what a profile holds has changed.
 */
import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { PLACES } from '../src/cli/places.ts';
import { loadYamlFile } from '../src/config/yaml-file.ts';
import { profileOfCapture } from '../src/profile/capture-profile.ts';
import { profileSchema } from '../src/profile/profile.ts';
import { profileText } from '../src/profile/profile-text.ts';
import { findScenarioFiles, loadScenario, type Scenario } from '../src/scenario/scenario.ts';
import { listServers } from '../src/sut/server-spec.ts';
import { listFirmware } from '../src/vm/firmware.ts';
import { mac } from '../src/wire/address.ts';

const RECORDED = join(PLACES.captures, 'recorded');
const profiles = (await Array.fromAsync(glob(join(RECORDED, '*.profile.yaml')))).sort();
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
    expect(profiles.filter((path) => !named.includes(path))).toEqual([]);
  });

  it.each(profiles.map((path) => basename(path)))('%s is what its capture shows', async (name) => {
    const path = join(RECORDED, name);
    const stem = path.replace(/\.profile\.yaml$/, '');
    const { title, 'allowed-differences': allowed } = (await loadYamlFile(path, profileSchema)).value;
    const { client } = parse(readFileSync(`${stem}.yaml`, 'utf8')) as { client: string };
    const address = /[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.exec(client)?.[0] ?? 'none';
    const { profile } = await profileOfCapture(`${stem}.pcapng`, mac(address));
    const schema = relative(RECORDED, join(PLACES.schemas, 'profile.schema.json'));
    const text = profileText({ ...profile, title, 'allowed-differences': allowed }, schema);
    await expect(text).toMatchFileSnapshot(path);
  });
});
