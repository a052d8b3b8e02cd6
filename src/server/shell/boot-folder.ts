import { constants } from 'node:fs';
import { type FileHandle, open, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';

/** A file of the folder, open for reading. Dispose of it. */
export interface BootFile extends AsyncDisposable {
  readonly handle: FileHandle;
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly modified: number;
}

export type BootFileResult =
  | { readonly kind: 'file'; readonly file: BootFile }
  /** Nothing there, or nothing that could be a boot file: a folder, a device. */
  | { readonly kind: 'missing' }
  /** It is there, and must not or cannot be read: a link that leads out of the folder, no permission. */
  | { readonly kind: 'denied' };

/** Opens files below a folder; whatever a name or a symbolic link says, nothing outside it. */
export type BootFolder = { readonly open: (segments: readonly string[]) => Promise<BootFileResult> };

/** Throws what the file system says (ENOENT, EACCES), or ENOTDIR. */
export async function openBootFolder(folder: string): Promise<BootFolder> {
  const root = await realpath(folder);
  if (!(await stat(root)).isDirectory()) {
    throw Object.assign(new Error(`ENOTDIR: ${folder} is no folder`), { code: 'ENOTDIR' });
  }
  return {
    open: async (segments) => {
      try {
        const real = await realpath(join(root, ...segments));
        if (!real.startsWith(root.endsWith(sep) ? root : root + sep)) return { kind: 'denied' };
        return await openRegular(real);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        return code === 'EACCES' || code === 'EPERM' || code === 'ELOOP'
          ? { kind: 'denied' }
          : { kind: 'missing' };
      }
    },
  };
}

async function openRegular(real: string): Promise<BootFileResult> {
  // Looked at before it is opened: opening a device can do things.
  if (!(await stat(real)).isFile()) return { kind: 'missing' };
  const handle = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  const found = await handle.stat();
  if (!found.isFile()) {
    await handle.close();
    return { kind: 'missing' };
  }
  const file: BootFile = {
    handle,
    size: found.size,
    modified: found.mtimeMs,
    [Symbol.asyncDispose]: () => handle.close(),
  };
  return { kind: 'file', file };
}
