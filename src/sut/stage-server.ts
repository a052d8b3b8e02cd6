import { chmod, cp, lstat, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { ConfigError } from '../config/config-error.ts';
import { findPackagedFile } from '../lab/packaged-file.ts';
import { type ServerSpec, variantFiles } from './server-spec.ts';
import { SutError } from './sut-error.ts';

/** What a scenario changes about a server: a variant of its configuration, and files in its document root. */
export type ServerChanges = {
  readonly variant?: string | undefined;
  /** Path below the document root, and content. */
  readonly files?: Readonly<Record<string, string>> | undefined;
};

/**
 * Copies a server's folder to `target`, which lies in the lab's own memory, with the files of packages it names and
 * what the scenario changes. Everybody may read all of it: servers change their user, and a checkout may be private. The
 * checkout itself is never written to.
 */
export async function stageServer(spec: ServerSpec, target: string, changes: ServerChanges): Promise<void> {
  const { root, files = {} } = spec.file.value;
  // What a link leads to is part of it, too: a folder may share files with its neighbour.
  await cp(spec.folder, target, { recursive: true, dereference: true });
  for (const [place, { from, package: debianPackage }] of Object.entries(files)) {
    const found = await findPackagedFile(from);
    if (found === undefined) {
      throw new SutError(
        'SUT_MISSING',
        `${from} is not on this machine: server ${spec.id} needs it`,
        `it is in Debian's ${debianPackage}; make setup brings it`,
      );
    }
    await putInPlace(found, join(target, place));
  }
  for (const [file, by] of Object.entries(variantFiles(spec, changes.variant))) {
    await cp(join(spec.folder, by), join(target, file), { dereference: true });
  }
  for (const [path, content] of Object.entries(changes.files ?? {})) {
    if (root === undefined) {
      const message = `server ${spec.id} has no document root ("root") for the files of a scenario`;
      throw new ConfigError('CONFIG_REFERENCE', spec.file.file, [spec.file.problemAt([], message)]);
    }
    const inside = normalize(join('/', path));
    const file = join(target, root, inside);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  }
  await letAllRead(target);
}

/** As chmod -R a+rX, links left as they are. */
async function letAllRead(path: string): Promise<void> {
  const found = await lstat(path);
  if (found.isSymbolicLink()) return;
  await chmod(path, found.mode | 0o444 | ((found.mode & 0o100) === 0 ? 0 : 0o111));
  if (!found.isDirectory()) return;
  for (const name of await readdir(path)) await letAllRead(join(path, name));
}

/** A file is copied, so that a server which refuses links out of its root can serve it; a folder is linked. */
async function putInPlace(found: string, place: string): Promise<void> {
  await mkdir(dirname(place), { recursive: true });
  await rm(place, { force: true, recursive: true });
  if ((await lstat(found)).isDirectory()) await symlink(found, place);
  else await cp(found, place, { dereference: true });
}
