import { writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { loadYamlFile } from '../config/yaml-file.ts';
import {
  type AllowedDifference,
  allowedFileSchema,
  type ClientProfile,
  profileSchema,
} from '../profile/profile.ts';
import { profileText } from '../profile/profile-text.ts';
import { type Io, UsageError } from './command.ts';
import { PLACES } from './places.ts';

/** Throws ConfigError with file, line and field of all that is wrong. */
export async function readProfile(file: string): Promise<ClientProfile> {
  const { value } = await loadYamlFile(file, profileSchema);
  return value;
}

/** What the file of --allow says. */
export async function allowedOf(file: string | undefined, io: Io): Promise<readonly AllowedDifference[]> {
  if (file === undefined) return [];
  const { value } = await loadYamlFile(resolve(io.cwd, file), allowedFileSchema);
  return value['allowed-differences'];
}

export async function writeProfile(file: string, profile: ClientProfile): Promise<void> {
  try {
    await writeFile(file, profileFileText(file, profile));
  } catch (error) {
    const { message } = error as Error;
    throw new UsageError(`--write-profile: ${message}`, 'name a file in a folder of yours', error);
  }
}

/** A profile as its file will hold it, with the schema for editors. */
function profileFileText(file: string, profile: ClientProfile): string {
  return profileText(profile, relative(dirname(resolve(file)), join(PLACES.schemas, 'profile.schema.json')));
}
