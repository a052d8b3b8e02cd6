import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { FieldPath } from '../../config/schema-problems.ts';
import type { ConfigProblems } from './config-problems.ts';

/** A folder named in the configuration, as an absolute path; one that is not there is a problem of that field. */
export type FolderReader = (path: FieldPath, name: string) => string;

/** Folders are relative to the configuration file. */
export function folderReader(configFile: string, missing: ConfigProblems): FolderReader {
  return (path, name) => {
    const absolute = resolve(dirname(configFile), name);
    if (!(statSync(absolute, { throwIfNoEntry: false })?.isDirectory() ?? false)) {
      missing.add(path, `no folder "${name}" (${absolute})`);
    }
    return absolute;
  };
}
