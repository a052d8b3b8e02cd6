import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { downloadedFiles } from './apt.ts';
import type { DebianPackages } from './package-list.ts';
import type { CommandResult, RunCommand } from './run-command.ts';

export type ForeignDeps = {
  readonly run: RunCommand;
  /** Absolute: lists of other architectures are kept here. */
  readonly listsFolder: string;
  /** Where packages are fetched to. */
  readonly downloads: string;
  /** What they are unpacked into. */
  readonly root: string;
  readonly say: (text: string) => void;
};

/**
 * Fetches packages of other architectures and unpacks them: nothing of them can run here, they hold files for machines of
 * their kind. dpkg is not told of the architectures and the machine's lists stay as they are. Never throws for a package that
 * cannot be had: a mirror may not have its architecture, and only some scenarios go without.
 */
export async function unpackForeign(
  foreign: DebianPackages['foreign'],
  { run, listsFolder, downloads, root, say }: ForeignDeps,
): Promise<void> {
  const listing = join(root, 'unpacked-foreign');
  const wanted = foreign.map((entry) => `${entry.package}:${entry.architecture}`);
  const contents = wanted.map((name) => `${name}\n`).join('');
  if (existsSync(listing) && (await readFile(listing, 'utf8')) === contents) return;

  say(`fetching ${wanted.join(', ')}`);
  const env = { APT_CONFIG: await ownLists(foreign, listsFolder) };
  // Of several sources one may have no such architecture, and the packages be there all the same.
  await run(['apt-get', 'update', '--quiet'], { env });
  await mkdir(join(downloads, 'partial'), { recursive: true });
  const lost: string[] = [];
  for (const name of wanted) {
    const options = ['--quiet', '-o', 'APT::Sandbox::User=root'];
    const result = await run(['apt-get', 'download', ...options, name], { cwd: downloads, env });
    if (result.status !== 0) lost.push(`${name}: ${reason(result)}`);
  }
  for (const file of await downloadedFiles(downloads)) {
    const result = await run(['dpkg-deb', '--extract', file, root]);
    if (result.status !== 0) lost.push(`${file}: ${reason(result)}`);
  }
  // Their lists are large, and not needed again before the list of packages changes.
  await rm(listsFolder, { recursive: true, force: true });
  for (const one of lost) say(`cannot be had, so scenarios of servers/reference-loaders are skipped: ${one}`);
  if (lost.length === 0) await writeFile(listing, contents);
}

/** Returns the path of an APT_CONFIG under which apt knows these architectures, and keeps that to itself. */
async function ownLists(foreign: DebianPackages['foreign'], folder: string): Promise<string> {
  await mkdir(join(folder, 'lists', 'partial'), { recursive: true });
  const architectures = [...new Set(foreign.map(({ architecture }) => architecture))];
  const config = join(folder, 'apt.conf');
  const lines = [
    `Dir::State::lists "${folder}/lists/";`,
    `Dir::Cache::pkgcache "${folder}/pkgcache.bin";`,
    `Dir::Cache::srcpkgcache "${folder}/srcpkgcache.bin";`,
    // The first is taken for the machine's own, whose lists are not needed here.
    `APT::Architecture "${architectures[0]}";`,
    `APT::Architectures { ${architectures.map((name) => `"${name}";`).join(' ')} };`,
    'Acquire::Languages "none";',
  ];
  await writeFile(config, `${lines.join('\n')}\n`);
  return config;
}

function reason({ said }: CommandResult): string {
  return (
    said.split('\n').findLast((line) => /^(E|W): /.test(line)) ?? said.trimEnd().split('\n').at(-1) ?? ''
  );
}
