import { access, constants } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/** Debian packages that are unpacked into the project rather than installed. */
export const UNPACKED_PACKAGES = resolve(import.meta.dirname, '..', '..', '.tools', 'debian');

/** Of a machine whose user did not say otherwise. */
const USUAL_FOLDERS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/**
 * Folders where commands are looked for, in order: those of `path` (the text of PATH), the usual ones that an ordinary
 * user's PATH leaves out (/usr/sbin), and the packages unpacked inside the project.
 */
export function commandFolders(path = ''): readonly string[] {
  const unpacked = ['usr/sbin', 'usr/bin', 'sbin', 'bin'].map((folder) => join(UNPACKED_PACKAGES, folder));
  const absolute = path.split(':').filter((folder) => folder.startsWith('/'));
  return [...new Set([...absolute, ...USUAL_FOLDERS, ...unpacked])];
}

/** The file that running `command` would start, or undefined. A command with a slash is a path already. */
export async function findCommand(command: string, folders: readonly string[]): Promise<string | undefined> {
  if (command.includes('/')) return command;
  for (const folder of folders) {
    const file = join(folder, command);
    try {
      await access(file, constants.X_OK);
      return file;
    } catch {
      // Not there, or not to be run: the next one.
    }
  }
  return undefined;
}
