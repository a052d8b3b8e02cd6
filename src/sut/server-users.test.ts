/** Servers that change their user, started by root and by ordinary users. */
import { execFile } from 'node:child_process';
import { chmod, cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  asNobody,
  HAS_UIDMAP,
  ROOT,
  SUBORDINATE_IDS,
  UIDMAP_WHY,
  USER_WHY,
  userRuns,
} from '../lab/testing/as-nobody.ts';

const SCRIPT = fileURLToPath(new URL('./testing/try-server.ts', import.meta.url));
const SEED = resolve(import.meta.dirname, '..', '..', 'servers', 'seed');
const NOBODY_RUNS = ROOT && userRuns(SCRIPT);
const WWW_DATA = 33;
/** Less than a test has: one that hangs takes its lab away. */
const PATIENCE_MS = 15_000;

async function tryServer(wrapper: readonly string[], server: string): Promise<unknown> {
  const [file = '', ...rest] = [...wrapper, process.execPath, SCRIPT, server];
  const { stdout } = await promisify(execFile)(file, rest, {
    env: { PATH: '/usr/bin:/bin' },
    timeout: PATIENCE_MS,
    killSignal: 'SIGKILL',
  });
  return JSON.parse(stdout);
}

/** A copy of the seed server in a folder that everybody may read. */
async function copyOfSeed(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pxebench-test-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await chmod(folder, 0o755);
  await cp(SEED, join(folder, 'seed'), { recursive: true });
  return join(folder, 'seed');
}

/** The seed server whose dnsmasq becomes another user, as it does unless told otherwise. */
async function seedWithDaemon(): Promise<string> {
  const folder = await copyOfSeed();
  const file = join(folder, 'server.yaml');
  const before = await readFile(file, 'utf8');
  const after = before
    .replace('--no-daemon', '--keep-in-foreground')
    .replace('ready: { udp: 67 }', 'ready: { udp: 67 }\n      changes-user: always');
  expect(after).toContain('always');
  await writeFile(file, after);
  return folder;
}

const SERVES = {
  missing: [],
  offer: { type: 'offer', file: 'undionly.kpxe' },
  http: [200, '#!ipxe\nchain http://pxe.example.com/pxelinux.0\n'],
  // An Apache that is root and cannot become www-data says so as an alert, and goes on as root.
  log: expect.not.stringContaining(':alert]'),
};

describe('the seed server', () => {
  it.skipIf(!ROOT)('serves, Apache as www-data, where root starts it (needs root: run as root)', async () => {
    expect(await tryServer([], 'seed')).toMatchObject({
      ...SERVES,
      users: { apache2: [0, WWW_DATA], dnsmasq: [0] },
    });
  });

  it.skipIf(!NOBODY_RUNS || !HAS_UIDMAP)(
    `serves, Apache as www-data, by the subordinate ids of an ordinary user (${UIDMAP_WHY})`,
    async () => {
      expect(await tryServer(asNobody(SUBORDINATE_IDS), 'seed')).toMatchObject({
        ...SERVES,
        users: { apache2: [0, WWW_DATA], dnsmasq: [0] },
      });
    },
  );

  it.skipIf(!NOBODY_RUNS)(
    `serves, all of it as the user, who has no subordinate ids (${USER_WHY}; and root)`,
    async () => {
      expect(await tryServer(asNobody(''), 'seed')).toMatchObject({
        ...SERVES,
        users: { apache2: [0], dnsmasq: [0] },
      });
    },
  );

  it.skipIf(!ROOT)(
    'serves from a folder that only its owner may read (needs root: run as root)',
    async () => {
      const folder = await copyOfSeed();
      for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
        await chmod(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o700 : 0o600);
      await chmod(folder, 0o700);
      const privately = ['sh', '-c', 'umask 077 && exec "$@"', 'sh'];

      expect(await tryServer(privately, folder)).toMatchObject(SERVES);
    },
  );
});

describe('a server that always changes its user', () => {
  it.skipIf(!NOBODY_RUNS || !HAS_UIDMAP)(
    `serves by the subordinate ids of an ordinary user (${UIDMAP_WHY})`,
    async () => {
      const said = await tryServer(asNobody(SUBORDINATE_IDS), await seedWithDaemon());

      expect(said).toMatchObject({ ...SERVES, users: { apache2: [0, WWW_DATA] } });
      expect(said).not.toMatchObject({ users: { dnsmasq: [0] } });
    },
  );

  it.skipIf(!NOBODY_RUNS || !HAS_UIDMAP)(
    `needs them: what is missing says how to get them, and so does the server's failure (${UIDMAP_WHY})`,
    async () => {
      const said = await tryServer(asNobody('ann:100000:65536'), await seedWithDaemon());

      expect(said).toMatchObject({
        missing: [
          {
            what: 'subordinate ids',
            found: '/etc/subuid has no line for nobody, /etc/subgid has no line for nobody',
            why: 'server seed changes its user',
            remedy: 'sudo usermod --add-subuids 165536-231071 --add-subgids 165536-231071 nobody',
          },
        ],
        error: {
          code: 'SUT_EXITED',
          message: expect.stringContaining('Operation not permitted'),
          hint: expect.stringContaining('subordinate ids'),
        },
      });
    },
  );
});
