import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { AS_USER, ROOT, USER_WHY, userRuns } from './testing/as-nobody.ts';
import { foreignNamespacesOf, processesIn } from './testing/namespaces-of.ts';

const SCRIPT = fileURLToPath(new URL('./testing/hold-lab.ts', import.meta.url));
const USER_RUNS = userRuns(SCRIPT);

type Said = { readonly [name: string]: unknown; readonly pid: number };

/** Runs hold-lab.ts with a folder of its own for temporary files, until it has said its line. */
async function holder(as: 'root' | 'nobody', ...args: readonly string[]) {
  const temporary = await mkdtemp(join(tmpdir(), 'pxebench-test-'));
  const command = [...(as === 'nobody' ? AS_USER : []), process.execPath, SCRIPT, ...args];
  const [file = '', ...rest] = command;
  const child = spawn(file, rest, {
    env: { TMPDIR: temporary, PATH: '/usr/bin:/bin' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return { child, temporary, said: JSON.parse(line) as Said };
}

const ended = (child: ChildProcess): Promise<unknown> =>
  child.exitCode === null && child.signalCode === null ? once(child, 'exit') : Promise.resolve();

/** Waits until nothing is there; what is left if it stays. The kernel needs some milliseconds after a SIGKILL. */
async function leftOf(namespaces: readonly string[]): Promise<readonly number[]> {
  const deadline = performance.now() + 3_000;
  let left = await processesIn(namespaces);
  while (left.length > 0 && performance.now() < deadline) left = await processesIn(namespaces);
  return left;
}

const labMounts = async (): Promise<string[]> =>
  (await readFile('/proc/self/mountinfo', 'utf8'))
    .split('\n')
    .filter((line) => / - (tmpfs lab|nsfs) /.test(line));

describe.each([
  { as: 'root' as const, runs: ROOT, why: 'needs root: run as root' },
  { as: 'nobody' as const, runs: USER_RUNS, why: USER_WHY },
])('startLab by $as ($why)', ({ as, runs }) => {
  it.skipIf(!runs)(
    'leaves no process, namespace, mount or file when its holder is killed by SIGKILL',
    async () => {
      const mounts = await labMounts();
      const { child, said, temporary } = await holder(as);
      const namespaces = await foreignNamespacesOf(said.pid);
      // The first process, the child that waits for us, the agent, the server: seen before, so that "none" means something.
      expect((await processesIn(namespaces)).length).toBeGreaterThanOrEqual(4);
      expect(namespaces.length).toBe(as === 'root' ? 3 : 4);
      child.kill('SIGKILL');
      await ended(child);

      expect(await leftOf(namespaces)).toEqual([]);
      expect(await labMounts()).toEqual(mounts);
      expect(await readdir(temporary)).toEqual([]);
      await rm(temporary, { recursive: true });
    },
  );

  it.skipIf(!runs)('leaves nothing after an orderly end', async () => {
    const { child, said, temporary } = await holder(as);
    const namespaces = await foreignNamespacesOf(said.pid);
    child.stdin.end();
    await ended(child);

    expect(child.exitCode).toBe(0);
    expect(await processesIn(namespaces)).toEqual([]);
    expect(await readdir(temporary)).toEqual([]);
    await rm(temporary, { recursive: true });
  });

  it.skipIf(!runs)('names the command of a set-up that fails half way, and its process can end', async () => {
    const { child, said, temporary } = await holder(as, 'broken');
    await ended(child);

    // Nothing of the lab keeps the process alive: it ended by itself, stdin still open.
    expect(child.exitCode).toBe(0);
    expect(said.error).toMatchObject({
      code: 'LAB_COMMAND_FAILED',
      argv: ['ip route add default via 192.0.2.1'],
    });
    await rm(temporary, { recursive: true });
  });
});

describe.skipIf(!USER_RUNS)(`a lab of an ordinary user (${USER_WHY})`, () => {
  it('has hosts, servers, DNS and a capture; a tap too where /dev/net/tun may be opened', async () => {
    const { child, said, temporary } = await holder('nobody');
    child.stdin.end();
    await ended(child);

    expect(said).toMatchObject({
      stdout: 'from the server',
      file: 'inside\n',
      statistics: { dropped: 0, cut: 0, unfinishedChecksums: 0 },
      tap: said.tunAllowed === true ? 'tap0' : 'LAB_NO_TUN',
    });
    if (ROOT) expect(said.uid).toBe(65534);
    await rm(temporary, { recursive: true });
  });
});

describe.skipIf(!ROOT)('a lab without the right to make one (needs root: run as root)', () => {
  it('says so, and what mends it', async () => {
    // A user namespace in which no network namespace may be made.
    const forbid = 'echo 0 > /proc/sys/user/max_net_namespaces && exec "$@"';
    const argv = ['--user', '--map-root-user', 'sh', '-c', forbid, 'sh', process.execPath, SCRIPT];
    const child = spawn('unshare', argv, {
      env: { PATH: '/usr/bin:/bin' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];

    expect(JSON.parse(line)).toMatchObject({
      error: { code: 'LAB_NO_RIGHTS', hint: expect.stringContaining('CAP_SYS_ADMIN') },
    });
  });
});
