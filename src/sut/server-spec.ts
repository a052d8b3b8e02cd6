import { readdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { ConfigError } from '../config/config-error.ts';
import { didYouMean } from '../config/nearest.ts';
import { loadYamlFile, type YamlFile } from '../config/yaml-file.ts';
import { type ServerFile, serverFileSchema } from './server-file.ts';

/** A server under test that could be started: its folder, and what server.yaml says. */
export type ServerSpec = {
  /** Name of the folder: `seed`. */
  readonly id: string;
  /** Absolute. */
  readonly folder: string;
  readonly file: YamlFile<ServerFile>;
};

const SERVER_FILE = 'server.yaml';

/** Ids of the servers in a folder of servers, sorted. */
export async function listServers(serversFolder: string): Promise<readonly string[]> {
  const ids: string[] = [];
  for (const entry of await readdir(serversFolder, { withFileTypes: true })) {
    if (entry.isDirectory() && (await isServerFolder(join(serversFolder, entry.name)))) ids.push(entry.name);
  }
  return ids.sort();
}

/** Whether a server is named by the path of its folder rather than by its id: `./my-server`, `..`, `/srv/pxe`. */
export function isServerFolderName(idOrFolder: string): boolean {
  return idOrFolder.includes('/') || idOrFolder === '.' || idOrFolder === '..';
}

/** Whether a folder is one of a server. */
export function isServerFolder(folder: string): Promise<boolean> {
  return isFile(join(folder, SERVER_FILE));
}

/**
 * Loads a server by id, or by the path of any folder with a server.yaml (isServerFolderName).
 * Throws ConfigError: CONFIG_REFERENCE where there is none, with the nearest id.
 */
export async function loadServer(idOrFolder: string, serversFolder: string): Promise<ServerSpec> {
  const isPath = isServerFolderName(idOrFolder);
  const folder = isPath ? resolve(idOrFolder) : join(resolve(serversFolder), idOrFolder);
  const path = join(folder, SERVER_FILE);
  if (!(await isFile(path))) {
    const message = isPath ? `wanted a folder with a ${SERVER_FILE}, found none` : 'no server of that name';
    const hint = isPath
      ? 'docs/servers.md says how such a folder looks'
      : didYouMean(idOrFolder, await listServers(serversFolder));
    throw new ConfigError('CONFIG_REFERENCE', idOrFolder, [{ line: 0, column: 0, field: '', message, hint }]);
  }
  const spec = { id: basename(folder), folder, file: await loadYamlFile(path, serverFileSchema) };
  await refuseMissingReplacements(spec);
  return spec;
}

async function refuseMissingReplacements({ folder, file }: ServerSpec): Promise<void> {
  const problems = Object.entries(file.value.variants ?? {}).flatMap(([name, { replace }]) =>
    Object.entries(replace).map(async ([place, by]) => {
      if (await isFile(join(folder, by))) return [];
      return [file.problemAt(['variants', name, 'replace', place], `no file "${by}" in ${folder}`)];
    }),
  );
  const found = (await Promise.all(problems)).flat();
  if (found.length > 0) throw new ConfigError('CONFIG_REFERENCE', file.file, found);
}

/** Files that take another's place in this variant. Throws ConfigError (CONFIG_REFERENCE) for an unknown one. */
export function variantFiles(
  spec: ServerSpec,
  variant: string | undefined,
): Readonly<Record<string, string>> {
  if (variant === undefined) return {};
  const variants = spec.file.value.variants ?? {};
  const found = variants[variant];
  if (found === undefined) {
    const message = `has no variant "${variant}"`;
    throw new ConfigError('CONFIG_REFERENCE', spec.file.file, [
      spec.file.problemAt(['variants'], message, didYouMean(variant, Object.keys(variants))),
    ]);
  }
  return found.replace;
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
