import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { ConfigError, type ConfigProblem } from '../config/config-error.ts';
import { didYouMean } from '../config/nearest.ts';
import { loadYamlFile, type YamlFile } from '../config/yaml-file.ts';
import { type LinkPlanFile, linkPlanSchema } from '../link/link-plan-file.ts';
import { isServerFolder, isServerFolderName } from '../sut/server-spec.ts';
import { type MacAddress, mac as macAddress } from '../wire/address.ts';
import { compilePattern } from './pattern.ts';
import { type ExactlyStep, type NeverStep, type ScenarioFile, type Step, scenarioSchema } from './schema.ts';
import { loadStoredProfile, type StoredProfile } from './stored-profile.ts';
import { referencesIn, VARIABLE_NAMES } from './variables.ts';

/** A scenario file that was read and whose every name exists. */
export type Scenario = {
  /** Path below the folder of scenarios, without `.yaml`: `seed/bios-ipxe-to-pxelinux`; elsewhere just the file's name. */
  readonly id: string;
  readonly path: string;
  readonly file: ScenarioFile;
  /** What it is for: ids, or absolute paths of folders with a server.yaml. */
  readonly servers: readonly string[];
  /** What it boots, once with each; none where a client is replayed. */
  readonly firmware: readonly string[];
  /** The capture whose client is replayed: an absolute path. */
  readonly replay: string | undefined;
  readonly mac: MacAddress;
  /** The faults of its cable, read from the file that is named where one is. */
  readonly link: LinkPlanFile | undefined;
  /** How each of its firmware has to behave, by id. */
  readonly profiles: ReadonlyMap<string, StoredProfile>;
  /** A field of the file with its line: for reports, and for what is found to be wrong later. */
  readonly problemAt: YamlFile<ScenarioFile>['problemAt'];
};

/** What a scenario may name. */
export type KnownNames = {
  readonly servers: readonly string[];
  readonly firmware: readonly string[];
  /** For who is about to record them: profiles that are not there are passed over. */
  readonly profiles?: 'may-lack';
};

