import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { ClientProfile } from '../profile/profile.ts';
import { profileText } from '../profile/profile-text.ts';
import type { ScenarioFile } from '../scenario/schema.ts';
import { type CaptureNotes, notesText } from './capture-notes.ts';
import { scenarioText } from './scenario-text.ts';

/** The four files of a recording: absolute paths. */
export type RecordingFiles = {
  readonly capture: string;
  readonly notes: string;
  readonly profile: string;
  readonly scenario: string;
};

/** Where the files of a recording lie below a folder: captures and profiles together, scenarios among scenarios. */
export function recordingFiles(into: string, name: string, extension: string): RecordingFiles {
  const captures = join(into, 'captures', 'recorded');
  return {
    capture: join(captures, `${name}${extension}`),
    notes: join(captures, `${name}.yaml`),
    profile: join(captures, `${name}.profile.yaml`),
    scenario: join(into, 'scenarios', 'recorded', `${name}.yaml`),
  };
}

export async function writeNotes(files: RecordingFiles, notes: CaptureNotes): Promise<void> {
  await writeFile(files.notes, notesText(notes));
}

export async function writeProfile(files: RecordingFiles, profile: ClientProfile): Promise<void> {
  await writeFile(files.profile, profileText(profile, schemaFor('profile', files.profile)));
}

/** `servers` are ids or absolute paths. */
export async function writeScenario(files: RecordingFiles, scenario: ScenarioFile): Promise<void> {
  const folder = dirname(files.scenario);
  const servers = scenario.servers.map((server) => fromFolder(folder, server));
  await writeFile(
    files.scenario,
    scenarioText({ ...scenario, servers }, schemaFor('scenario', files.scenario)),
  );
}

/** In a checkout: the path of a JSON Schema, as a file two folders down names it. */
function schemaFor(name: string, file: string): string | undefined {
  const path = join(dirname(file), '..', '..', 'schemas', `${name}.schema.json`);
  return existsSync(path) ? relative(dirname(file), path) : undefined;
}

/** As a scenario of this folder names it: an id stays one. */
function fromFolder(folder: string, server: string): string {
  if (!server.startsWith('/')) return server;
  const path = relative(folder, server);
  return path.startsWith('.') ? path : `./${path}`;
}
