import { existsSync } from 'node:fs';
import { copyFile, writeFile } from 'node:fs/promises';
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

export type RecordingTexts = {
  readonly notes: CaptureNotes;
  readonly profile: ClientProfile;
  /** Its `profile` is for this to fill in, and its servers are ids or absolute paths. */
  readonly scenario: ScenarioFile;
};

/** Writes all but the capture, which is there already. */
export async function writeTexts(
  files: RecordingFiles,
  { notes, profile, scenario }: RecordingTexts,
): Promise<void> {
  const folder = dirname(files.scenario);
  const schema = (name: string, from: string): string | undefined => {
    const path = join(folder, '..', '..', 'schemas', `${name}.schema.json`);
    return existsSync(path) ? relative(dirname(from), path) : undefined;
  };
  const named = { ...scenario, servers: scenario.servers.map((server) => fromFolder(folder, server)) };
  await writeFile(files.notes, notesText(notes));
  await writeFile(files.profile, profileText(profile, schema('profile', files.profile)));
  await writeFile(files.scenario, scenarioText(named, schema('scenario', files.scenario)));
}

/** The capture of somebody else, as it is. */
export async function keepCapture(from: string, to: string): Promise<void> {
  if (from !== to) await copyFile(from, to);
}

/** As a scenario of this folder names it: an id stays one. */
function fromFolder(folder: string, server: string): string {
  if (!server.startsWith('/')) return server;
  const path = relative(folder, server);
  return path.startsWith('.') ? path : `./${path}`;
}
