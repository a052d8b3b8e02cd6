/**
 * The Debian packages of tools/debian-packages.yaml, third step of setup.sh.
 *
 *   node tools/setup-debian.ts                  brings what is missing
 *   node tools/setup-debian.ts bench            what `make bench` needs, too; from then on set-up keeps it
 *   node tools/setup-debian.ts check NAME...    only says whether set-up would install these packages
 *
 * docs/decisions/0003-setup-without-services.md says why it goes about it like this.
 * Exit status: 0 done, 2 not; what is missing and what mends it is said.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ConfigError } from '../src/config/config-error.ts';
import {
  type AptDeps,
  type AsRoot,
  describePackages,
  downloadPackages,
  inspectPackages,
  installPackages,
  knownPackages,
  missingPackages,
  simulateInstall,
  unpackPackages,
} from './debian/apt.ts';
import { unpackForeign } from './debian/foreign.ts';
import { asReleased, type DebianPackages, loadDebianPackages } from './debian/package-list.ts';
import { refuseUnlessHarmless, sharedLibraries, takenPackages } from './debian/plan.ts';
import { notProvided } from './debian/provided.ts';
import { commandRunner } from './debian/run-command.ts';
import { SetupError } from './debian/setup-error.ts';
import type { PlannedPackage, Simulation } from './debian/simulation.ts';

const LIST = 'tools/debian-packages.yaml';
const UNPACKED = '.tools/debian';
const STAMP = `${UNPACKED}/stamp`;
/** In the stamp: the list `bench` is part of this set-up. */
const BENCH_LINE = 'group bench';
const DOWNLOADS = resolve('.tools/apt/downloads');
/** An installation found to be harmless that nobody could carry out: not to be fetched again only to be looked into. */
const FOUND_HARMLESS = '.tools/apt/found-harmless';
const say = (text: string): void => console.error(`setup: ${text}`);

const asRoot = findRoot();
const run = commandRunner('.tools/setup.log');
const deps: AptDeps = { run, asRoot, refreshLists: () => freshLists('--now') };

try {
  await mkdir('.tools', { recursive: true });
  const [order, ...names] = process.argv.slice(2);
  const packages = withoutBenchUnless(await benchIsWanted(order), await loadDebianPackages(LIST));
  if (order === 'check') await checkPackages(names, packages);
  else if (existsSync('/usr/bin/apt-get')) await setUp(packages);
  else await settleForWhatIsThere(packages);
} catch (error) {
  if (!(error instanceof SetupError || error instanceof ConfigError)) throw error;
  say(error.message);
  if (error instanceof SetupError) console.error(`  ${error.hint}`);
  process.exitCode = 2;
} finally {
  await rm(DOWNLOADS, { recursive: true, force: true });
}

async function benchIsWanted(order: string | undefined): Promise<boolean> {
  return (
    order === 'bench' || (existsSync(STAMP) && (await readFile(STAMP, 'utf8')).includes(`${BENCH_LINE}\n`))
  );
}

function withoutBenchUnless(wanted: boolean, packages: DebianPackages): DebianPackages {
  return wanted ? packages : { ...packages, bench: [] };
}

async function setUp(listed: DebianPackages): Promise<void> {
  await freshLists();
  const renamed = listed.install.flatMap(({ package: name, before }) => (before === undefined ? [] : [name]));
  const known = await knownPackages(renamed, deps);
  const packages = asReleased(listed, (name) => known.has(name));
  const libraries = await unpack(packages);
  await unpackForeign(packages.foreign, {
    ...{ run, root: UNPACKED, say },
    listsFolder: resolve('.tools/apt/foreign'),
    downloads: `${DOWNLOADS}/foreign`,
  });
  const wanted = [...new Set([...packages.install.map((entry) => entry.package), ...libraries])];
  const missing = await missingPackages(wanted, deps);
  if (missing.length > 0) await install(missing, packages);

  const all = [...packages.install, ...packages.unpack, ...packages.bench];
  const absent = notProvided(all, process.env.PATH ?? '', UNPACKED);
  if (absent.length > 0) {
    throw new SetupError(
      'SETUP_MISSING',
      `all packages are there, and yet not: ${absent.map(({ what, package: of }) => `${what} (${of})`).join(', ')}`,
      'this Debian packs them otherwise than set-up knows: please report it',
    );
  }
  await writeStamp(wanted, packages);
}

/** Returns the shared libraries that what was unpacked needs. */
async function unpack(packages: DebianPackages): Promise<readonly string[]> {
  const needed: PlannedPackage[] = [];
  const taken: PlannedPackage[] = [];
  for (const { package: name, take } of [...packages.unpack, ...packages.bench]) {
    const { installs } = await simulateInstall([name], { onBareMachine: true }, deps);
    needed.push(...installs);
    taken.push(...takenPackages(installs, take));
  }
  const inTaken = new Set(taken.map(({ name }) => name));
  const libraries = sharedLibraries(await describePackages(taken, deps), needed).filter(
    (name) => !inTaken.has(name),
  );

  const contents = taken.map(({ name, version }) => `${name} ${version}\n`).join('');
  const listing = `${UNPACKED}/unpacked`;
  if (existsSync(listing) && (await readFile(listing, 'utf8')) === contents) return libraries;

  say(`unpacking ${taken.length} Debian packages into ${UNPACKED}`);
  const fresh = `${UNPACKED}.new`;
  await rm(fresh, { recursive: true, force: true });
  const files = await downloadPackages(taken, `${DOWNLOADS}/unpack`, deps);
  await unpackPackages(files, fresh, deps);
  await writeFile(`${fresh}/unpacked`, contents);
  await rm(UNPACKED, { recursive: true, force: true });
  await rename(fresh, UNPACKED);
  return libraries;
}

