import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Io, UsageError } from './command.ts';

/** The folder of --firmware-files, absolute. Throws UsageError where there is none. */
export async function folderOf(text: string | undefined, io: Pick<Io, 'cwd'>): Promise<string | undefined> {
  if (text === undefined) return undefined;
  const folder = resolve(io.cwd, text);
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory() === true) return folder;
  throw new UsageError(
    `--firmware-files: wanted a folder with unpacked packages, found none (${folder})`,
    'make firmware-next makes one, of the next Debian release: .tools/firmware-next',
  );
}
