import { writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { Document, isScalar, visit } from 'yaml';
import { loadYamlFile } from '../config/yaml-file.ts';
import { BETWEEN_RUNS } from '../profile/between-runs.ts';
import {
  type AllowedDifference,
  allowedFileSchema,
  type ClientProfile,
  profileSchema,
} from '../profile/profile.ts';
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
    await writeFile(file, profileText(file, profile));
  } catch (error) {
    const { message } = error as Error;
    throw new UsageError(`--write-profile: ${message}`, 'name a file in a folder of yours', error);
  }
}

/**
 * A profile as its file will hold it: with the schema for editors, and with what another run may do differently where it
 * does not say so itself. Lists stand on one line each: an option list of thirty codes is read as one thing.
 */
export function profileText(file: string, profile: ClientProfile): string {
  const { format, title, stages } = profile;
  const allowed = profile['allowed-differences'] ?? BETWEEN_RUNS;
  const document = new Document({ format, title, 'allowed-differences': allowed, stages });
  visit(document, {
    Seq: (_key, list) => {
      list.flow = list.items.every(isScalar);
    },
  });
  const schema = relative(dirname(resolve(file)), join(PLACES.schemas, 'profile.schema.json'));
  const text = document.toString({ lineWidth: 0, flowCollectionPadding: false });
  return `# yaml-language-server: $schema=${schema}\n${text}`;
}
