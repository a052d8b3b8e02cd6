import { closeSync, constants, fstatSync, openSync, realpathSync, type Stats, statSync } from 'node:fs';
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

/** The same as a descriptor, for whoever opens thousands a second. Dispose of it. */
export interface BootDescriptor extends Disposable {
  readonly fd: number;
  readonly size: number;
  readonly modified: number;
  /** Last change of the file or of what is known about it (ctime). */
  readonly changed: number;
}

export type BootDescriptorResult =
  | { readonly kind: 'file'; readonly file: BootDescriptor }
  | { readonly kind: 'missing' | 'denied' };

/** Opens files below a folder; whatever a name or a symbolic link says, nothing outside it. */
export type BootFolder = {
  readonly open: (segments: readonly string[]) => Promise<BootFileResult>;
  /**
   * At once. That nothing is there costs one system call of 2 µs, where a way through libuv's pool costs 50: most lookups of a
   * boot miss. Throws what is no answer about the file (EMFILE, EIO).
   */
  readonly openNow: (segments: readonly string[]) => BootDescriptorResult;
};

/** Throws what the file system says (ENOENT, EACCES), or ENOTDIR. */
export async function openBootFolder(folder: string): Promise<BootFolder> {
  const root = await realpath(folder);
  if (!(await stat(root)).isDirectory()) {
    throw Object.assign(new Error(`ENOTDIR: ${folder} is no folder`), { code: 'ENOTDIR' });
  }
  const within = root.endsWith(sep) ? root : root + sep;
  return {
    open: async (segments) => {
      try {
        const real = await realpath(join(root, ...segments));
        if (!real.startsWith(within)) return { kind: 'denied' };
        return await openRegular(real);
      } catch (error) {
        return { kind: isDenial(error) ? 'denied' : 'missing' };
      }
    },
    openNow: (segments) => {
      try {
        const path = within + segments.join(sep);
        const found = statSync(path, { throwIfNoEntry: false });
        if (found === undefined) return MISSING;
        const real = realpathSync.native(path);
        if (!real.startsWith(within)) return { kind: 'denied' };
        return found.isFile() ? openRegularNow(real) : MISSING;
      } catch (error) {
        if (isDenial(error)) return { kind: 'denied' };
        if (isAbsence(error)) return MISSING;
        throw error;
      }
    },
  };
}

const MISSING = { kind: 'missing' } as const;

function isDenial(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'EACCES' || code === 'EPERM' || code === 'ELOOP';
}

/** ERR_INVALID_ARG_VALUE: NUL in the name. */
function isAbsence(error: unknown): boolean {
  const { code = '' } = error as NodeJS.ErrnoException;
  return ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ENXIO', 'ERR_INVALID_ARG_VALUE'].includes(code);
}

function openRegularNow(real: string): BootDescriptorResult {
  const fd = openSync(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  let found: Stats | undefined;
  try {
    found = fstatSync(fd);
  } finally {
    if (!found?.isFile()) closeSync(fd);
  }
  if (!found.isFile()) return MISSING;
  const file: BootDescriptor = {
    fd,
    size: found.size,
    modified: found.mtimeMs,
    changed: found.ctimeMs,
    [Symbol.dispose]: () => closeSync(fd),
  };
  return { kind: 'file', file };
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
