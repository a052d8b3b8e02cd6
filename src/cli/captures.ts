import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { z } from 'zod';
import { loadYamlFile } from '../config/yaml-file.ts';

/** What stands beside each capture: the part of it that is listed. */
const captureNotes = z.looseObject({ client: z.string(), holds: z.string(), frames: z.number() });

/** The captures below a folder that have a .yaml beside them. Throws ConfigError for one that says too little. */
export async function listCaptures(
  folder: string,
): Promise<
  readonly { readonly id: string; readonly title: string; readonly holds: string; readonly frames: number }[]
> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const notes = entries
    .filter(
      (entry) => entry.isFile() && entry.name.endsWith('.yaml') && !entry.name.endsWith('.profile.yaml'),
    )
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  return Promise.all(
    notes.map(async (path) => {
      const { value } = await loadYamlFile(path, captureNotes);
      return {
        id: relative(folder, path).replace(/\.yaml$/, ''),
        title: value.client,
        holds: value.holds,
        frames: value.frames,
      };
    }),
  );
}
