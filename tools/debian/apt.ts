import { mkdir, readdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type Finding, parseFindings } from './findings.ts';
import type { CommandResult, RunCommand, RunOptions } from './run-command.ts';
import { SetupError } from './setup-error.ts';
import { type PlannedPackage, parseSimulation, type Simulation } from './simulation.ts';

/** How to become root without being asked for anything; undefined where that cannot be. */
export type AsRoot = readonly string[] | undefined;

export type AptDeps = {
  readonly run: RunCommand;
  readonly asRoot: AsRoot;
  /** Brings package lists up to date in any case, and says where they are. */
  readonly refreshLists: () => Promise<void>;
};

const INSTALL = ['apt-get', 'install', '--no-install-recommends'];

/** What apt would do to install these. `onBareMachine`: as if nothing at all were installed, so with every dependency. */
export async function simulateInstall(
  names: readonly string[],
  { onBareMachine = false }: { readonly onBareMachine?: boolean },
  deps: AptDeps,
): Promise<Simulation> {
  const bare = onBareMachine ? ['-o', 'Dir::State::status=/dev/null'] : [];
  const { stdout } = await withFreshLists([...INSTALL, '--simulate', ...bare, ...names], {}, deps);
  return parseSimulation(stdout);
}

/** What the package lists say of these very versions: stanzas like those of a control file. */
export async function describePackages(packages: readonly PlannedPackage[], deps: AptDeps): Promise<string> {
  if (packages.length === 0) return '';
  const versions = packages.map(({ name, version }) => `${name}=${version}`);
  return (await withFreshLists(['apt-cache', 'show', ...versions], {}, deps)).stdout;
}

/** Fetches packages into a folder; needs no rights. Returns the paths of the files. */
export async function downloadPackages(
  packages: readonly PlannedPackage[],
  folder: string,
  deps: AptDeps,
): Promise<readonly string[]> {
  await mkdir(join(folder, 'partial'), { recursive: true });
  if (packages.length > 0) {
    const wanted = packages.map(({ name, version }) => `${name}=${version}`);
    // As root apt would hand the download to its user _apt, who may not write here.
    const download = ['apt-get', 'download', '--quiet', '-o', 'APT::Sandbox::User=root'];
    await withFreshLists([...download, ...wanted], { cwd: folder }, deps);
  }
  return downloadedFiles(folder);
}

/** Paths of the packages in a folder. */
export async function downloadedFiles(folder: string): Promise<readonly string[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.deb'));
  return files.map((file) => join(folder, file));
}

/** Looks into packages for what could start by itself. All or an error: a file that cannot be read is never "nothing found". */
export async function inspectPackages(
  files: readonly string[],
  { run }: Pick<AptDeps, 'run'>,
): Promise<readonly Finding[]> {
  const workers = Math.min(availableParallelism(), files.length);
  const shares = Array.from({ length: workers }, (_, worker) =>
    files.filter((_, index) => index % workers === worker),
  );
  const results = await Promise.all(shares.map((share) => run(['tools/inspect-deb.sh', ...share])));
  return results.flatMap((result) => {
    if (result.status !== 0) throw aptError('a package cannot be inspected', result);
    return parseFindings(result.stdout);
  });
}

/** Unpacks packages below `root`, without running anything of theirs. */
export async function unpackPackages(
  files: readonly string[],
  root: string,
  { run }: Pick<AptDeps, 'run'>,
): Promise<void> {
  for (const file of files) {
    const result = await run(['dpkg-deb', '--extract', file, root]);
    if (result.status !== 0) throw aptError(`${file} cannot be unpacked`, result);
  }
}

/** Of these packages, those that the lists have. */
export async function knownPackages(
  names: readonly string[],
  { run }: Pick<AptDeps, 'run'>,
): Promise<ReadonlySet<string>> {
  if (names.length === 0) return new Set();
  // Its status says that a name is unknown: that is the question.
  const { stdout } = await run(['apt-cache', 'show', '--no-all-versions', ...names]);
  return new Set([...stdout.matchAll(/^Package: (\S+)$/gm)].map(([, name = '']) => name));
}

/** Of these packages, those that are not installed. */
export async function missingPackages(
  names: readonly string[],
  { run }: Pick<AptDeps, 'run'>,
): Promise<readonly string[]> {
  if (names.length === 0) return [];
  // Its status only says that a name is unknown: that one is missing, too.
  const format = ['--showformat', `\${Package} \${db:Status-Status}\\n`];
  const { stdout } = await run(['dpkg-query', '--show', ...format, ...names]);
  const installed = new Set(
    stdout
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.split(' ')[0]),
  );
  return names.filter((name) => !installed.has(name));
}

/**
 * Installs from the files in `folder` and from nowhere else: what was inspected is what is installed.
 *
 * Second lock behind the inspection: maintainer scripts run without a network, without sight of the machine's init (its
 * sockets and D-Bus's lie below /run) and with process ids of their own, which all end when apt does. So if a script did
 * start a server after all, it could neither be heard by anybody nor stay.
 */
export async function installPackages(
  names: readonly string[],
  folder: string,
  { run, asRoot }: Pick<AptDeps, 'run' | 'asRoot'>,
): Promise<void> {
  if (asRoot === undefined) throw new Error('installPackages needs a way to become root');
  const isolate = ['unshare', '--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const hideRun = 'mount -t tmpfs -o mode=755 tmpfs /run && mkdir /run/lock && "$@"';
  // A container may forbid namespaces. No init runs there, so the inspection has to be enough.
  const mayIsolate = (await run([...asRoot, ...isolate, 'true'])).status === 0;
  const isolated = mayIsolate ? [...isolate, 'sh', '-c', hideRun, 'sh'] : [];

  const quiet = [
    'DEBIAN_FRONTEND=noninteractive',
    'APT_LISTCHANGES_FRONTEND=none',
    'NEEDRESTART_SUSPEND=1',
    'SYSTEMD_OFFLINE=1',
  ];
  const options = [
    ...['--yes', '--quiet', '--no-remove', '--no-download'],
    ...['-o', `Dir::Cache::archives=${folder}/`],
    ...['-o', 'DPkg::Lock::Timeout=300', '-o', 'Dpkg::Use-Pty=0', '-o', 'DPkg::Options::=--force-confold'],
  ];
  const result = await run([...asRoot, ...isolated, 'env', ...quiet, ...INSTALL, ...options, ...names]);
  if (result.status !== 0) throw aptError('apt-get install failed', result);
}

/** Lists that name a file the archive no longer has, or do not name a package at all, are most often only old. */
async function withFreshLists(
  argv: readonly string[],
  options: RunOptions,
  deps: AptDeps,
): Promise<CommandResult> {
  let result = await deps.run(argv, options);
  if (result.status !== 0) {
    await deps.refreshLists();
    result = await deps.run(argv, options);
  }
  if (result.status !== 0) throw aptError(`${argv.slice(0, 2).join(' ')} failed`, result);
  return result;
}

function aptError(what: string, { said }: CommandResult): SetupError {
  const lines = said.split('\n').filter((line) => /^(E:|W:|dpkg|inspect-deb)|error/i.test(line));
  const reasons = lines.length > 0 ? lines.slice(0, 8) : said.trimEnd().split('\n').slice(-8);
  return new SetupError(
    'SETUP_APT',
    [what, ...reasons.map((line) => `  | ${line}`)].join('\n'),
    'all of it is in .tools/setup.log; `apt-get update`, `apt-get --fix-broken install` or /etc/apt may want attention',
  );
}
