import { accessSync, constants, globSync } from 'node:fs';
import { join } from 'node:path';

type Providing = { readonly package: string; readonly provides: readonly string[] };

/** Places of commands an ordinary user may not have on the path, but servers live in. */
const SYSTEM_COMMANDS = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/**
 * What should be there and is not: one entry for each command or path, with its package.
 *
 * @param path where commands are looked for, as in $PATH
 * @param root what relative paths start from: the folder packages are unpacked into
 */
export function notProvided(
  entries: readonly Providing[],
  path: string,
  root: string,
): readonly { readonly package: string; readonly what: string }[] {
  const folders = [...path.split(':'), ...SYSTEM_COMMANDS];
  return entries.flatMap((entry) =>
    entry.provides
      .filter((what) =>
        what.includes('/')
          ? globSync(what, { cwd: root }).length === 0
          : !folders.some((folder) => isExecutable(join(folder, what))),
      )
      .map((what) => ({ package: entry.package, what })),
  );
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
