/** What an ordinary user is told who lacks something: all of it, before anything is started. */
import { execFile } from 'node:child_process';
import { chmod, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  asNobody,
  HAS_UIDMAP,
  ROOT,
  SUBORDINATE_IDS,
  UIDMAP_WHY,
  userRuns,
} from '../src/lab/testing/as-nobody.ts';

const CHECKOUT = resolve(import.meta.dirname, '..');
const PXEBENCH = join(CHECKOUT, 'bin', 'pxebench');
const RUNS = ROOT && HAS_UIDMAP && userRuns(PXEBENCH);

/** The seed server whose dnsmasq becomes another user, as it does unless told otherwise. */
async function serverThatChangesItsUser(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pxebench-user-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await cp(join(CHECKOUT, 'servers', 'seed'), folder, { recursive: true });
  const file = join(folder, 'server.yaml');
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace('ready: { udp: 67 }', 'ready: { udp: 67 }\n      changes-user: always'));
  await chmod(folder, 0o755);
  return folder;
}

/** As on a machine where /dev/net/tun is not for everybody, whatever this one is like. */
const NO_TUN = ['unshare', '--mount', '--', 'sh', '-c', 'mount -t tmpfs none /dev/net && exec "$@"', 'sh'];

async function runAs(wrapper: readonly string[], ...argv: readonly string[]) {
  const [file = '', ...rest] = [...NO_TUN, ...wrapper, PXEBENCH, ...argv];
  return new Promise<{ status: unknown; out: string; err: string }>((done) => {
    // Node may be anywhere: set-up takes the one in PATH where that is new enough.
    const env = { PATH: `${dirname(process.execPath)}:/usr/bin:/bin` };
    execFile(file, rest, { env }, (error, out, err) => done({ status: error?.code ?? 0, out, err }));
  });
}

describe.skipIf(!RUNS)(`pxebench run by an ordinary user (${UIDMAP_WHY})`, () => {
  it('says at once that there is no tap and no other user id, and the commands that mend both', async () => {
    const server = await serverThatChangesItsUser();
    const { status, err } = await runAs(asNobody(''), 'run', 'seed/boot2-url-is-cut', '--server', server);

    expect(status).toBe(3);
    expect(err).toMatch(/ {2}\/dev\/net\/tun: ENOENT: no such file or directory \(/);
    expect(err).toContain(
      'subordinate ids: /etc/subuid has no line for nobody, /etc/subgid has no line for nobody',
    );
    expect(err).toMatch(/^remedy: sudo modprobe tun/m);
    expect(err).toMatch(/^sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 nobody$/m);
  });

  // A boot of 2 to 5 s: that a link needs no tap shows only where there is none.
  it('boots a machine on a link where there is no tap', { timeout: 90_000 }, async () => {
    const report = await mkdtemp(join(tmpdir(), 'pxebench-user-'));
    onTestFinished(() => rm(report, { recursive: true }));
    await chmod(report, 0o777);
    const argv = ['run', 'faults/offer-lost', '--server', 'reference', '--report', report];
    // vitest keeps something in the user's home, and nobody has none.
    const user = [...asNobody(''), 'env', `HOME=${report}`];
    const { status, out } = await runAs(user, ...argv);

    expect(out).toMatch(/1 frame {2}lose dhcp offer, first 1/);
    expect(status).toBe(0);
  });

  it('does not ask for what is there, nor for what the server can do without', async () => {
    const server = await serverThatChangesItsUser();
    const scenario = 'seed/boot2-url-is-cut';
    const withIds = await runAs(asNobody(SUBORDINATE_IDS), 'run', scenario, '--server', server);
    const seed = await runAs(asNobody(''), 'run', scenario, '--server', 'seed');

    for (const { status, err } of [withIds, seed]) {
      expect(status).toBe(3);
      expect(err).toContain('/dev/net/tun');
      expect(err).not.toContain('subordinate');
    }
  });
});
