import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { FieldPath } from '../../config/schema-problems.ts';
import type { ConfigProblems } from './config-problems.ts';

/** The text of a file named in the configuration; one that cannot be read is a problem of that field, and undefined. */
export type TextReader = (path: FieldPath, name: string) => string | undefined;

/** Files are relative to the configuration file. What was read is noted in `sources`. */
export function textReader(
  configFile: string,
  missing: ConfigProblems,
  sources: Map<string, string>,
): TextReader {
  return (path, name) => {
    const absolute = resolve(dirname(configFile), name);
    try {
      const text = readFileSync(absolute, 'utf8');
      sources.set(absolute, text);
      return text;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      missing.add(path, code === 'ENOENT' ? `no file "${name}" (${absolute})` : message);
      return undefined;
    }
  };
}