async function install(missing: readonly string[], packages: DebianPackages): Promise<void> {
  const folder = `${DOWNLOADS}/install`;
  const simulation = await simulateInstall(missing, {}, deps);
  if (asRoot === undefined) {
    const described = await describeInspection(simulation);
    if (!existsSync(FOUND_HARMLESS) || (await readFile(FOUND_HARMLESS, 'utf8')) !== described) {
      await refuseUnlessInspected(simulation, packages, folder);
      await writeFile(FOUND_HARMLESS, described);
    }
    const command = ['apt-get install --no-install-recommends', ...missing].join(' ');
    throw new SetupError(
      'SETUP_NEEDS_ROOT',
      `${missing.length} Debian packages are missing, and only root may install them. None of them starts anything. Run:`,
      `${asCommandForRoot(command)}\n  then run this again.`,
    );
  }
  await refuseUnlessInspected(simulation, packages, folder);
  say(`installing ${simulation.installs.length} Debian packages; none of them brings a service`);
  await installPackages(missing, folder, deps);
}

/** The guard. Leaves the packages that it looked into in `folder`. */
async function refuseUnlessInspected(
  simulation: Simulation,
  packages: DebianPackages,
  folder: string,
): Promise<void> {
  const count = simulation.installs.length;
  say(`fetching ${count} Debian packages, and looking into each for services`);
  const files = await downloadPackages(simulation.installs, folder, deps);
  if (files.length !== count) {
    throw new SetupError(
      'SETUP_APT',
      `wanted ${count} packages to look into, got ${files.length}`,
      'run this again; .tools/setup.log has what apt-get download said',
    );
  }
  refuseUnlessHarmless(simulation, await inspectPackages(files, deps), packages.inert);
}

/** An inspection's subject: the packages, the rules of inspection, the exceptions. */
async function describeInspection({ installs }: Simulation): Promise<string> {
  const rules = createHash('sha256').update(await readFile('tools/inspect-deb.sh'));
  rules.update(await readFile(LIST));
  return [rules.digest('hex'), ...installs.map(({ name, version }) => `${name} ${version}`)].join('\n');
}

async function checkPackages(names: readonly string[], packages: DebianPackages): Promise<void> {
  await freshLists();
  const simulation = await simulateInstall(names, {}, deps);
  await refuseUnlessInspected(simulation, packages, `${DOWNLOADS}/check`);
  say(`set-up would install ${names.join(', ')}: with what they need, no service, and nothing removed`);
}

/** Not a Debian: whatever is there has to do, however it came. */
async function settleForWhatIsThere(packages: DebianPackages): Promise<void> {
  const absent = notProvided(packages.install, process.env.PATH ?? '', UNPACKED);
  if (absent.length > 0) {
    throw new SetupError(
      'SETUP_MISSING',
      `no apt-get here, so nothing was installed. Missing: ${absent.map(({ what }) => what).join(', ')}`,
      'install them as this system does it; tools/debian-packages.yaml says what each is for',
    );
  }
  await mkdir(UNPACKED, { recursive: true });
  await writeStamp([], packages);
}

/** What setup.sh looks at to see that nothing is left to do. */
async function writeStamp(installed: readonly string[], { bench }: DebianPackages): Promise<void> {
  const hash = createHash('sha256')
    .update(await readFile(LIST))
    .digest('hex');
  const group = bench.length > 0 ? [BENCH_LINE] : [];
  const lines = [`list ${hash}`, ...group, ...installed.map((name) => `package ${name}`)];
  await writeFile(STAMP, `${lines.join('\n')}\n`);
}

/** Package lists that are there and not too old, or with `--now` new ones; the machine's, or our own (apt-lists.sh). */
async function freshLists(...args: readonly string[]): Promise<void> {
  const { status, stdout, said } = await run(['tools/apt-lists.sh', ...args]);
  for (const line of said.split('\n')) if (line.startsWith('setup: ')) console.error(line);
  const config = stdout.trim();
  if (status === 0 && config !== '') process.env.APT_CONFIG = config;
}

function findRoot(): AsRoot {
  if (process.getuid?.() === 0) return [];
  const given = process.env.PXEBENCH_AS_ROOT ?? 'no';
  return given === 'no' ? undefined : given.split(' ');
}

/** Lists of our own are no use to root's apt-get: then its own have to be fetched first. */
function asCommandForRoot(command: string): string {
  const whole = process.env.APT_CONFIG === undefined ? command : `apt-get update && ${command}`;
  return existsSync('/usr/bin/sudo') ? `sudo sh -c '${whole}'` : `su -c '${whole}'`;
}
