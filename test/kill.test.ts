/** `kill -9` of a run leaves nothing: no process, no namespace, no mount, no temporary file. */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');
/** The kernel takes a lab away in well under a second; a loaded machine may need longer. */
const GONE_MS = 10_000;
const POLL_MS = 20;

/** Pids of all processes whose environment holds the mark: what the run started, however deep. Zombies hold none. */
async function marked(mark: string): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const environments = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '')),
  );
  return pids.filter((_, i) => environments[i]?.includes(mark));
}

async function commandOf(pid: number): Promise<string> {
  return (await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '')).replaceAll('\0', ' ');
}

async function until<T>(look: () => Promise<T | undefined>, what: string, ms: number): Promise<T> {
  for (const deadline = Date.now() + ms; Date.now() < deadline; await sleep(POLL_MS)) {
    const found = await look();
    if (found !== undefined) return found;
  }
  throw new Error(`waited ${ms} ms for ${what}`);
}

describe('kill -9 of pxebench run', () => {
  it('leaves no process, namespace, mount or temporary file', { timeout: 60_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pxebench-kill-'));
    try {
      const mark = `PXEBENCH_TEST=${folder}`;
      const mountsBefore = await readFile('/proc/self/mounts', 'utf8');
      await mkdir(join(folder, 'tmp'));
      const child = spawn(
        join(ROOT, 'bin', 'pxebench'),
        ['run', 'seed/bios-ipxe-to-pxelinux', '--server', 'seed', '--report', join(folder, 'report')],
        {
          cwd: folder,
          env: { ...process.env, TMPDIR: join(folder, 'tmp'), PXEBENCH_TEST: folder },
          stdio: 'ignore',
        },
      );
      // What runs inside the lab has an environment of the lab's own; its namespace tells that it is the run's.
      const own = await readlink('/proc/self/ns/net');
      const namespace = await until(
        async () => {
          for (const pid of (await Promise.all((await marked(mark)).map(descendants))).flat()) {
            const inside = await readlink(`/proc/${pid}/ns/net`).catch(() => own);
            // QEMU is also what tries KVM, outside of any lab.
            if (inside !== own && (await commandOf(pid)).includes('qemu-system')) return inside;
          }
          return undefined;
        },
        'QEMU to run in a lab',
        30_000,
      );
      const ours = await until(async () => marked(mark), 'processes', 1_000);
      expect(ours.length).toBeGreaterThan(1);

      process.kill(child.pid ?? -1, 'SIGKILL');

      await until(
        async () => ((await marked(mark)).length === 0 ? true : undefined),
        'every process to end',
        GONE_MS,
      );
      await until(
        async () => ((await inNamespace(namespace)).length === 0 ? true : undefined),
        'the lab to end',
        GONE_MS,
      );
      expect(await readFile('/proc/self/mounts', 'utf8')).toBe(mountsBefore);
      expect(await readdir(join(folder, 'tmp')).catch(() => [])).toEqual([]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

async function descendants(pid: number): Promise<readonly number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  const found: number[] = [];
  for (const child of children.split(' ').filter(Boolean).map(Number))
    found.push(child, ...(await descendants(child)));
  return found;
}

async function inNamespace(namespace: string): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const namespaces = await Promise.all(pids.map((pid) => readlink(`/proc/${pid}/ns/net`).catch(() => '')));
  return pids.filter((_, i) => namespaces[i] === namespace);
}
