/** A server that is restarted and killed while a lab runs: a real web server in a real lab, no boots. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getuid } from 'node:process';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { seedLab } from '../lab/lab-spec.ts';
import { type Lab, startLab } from '../lab/start-lab.ts';
import { loadServer } from './server-spec.ts';
import { type RunningServer, startServer } from './start-server.ts';

const SERVERS = join(import.meta.dirname, '..', '..', 'servers');
const HTTPD = 'exec busybox httpd -f -p 80 -h /run/lab/server';
/** As a server with a stale pid file: it does not start where one was started before. */
const ONCE = `test -e /run/lab/once && exit 3; touch /run/lab/once; ${HTTPD}`;
const WAIT = { timeout: 20_000, interval: 100 };

async function started(script: string): Promise<{ readonly lab: Lab; readonly server: RunningServer }> {
  const folder = await mkdtemp(join(tmpdir(), 'pxebench-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const entry = `{ run: [sh, -c, "echo started; ${script}"], ready: { tcp: 80 } }`;
  await writeFile(join(folder, 'server.yaml'), `title: busybox\nhosts:\n  pxe:\n    - ${entry}\n`);
  await writeFile(join(folder, 'hello.txt'), 'hello');
  const lab = await startLab(seedLab());
  onTestFinished(() => lab[Symbol.asyncDispose]());
  const server = await startServer(await loadServer(folder, SERVERS), lab);
  onTestFinished(() => server[Symbol.asyncDispose]());
  return { lab, server };
}

async function hello(lab: Lab): Promise<string> {
  const url = 'http://10.188.0.10/hello.txt';
  return (await lab.run(['busybox', 'wget', '-q', '-O', '-', url], { host: 'gateway' })).stdout.trim();
}

const starts = (server: RunningServer): number => server.log().split('started').length - 1;

describe.skipIf(getuid?.() !== 0)('startServer (needs root: run as root)', { timeout: 60_000 }, () => {
  it('serves again after a restart, by new processes', async () => {
    const { lab, server } = await started(HTTPD);
    server.restart();
    await vi.waitFor(() => expect(starts(server)).toBe(2), WAIT);
    await vi.waitFor(async () => expect(await hello(lab)).toBe('hello'), WAIT);
  });

  it('is gone when killed, and serves again when it is to be back', async () => {
    const { lab, server } = await started(HTTPD);
    server.kill();
    await vi.waitFor(() => expect(hello(lab)).rejects.toMatchObject({ code: 'LAB_COMMAND_FAILED' }), WAIT);
    expect(starts(server)).toBe(1);

    const other = await started(HTTPD);
    other.server.kill(0);
    await vi.waitFor(() => expect(starts(other.server)).toBe(2), WAIT);
    await vi.waitFor(async () => expect(await hello(other.lab)).toBe('hello'), WAIT);
  });

  it('says so when it cannot be started again', async () => {
    const { server } = await started(ONCE);
    server.kill(0);
    expect((await server.exited).code).toBe('SUT_EXITED');
  });
});
