/**
 * Completes package-lock.json: `node tools/complete-lock.ts`, after any `npm install` that changed it.
 *
 * Packages with binaries name one optional dependency for each platform. npm leaves those out of the lock that it could
 * not find (a registry that does not carry every platform) or did not install (npm/cli issue 4828), and then refuses
 * `npm ci` with "Missing: ... from lock file". What is added here says what the name says: version, system, processor, C
 * library. On another platform npm then passes it over, which is all an entry is for; it has no integrity, as nobody
 * here has seen the file.
 */
import { readFile, writeFile } from 'node:fs/promises';

type LockEntry = {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
  readonly optionalDependencies?: Readonly<Record<string, string>>;
};
type Lock = { readonly packages: Readonly<Record<string, LockEntry>> };

const SYSTEMS = [
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
];
const PROCESSORS = ['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'x64'];

/** Entries for optional dependencies that the lock names but does not hold. Throws Error for a name that tells no platform. */
export function missingLockEntries({ packages }: Lock): Readonly<Record<string, LockEntry>> {
  const missing: Record<string, LockEntry> = {};
  for (const [path, entry] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const nested = `${path}/node_modules/${name}`;
      if (nested in packages || `node_modules/${name}` in packages) continue;
      missing[`node_modules/${name}`] = {
        version,
        ...(entry.dev === true ? { dev: true } : {}),
        optional: true,
        ...platformOf(name),
      };
    }
  }
  return missing;
}

/** `@oxc-parser/binding-linux-arm-musleabihf`: linux, arm, musl. */
function platformOf(name: string): Pick<LockEntry, 'os' | 'cpu' | 'libc'> {
  const words = name.split(/[/-]/);
  const os = SYSTEMS.find((system) => words.includes(system));
  const cpu = PROCESSORS.find((processor) => words.includes(processor));
  if (os === undefined || cpu === undefined) {
    throw new Error(`${name}: wanted a system and a processor in the name of an optional dependency`);
  }
  const libc = words.some((word) => word.startsWith('musl')) ? 'musl' : 'glibc';
  return { os: [os], cpu: [cpu], ...(os === 'linux' ? { libc: [libc] } : {}) };
}

if (import.meta.main) {
  const lock = JSON.parse(await readFile('package-lock.json', 'utf8')) as Lock;
  const missing = missingLockEntries(lock);
  const paths = [...Object.keys(lock.packages), ...Object.keys(missing)].sort();
  const packages = Object.fromEntries(paths.map((path) => [path, lock.packages[path] ?? missing[path]]));
  await writeFile('package-lock.json', `${JSON.stringify({ ...lock, packages }, null, 2)}\n`);
  console.log(`package-lock.json: ${Object.keys(missing).length} entries added`);
}
