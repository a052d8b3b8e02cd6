import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import {
  type FileHandle,
  link,
  lstat,
  open,
  readdir,
  realpath,
  rename,
  stat,
  unlink,
} from 'node:fs/promises';
import { join, sep } from 'node:path';

/** A file that is being received. It has its name only once it is whole. */
export interface Upload {
  /** Behind what was appended before. One at a time. Throws what the file system says (ENOSPC, EDQUOT). */
  readonly append: (octets: Uint8Array) => Promise<void>;
  /** Puts it into place, on disk. `exists`: something has that name by now, and may not be replaced. */
  readonly keep: () => Promise<'kept' | 'exists'>;
  /** Leaves nothing behind. Does nothing to a file that was kept. */
  readonly discard: () => Promise<void>;
}

export type UploadResult =
  | { readonly kind: 'upload'; readonly upload: Upload }
  /** Something has that name, and may not be replaced. */
  | { readonly kind: 'exists' }
  /** The folder that it should be put into is not there. */
  | { readonly kind: 'missing' }
  /** It leads out of the folder, its name is a folder's, or the file system permits it not. */
  | { readonly kind: 'denied' };

export type UploadFolder = {
  readonly receive: (segments: readonly string[], overwrite: boolean) => Promise<UploadResult>;
};

const UNFINISHED = /^\.upload-[0-9a-f]{24}\.part$/;

/** Removes what a server that was killed left unfinished. Throws what the file system says (ENOENT, EACCES), or ENOTDIR. */
export async function openUploadFolder(folder: string): Promise<UploadFolder> {
  const root = await realpath(folder);
  for (const name of await readdir(root)) if (UNFINISHED.test(name)) await unlink(join(root, name));
  return {
    receive: async (segments, overwrite) => {
      const name = segments.at(-1);
      if (name === undefined || UNFINISHED.test(name)) return { kind: 'denied' };
      try {
        const parent = await realpath(join(root, ...segments.slice(0, -1)));
        if (parent !== root && !parent.startsWith(root.endsWith(sep) ? root : root + sep)) {
          return { kind: 'denied' };
        }
        if (!(await stat(parent)).isDirectory()) return { kind: 'missing' };
        const target = join(parent, name);
        const present = await lstat(target).catch(() => undefined);
        if (present?.isDirectory() === true) return { kind: 'denied' };
        if (present !== undefined && !overwrite) return { kind: 'exists' };
        return { kind: 'upload', upload: await begin(root, target, overwrite) };
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'missing' };
        if (code === 'EACCES' || code === 'EPERM' || code === 'ELOOP' || code === 'EROFS') {
          return { kind: 'denied' };
        }
        throw error;
      }
    },
  };
}

const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

async function begin(root: string, target: string, overwrite: boolean): Promise<Upload> {
  const unfinished = join(root, `.upload-${randomBytes(12).toString('hex')}.part`);
  const handle: FileHandle = await open(unfinished, NEW_FILE, 0o644);
  let isOpen = true;
  const close = async (): Promise<void> => {
    if (!isOpen) return;
    isOpen = false;
    await handle.close();
  };
  let kept = false;
  return {
    append: async (octets) => {
      let at = 0;
      while (at < octets.length) at += (await handle.write(octets, at)).bytesWritten;
    },
    keep: async () => {
      await handle.datasync();
      await close();
      if (overwrite) await rename(unfinished, target);
      else {
        try {
          // Unlike rename, this replaces nothing.
          await link(unfinished, target);
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code === 'EEXIST') return 'exists';
          throw error;
        }
        await unlink(unfinished);
      }
      kept = true;
      return 'kept';
    },
    discard: async () => {
      await close();
      if (!kept) await unlink(unfinished).catch(() => undefined);
    },
  };
}
