import { fstatSync } from 'node:fs';
import { type FileMapping, mapFile } from '../../os/file-mapping.ts';
import type { BootDescriptor } from './boot-folder.ts';

/** A file's octets as an address that system calls may read from. Dispose of it when no more will. */
export interface MappedFile extends Disposable {
  readonly fd: number;
  /** 0 where there are no octets. */
  readonly address: number;
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly modified: number;
}

type Shared = Omit<MappedFile, keyof Disposable> & {
  readonly file: BootDescriptor;
  readonly mapping: FileMapping | undefined;
  users: number;
};

/** One mapping for all who read the same version of a file at the same time. */
export class MappedFiles {
  readonly #shared = new Map<string, Shared>();

  /** Takes the file over. Throws OsError where it cannot be mapped; the file is then still the caller's. */
  map(file: BootDescriptor): MappedFile {
    const { fd } = file;
    const { dev, ino, size, mtimeMs } = fstatSync(fd);
    const version = `${dev}:${ino}:${size}:${mtimeMs}`;
    let shared = this.#shared.get(version);
    if (shared === undefined) {
      const mapping = size === 0 ? undefined : mapFile(fd, size);
      shared = { file, mapping, fd, address: mapping?.address ?? 0, size, modified: mtimeMs, users: 0 };
      this.#shared.set(version, shared);
    } else file[Symbol.dispose]();
    const mine = shared;
    mine.users++;
    let mapped = true;
    return {
      fd: mine.fd,
      address: mine.address,
      size,
      modified: mtimeMs,
      [Symbol.dispose]: () => {
        if (!mapped) return;
        mapped = false;
        if (--mine.users > 0) return;
        this.#shared.delete(version);
        mine.mapping?.[Symbol.dispose]();
        mine.file[Symbol.dispose]();
      },
    };
  }
}
