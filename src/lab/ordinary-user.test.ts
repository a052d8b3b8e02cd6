import { execFile, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { tunRemedy } from './lab-needs.ts';
import {
  AS_USER,
  asNobody,
  HAS_UIDMAP,
  ROOT,
  SUBORDINATE_IDS,
  UIDMAP_WHY,
  USER_WHY,
  userRuns,
} from './testing/as-nobody.ts';

const SCRIPT = fileURLToPath(new URL('./testing/try-users.ts', import.meta.url));
const USER_RUNS = userRuns(SCRIPT);
/** Less than a test has: one that hangs takes its lab away. */
const LIMITS = { timeout: 15_000, killSignal: 'SIGKILL' } as const;

async function tryUsers(wrapper: readonly string[]): Promise<unknown> {
  const [file = '', ...rest] = [...wrapper, process.execPath, SCRIPT];
  const { stdout } = await promisify(execFile)(file, rest, { ...LIMITS, env: { PATH: '/usr/bin:/bin' } });
  return JSON.parse(stdout);
}

const endedByTerm = { code: null, signal: 'SIGTERM' };

describe('the users of a lab', () => {
  it.skipIf(!ROOT)(
    'are all users of the machine, where root makes it (needs root: run as root)',
    async () => {
      expect(await tryUsers([])).toEqual({
        user: 'root',
        other: 'www-data',
        server: { uid: 0, capabilities: 'some', killed: true, end: endedByTerm },
      });
    },
  );

  it.skipIf(!ROOT || !USER_RUNS || !HAS_UIDMAP)(
    `are root and all others by the subordinate ids of an ordinary user (${UIDMAP_WHY})`,
    async () => {
      expect(await tryUsers(asNobody(SUBORDINATE_IDS))).toEqual({
        user: 'subordinate-ids',
        other: 'www-data',
        server: { uid: 0, capabilities: 'some', killed: true, end: endedByTerm },
      });
    },
  );

  it.skipIf(!ROOT || !USER_RUNS)(
    `are root alone without subordinate ids; a server that leaves root is then the user, on any port (${USER_WHY}; and root)`,
    async () => {
      expect(await tryUsers(asNobody('somebody:100000:65536'))).toEqual({
        user: 'one-id',
        other: 'LAB_COMMAND_FAILED',
        server: { uid: 65534, capabilities: 'none', killed: true, end: endedByTerm },
      });
    },
  );

  it.skipIf(!ROOT || !USER_RUNS || !HAS_UIDMAP)(
    `are root alone where the kernel refuses newuidmap its rights (${UIDMAP_WHY})`,
    async () => {
      const wrapper = [...asNobody(SUBORDINATE_IDS), 'setpriv', '--no-new-privs', '--'];
      expect(await tryUsers(wrapper)).toMatchObject({ user: 'one-id', server: { uid: 65534 } });
    },
  );
});

describe.skipIf(!ROOT || !USER_RUNS)(
  `an ordinary user who may make no namespaces (${USER_WHY}; and root)`,
  () => {
    it('is told which sysctl forbids it', async () => {
      // A user namespace with all users of the machine, in which none may be made. It lasts as long as cat's stdin.
      const holder = spawn('unshare', ['--user', '--', 'cat'], { stdio: ['pipe', 'ignore', 'inherit'] });
      await expect.poll(() => mapAll(holder.pid ?? 0)).toBe(true);
      const forbid = 'echo 0 >/proc/sys/user/max_user_namespaces && exec "$@"';
      const enter = [
        'nsenter',
        '--target',
        String(holder.pid),
        '--user',
        '--setuid',
        '0',
        '--setgid',
        '0',
        '--',
      ];
      const said = await tryUsers([...enter, 'sh', '-c', forbid, 'sh', ...AS_USER]);
      holder.stdin.end();

      expect(said).toMatchObject({
        error: { code: 'LAB_NO_RIGHTS', hint: 'sudo sysctl -w user.max_user_namespaces=10000' },
      });
    });
  },
);

/** Maps all ids of a user namespace to themselves, as root may; false as long as there is no new one. */
async function mapAll(pid: number): Promise<boolean> {
  try {
    for (const file of ['uid_map', 'gid_map']) await writeFile(`/proc/${pid}/${file}`, '0 0 65536\n');
    return true;
  } catch {
    return false;
  }
}

describe('tunRemedy', () => {
  const sudo = ROOT ? '' : 'sudo ';

  it.each([
    { code: 'ENOENT', says: `${sudo}modprobe tun` },
    { code: 'ENODEV', says: `${sudo}modprobe tun` },
    { code: 'EACCES', says: `${sudo}chmod 666 /dev/net/tun` },
    { code: 'EPERM', says: 'in a container: --device /dev/net/tun' },
  ])('for $code is $says', ({ code, says }) => {
    expect(tunRemedy(code).startsWith(says)).toBe(true);
  });
});