/** Paths of all scenario files below a folder, sorted. */
export async function findScenarioFiles(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.yaml'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/**
 * Reads a scenario. Throws ConfigError with every problem's file, line and field: CONFIG_SCHEMA for what is not a
 * scenario, CONFIG_REFERENCE for a server, firmware or variable that does not exist, with the nearest that does.
 */
export async function loadScenario(path: string, folder: string, known: KnownNames): Promise<Scenario> {
  const yaml = await loadYamlFile(path, scenarioSchema);
  const link = await linkOf(yaml);
  const servers = yaml.value.servers.map((server) =>
    isServerFolderName(server) ? resolve(dirname(path), server) : server,
  );
  const { client } = yaml.value;
  const firmware = 'firmware' in client ? [client.firmware].flat() : [];
  const replay = 'replay' in client ? resolve(dirname(path), client.replay) : undefined;
  const problems = [
    ...(await unknownServers(yaml, servers, known)),
    ...unknownFirmware(yaml, known),
    ...missingCapture(yaml, replay),
    ...unknownVariables(yaml),
    ...unusablePatterns(yaml),
  ];
  if (problems.length > 0) throw new ConfigError('CONFIG_REFERENCE', path, problems);
  return {
    id: idOf(path, folder),
    path,
    file: yaml.value,
    servers,
    firmware,
    replay,
    mac: macAddress(yaml.value.client.mac),
    link,
    profiles: await storedProfiles(yaml, firmware, known),
    problemAt: yaml.problemAt,
  };
}

/** Throws ConfigError: of the scenario where the file is not there, of that file for what is wrong in it. */
async function linkOf(yaml: YamlFile<ScenarioFile>): Promise<LinkPlanFile | undefined> {
  const { client } = yaml.value;
  const { link } = client;
  if (typeof link !== 'string') return link;
  try {
    return (await loadYamlFile(resolve(dirname(yaml.file), link), linkPlanSchema)).value;
  } catch (error) {
    if (!(error instanceof ConfigError && error.code === 'CONFIG_UNREADABLE')) throw error;
    const problem = yaml.problemAt(['client', 'link'], `wanted a file with a link plan, got "${link}"`);
    throw new ConfigError('CONFIG_REFERENCE', yaml.file, [problem], error);
  }
}

/** Throws ConfigError where a profile is not there, or is none. */
async function storedProfiles(
  yaml: YamlFile<ScenarioFile>,
  firmware: readonly string[],
  { profiles }: KnownNames,
): Promise<ReadonlyMap<string, StoredProfile>> {
  const { profile } = yaml.value;
  if (profile === undefined) return new Map();
  const entries = firmware.map(async (id): Promise<readonly (readonly [string, StoredProfile])[]> => {
    const named = profile.replaceAll(FIRMWARE_IN_PATH, id);
    try {
      return [[id, await loadStoredProfile(resolve(dirname(yaml.file), named))]];
    } catch (error) {
      if (!(error instanceof ConfigError) || error.code !== 'CONFIG_UNREADABLE') throw error;
      if (profiles === 'may-lack') return [];
      const message = `wanted the file of a client profile, got "${named}" (${error.problems[0]?.message})`;
      throw new ConfigError(
        'CONFIG_REFERENCE',
        yaml.file,
        [yaml.problemAt(['profile'], message, 'pxebench record makes one')],
        error,
      );
    }
  });
  return new Map((await Promise.all(entries)).flat());
}

/** In `profile`: the id of the firmware that is booted. */
const FIRMWARE_IN_PATH = '${firmware}';

/**
 * A scenario once for each machine it boots: with several of its own each has that firmware's id behind the scenario's.
 * `firmware` takes the place of all of them. A replayed client has none.
 */
export function boots(
  scenario: Scenario,
  firmware: string | undefined,
): readonly { readonly scenario: Scenario; readonly firmware: string | undefined }[] {
  if (scenario.replay !== undefined) return [{ scenario, firmware: undefined }];
  const [first = '', ...more] = scenario.firmware;
  if (firmware !== undefined || more.length === 0) return [{ scenario, firmware: firmware ?? first }];
  return scenario.firmware.map((id) => ({
    scenario: { ...scenario, id: `${scenario.id}/${id}`, firmware: [id] },
    firmware: id,
  }));
}

function idOf(path: string, folder: string): string {
  const below = relative(folder, path);
  return (below.startsWith('..') ? basename(path) : below).replace(/\.yaml$/, '');
}

/** A step as one line, in the words of the scenario file. */
export function stepText(step: Step | NeverStep | ExactlyStep): string {
  return Object.entries(step)
    .map(
      ([key, value]) =>
        `${key}: ${typeof value === 'object' ? JSON.stringify(value).replaceAll('"', '').replaceAll(',', ', ') : value}`,
    )
    .join(', ');
}

/** `servers` as resolved from what the file says. */
async function unknownServers(
  yaml: YamlFile<ScenarioFile>,
  servers: readonly string[],
  known: KnownNames,
): Promise<readonly ConfigProblem[]> {
  const problems = servers.map(async (server, i): Promise<readonly ConfigProblem[]> => {
    const said = yaml.value.servers[i] ?? server;
    if (!isServerFolderName(said)) {
      if (known.servers.includes(server)) return [];
      return [yaml.problemAt(['servers', i], `no server "${said}"`, didYouMean(said, known.servers))];
    }
    if (await isServerFolder(server)) return [];
    return [yaml.problemAt(['servers', i], `wanted a folder with a server.yaml, got "${said}" (${server})`)];
  });
  return (await Promise.all(problems)).flat();
}

function unknownFirmware(yaml: YamlFile<ScenarioFile>, known: KnownNames): readonly ConfigProblem[] {
  const { client } = yaml.value;
  if (!('firmware' in client)) return [];
  const { firmware } = client;
  return [firmware].flat().flatMap((id, i) => {
    if (known.firmware.includes(id)) return [];
    const at = Array.isArray(firmware) ? ['client', 'firmware', i] : ['client', 'firmware'];
    return [yaml.problemAt(at, `no firmware "${id}"`, didYouMean(id, known.firmware))];
  });
}

function missingCapture(yaml: YamlFile<ScenarioFile>, path: string | undefined): readonly ConfigProblem[] {
  if (path === undefined) return [];
  const unfit =
    yaml.value.profile === undefined ? [] : [yaml.problemAt(['profile'], 'only where a firmware boots')];
  if (existsSync(path)) return unfit;
  return [...unfit, yaml.problemAt(['client', 'replay'], `wanted a capture, found no such file (${path})`)];
}

function unknownVariables(yaml: YamlFile<ScenarioFile>): readonly ConfigProblem[] {
  return textsIn(yaml.value).flatMap(({ path, text }) =>
    referencesIn(text)
      .filter((name) => !VARIABLE_NAMES.some((known) => known === name))
      .map((name) => yaml.problemAt(path, `no variable "\${${name}}"`, didYouMean(name, VARIABLE_NAMES))),
  );
}

function unusablePatterns(yaml: YamlFile<ScenarioFile>): readonly ConfigProblem[] {
  return textsIn(yaml.value).flatMap(({ path, text }) => {
    try {
      compilePattern(text);
      return [];
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      return [
        yaml.problemAt(path, `wanted a regular expression after re:, got "${text}" (${error.message})`),
      ];
    }
  });
}

/** Every text of the expectations, with its place. */
function textsIn({
  expect,
  never,
  exactly,
  meanwhile,
}: ScenarioFile): readonly { readonly path: readonly (string | number)[]; readonly text: string }[] {
  const found: { path: readonly (string | number)[]; text: string }[] = [];
  const walk = (path: readonly (string | number)[], value: unknown): void => {
    if (typeof value === 'string') found.push({ path, text: value });
    else if (Array.isArray(value)) for (const [i, item] of value.entries()) walk([...path, i], item);
    else if (value !== null && typeof value === 'object')
      for (const [key, item] of Object.entries(value)) walk([...path, key], item);
  };
  walk([], { expect, never, exactly, meanwhile });
  return found;
}
