import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { downloadedFiles } from './apt.ts';
import type { CommandResult, RunCommand } from './run-command.ts';
import { SetupError } from './setup-error.ts';

/** Debian's releases in order (https://www.debian.org/releases/): each is followed by the next line's. */
const RELEASES = ['bullseye', 'bookworm', 'trixie', 'forky', 'duke'];
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
/** What `apt-get indextargets` is asked to print of each list of packages. */
const INDEX_FORMAT = '$(CODENAME)|$(COMPONENT)|$(REPO_URI)';

export type NextReleaseDeps = {
  readonly run: RunCommand;
  /** Absolute: for lists and packages, and deleted when it is done. */
  readonly workFolder: string;
  /** What the packages are unpacked into, in place of what is there. */
  readonly root: string;
};

export type NextRelease = {
  readonly release: string;
  /** `ovmf 2025.02-8`; packages that this release has. */
  readonly packages: readonly string[];
  /** Packages that it does not have. */
  readonly absent: readonly string[];
};

/** Name of the release after the one of an os-release file. Throws SetupError (SETUP_UNREADABLE) for one that is not Debian's. */
export function releaseAfter(osRelease: string): { readonly current: string; readonly next: string } {
  const current = /^VERSION_CODENAME=(\w+)$/m.exec(osRelease)?.[1] ?? 'nothing';
  const next = RELEASES[RELEASES.indexOf(current) + 1];
  if (RELEASES.includes(current) && next !== undefined) return { current, next };
  throw new SetupError(
    'SETUP_UNREADABLE',
    `/etc/os-release: wanted a Debian release that another one follows, got ${current}`,
    'unpack packages by hand (dpkg-deb --extract), and name the folder: pxebench run --firmware-files DIR',
  );
}

/** Where the machine's own Debian packages come from, out of what indextargets prints. Throws SetupError (SETUP_APT). */
export function archiveOf(indexTargets: string, release: string): string {
  const found = indexTargets
    .split('\n')
    .map((line) => line.split('|'))
    .find(([codename, component]) => codename === release && component === 'main')?.[2];
  if (found !== undefined && found !== '') return found;
  throw new SetupError(
    'SETUP_APT',
    `apt's sources have no main of Debian ${release}, so it is not known where the next release would come from`,
    'see /etc/apt/sources.list and /etc/apt/sources.list.d',
  );
}

/**
 * Unpacks packages of the release after this machine's. Nothing is installed, and the machine's sources and lists stay as
 * they are. Throws SetupError: SETUP_UNREADABLE, SETUP_APT with what apt said.
 */
export async function unpackNextRelease(
  names: readonly string[],
  { run, workFolder, root }: NextReleaseDeps,
): Promise<NextRelease> {
  const { current, next } = releaseAfter(await readFile('/etc/os-release', 'utf8'));
  const targets = await run(['apt-get', 'indextargets', '--format', INDEX_FORMAT, 'Created-By: Packages']);
  const archive = archiveOf(targets.stdout, current);
  await using undo = new AsyncDisposableStack();
  undo.defer(() => rm(workFolder, { recursive: true, force: true }));
  const env = { APT_CONFIG: await ownSources(archive, next, workFolder) };

  const update = await run(['apt-get', 'update', '--quiet', '--error-on=any'], { env });
  if (update.status !== 0) throw failed(`the lists of Debian ${next} cannot be had from ${archive}`, update);
  const packages: string[] = [];
  const absent: string[] = [];
  for (const name of names) {
    const { stdout } = await run(['apt-cache', 'show', '--no-all-versions', name], { env });
    const version = /^Version: (.+)$/m.exec(stdout)?.[1];
    if (version === undefined) absent.push(name);
    else packages.push(`${name} ${version}`);
  }
  const downloads = join(workFolder, 'downloads');
  await mkdir(downloads, { recursive: true });
  const wanted = packages.map((one) => one.replace(' ', '='));
  const options = ['--quiet', '-o', 'APT::Sandbox::User=root'];
  const download = await run(['apt-get', 'download', ...options, ...wanted], { cwd: downloads, env });
  if (download.status !== 0) throw failed(`packages of Debian ${next} cannot be fetched`, download);

  const fresh = join(workFolder, 'root');
  for (const file of await downloadedFiles(downloads)) {
    const result = await run(['dpkg-deb', '--extract', file, fresh]);
    if (result.status !== 0) throw failed(`${file} cannot be unpacked`, result);
  }
  await writeFile(join(fresh, 'unpacked'), packages.map((one) => `${one}\n`).join(''));
  await rm(root, { recursive: true, force: true });
  await rename(fresh, root);
  return { release: next, packages, absent };
}

/** Returns the path of an APT_CONFIG with one source, whose lists are its own. */
async function ownSources(archive: string, release: string, folder: string): Promise<string> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, 'lists', 'partial'), { recursive: true });
  const signed = existsSync(KEYRING) ? `[signed-by=${KEYRING}] ` : '';
  await writeFile(join(folder, 'sources.list'), `deb ${signed}${archive} ${release} main\n`);
  const lines = [
    `Dir::State::lists "${folder}/lists/";`,
    `Dir::Cache::pkgcache "${folder}/pkgcache.bin";`,
    `Dir::Cache::srcpkgcache "${folder}/srcpkgcache.bin";`,
    `Dir::Etc::sourcelist "${folder}/sources.list";`,
    'Dir::Etc::sourceparts "/dev/null";',
    'Acquire::Languages "none";',
  ];
  const config = join(folder, 'apt.conf');
  await writeFile(config, `${lines.join('\n')}\n`);
  return config;
}

function failed(what: string, { said }: CommandResult): SetupError {
  const reasons = said.split('\n').filter((line) => /^(E|W): /.test(line));
  return new SetupError(
    'SETUP_APT',
    [what, ...reasons.slice(0, 5).map((line) => `  | ${line}`)].join('\n'),
    'all of it is in .tools/setup.log',
  );
}
