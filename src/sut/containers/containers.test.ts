/** Servers in containers: real engines, real images, real labs. */
import { execFile, spawn } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { commandFolders } from '../../lab/command-path.ts';
import { seedLab } from '../../lab/lab-spec.ts';
import { findMissing, formatMissing } from '../../lab/need.ts';
import { type Lab, startLab } from '../../lab/start-lab.ts';
import { serverNeeds } from '../server-needs.ts';
import { loadServer } from '../server-spec.ts';
import { type RunningServer, startServer } from '../start-server.ts';

const run = promisify(execFile);
const FOLDERS = commandFolders();
const SERVERS = join(import.meta.dirname, '..', '..', '..', 'servers');
const MISSING = await findMissing(serverNeeds(await loadServer('seed-in-container', SERVERS), FOLDERS));
const WHY = MISSING.length === 0 ? '' : ` (${formatMissing(MISSING)})`;
const HTTPD = '[busybox, httpd, -f, -vv, -p, "80", -h, /run/lab/server]';

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pxebench-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A server folder whose image is busybox and nothing else. */
async function busyboxServer(container: string, ready = '{ tcp: 80 }'): Promise<string> {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'image', 'bin'), { recursive: true });
  await copyFile('/bin/busybox', join(folder, 'image', 'bin', 'busybox'));
  await writeFile(join(folder, 'image', 'Dockerfile'), 'FROM scratch\nCOPY bin /bin\nENV WHO=image\n');
  await writeFile(join(folder, 'hello.txt'), 'hello from a container');
  const entry = `{ container: ${container}, ready: ${ready} }`;
  await writeFile(join(folder, 'server.yaml'), `title: busybox\nhosts:\n  pxe:\n    - ${entry}\n`);
  return folder;
}

async function started(folder: string): Promise<{ readonly lab: Lab; readonly server: RunningServer }> {
  const lab = await startLab(seedLab());
  onTestFinished(() => lab[Symbol.asyncDispose]());
  const server = await startServer(await loadServer(folder, SERVERS), lab);
  onTestFinished(() => server[Symbol.asyncDispose]());
  return { lab, server };
}

async function fetched(lab: Lab, url: string): Promise<string> {
  const script = `fetch('${url}').then((r) => r.text()).then(console.log)`;
  return (await lab.run([process.execPath, '-e', script], { host: 'gateway' })).stdout.trim();
}

/** An engine as a machine has one, with one image; in namespaces that end with the test. Resolves with its DOCKER_HOST. */
async function machineEngine(image: string): Promise<string> {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'root', 'bin'), { recursive: true });
  await copyFile('/bin/busybox', join(folder, 'root', 'bin', 'busybox'));
  await symlink('busybox', join(folder, 'root', 'bin', 'sh'));
  await run('tar', ['-C', join(folder, 'root'), '-cf', join(folder, 'root.tar'), '.']);
  const script = [
    'mount -t tmpfs engine /run',
    `dockerd --bridge=none --iptables=false --ip6tables=false --exec-opt native.cgroupdriver=cgroupfs -H unix://${folder}/docker.sock 2>&1 &`,
    'wait',
  ].join('\n');
  const child = spawn(
    'unshare',
    ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', 'sh', '-c', script],
    { env: { PATH: FOLDERS.join(':') }, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  onTestFinished(async () => {
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGKILL');
    await ended;
  });
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.includes('API listen on')) break;
  }
  const host = `unix://${folder}/docker.sock`;
  await docker(host, 'import', join(folder, 'root.tar'), image);
  return host;
}

function docker(host: string, ...words: readonly string[]): Promise<{ readonly stdout: string }> {
  return run('docker', ['--host', host, ...words], { env: { PATH: FOLDERS.join(':') } });
}

afterEach(() => void vi.unstubAllEnvs());

describe.skipIf(MISSING.length > 0)(`startServer, of containers${WHY}`, () => {
  it('serves from an image that a Dockerfile makes, on the network of the lab', async () => {
    const folder = await busyboxServer(`{ build: image, run: ${HTTPD}, environment: { WHO: server.yaml } }`);
    const { lab, server } = await started(folder);
    expect(await fetched(lab, 'http://pxe.example.com/hello.txt')).toBe('hello from a container');
    expect(server.log()).toContain('== pxe: container image busybox');
    expect(server.log()).toContain('url:/hello.txt');
    expect((await lab.run(['ip', '-o', 'link'], { host: 'pxe' })).stdout).not.toContain('docker0');
  });

  it("serves from an image of the machine's engine, and leaves that engine as it was", async () => {
    const host = await machineEngine('example/httpd:1');
    vi.stubEnv('DOCKER_HOST', host);
    const { lab } = await started(
      await busyboxServer(`{ image: "example/httpd:1", run: ${HTTPD}, mounts: { /etc/hello: hello.txt } }`),
    );
    expect(await fetched(lab, 'http://pxe.example.com/hello.txt')).toBe('hello from a container');
    expect((await docker(host, 'ps', '--all', '--quiet')).stdout).toBe('');
  });

  it('says whose image it is that cannot be had, and what brings it', async () => {
    vi.stubEnv('DOCKER_HOST', await machineEngine('example/httpd:1'));
    const folder = await busyboxServer('{ image: "example/other:2" }');
    await expect(started(folder)).rejects.toMatchObject({
      code: 'SUT_NO_IMAGE',
      message: expect.stringMatching(/^image example\/other:2: .*example\/other:2/),
      hint: 'docker pull example/other:2, or docker load',
    });
  });

  it('says that no engine answers, and where it was looked for', async () => {
    vi.stubEnv('DOCKER_HOST', 'unix:///nowhere/docker.sock');
    const folder = await busyboxServer('{ image: "example/other:2" }');
    await expect(started(folder)).rejects.toMatchObject({
      code: 'SUT_NO_IMAGE',
      message: expect.stringContaining('/nowhere/docker.sock'),
      hint: expect.stringContaining('DOCKER_HOST'),
    });
  });

  it('gives the last words and the status of a container that ends before it serves', async () => {
    const folder = await busyboxServer(
      '{ build: image, run: [busybox, sh, -c, "echo no configuration; exit 7"] }',
    );
    await expect(started(folder)).rejects.toMatchObject({
      code: 'SUT_EXITED',
      message: expect.stringMatching(/container image busybox ended before it served.*no configuration/s),
    });
  });

  it('gives the words of the engine for an image that cannot be built', async () => {
    const folder = await busyboxServer('{ build: image }');
    await writeFile(join(folder, 'image', 'Dockerfile'), 'FROM scratch\nCOPY nothing /\n');
    await expect(started(folder)).rejects.toMatchObject({
      code: 'SUT_EXITED',
      message: expect.stringMatching(/COPY failed.*nothing/s),
    });
  });

  it('kills a container, and starts it again, as a fault of a scenario does', async () => {
    const folder = await busyboxServer(`{ build: image, run: ${HTTPD} }`);
    const { lab, server } = await started(folder);
    server.kill(0);
    // The second one has another log of its own behind the first.
    await expect
      .poll(() => server.log().split('== pxe: container image busybox').length, { timeout: 15_000 })
      .toBe(3);
    await expect
      .poll(() => fetched(lab, 'http://pxe.example.com/hello.txt').catch(() => ''), { timeout: 15_000 })
      .toBe('hello from a container');
  });
});
