import { glob } from 'node:fs/promises';
import { join } from 'node:path';
import { UNPACKED_PACKAGES } from './command-path.ts';

/**
 * The file or folder of a Debian package, on the machine or unpacked inside the project, by the absolute path that the
 * package gives it. `first`: a folder of unpacked packages that goes before both. `*` stands for what changes with the release (`libphp*.so`): of several the last by name is taken.
 */
export async function findPackagedFile(path: string, first?: string): Promise<string | undefined> {
  for (const root of [first, '/', UNPACKED_PACKAGES]) {
    if (root === undefined) continue;
    const found: string[] = [];
    for await (const file of glob(join(root, path))) found.push(file);
    const last = found.sort().at(-1);
    if (last !== undefined) return last;
  }
  return undefined;
}
