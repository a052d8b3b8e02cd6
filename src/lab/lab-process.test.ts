import { once } from 'node:events';
import { readlink } from 'node:fs/promises';
import { getuid } from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LabProcess } from './lab-process.ts';
import { SEED_LAB } from './lab-spec.ts';
import { type Lab, startLab } from './start-lab.ts';
import { forLog, waitFor } from './wait.ts';

describe.skipIf(getuid?.() !== 0)('LabProcess (needs root: run as root)', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab(SEED_LAB);
  });
  afterAll(() => lab[Symbol.asyncDispose]());

  const sleeper = async (): Promise<LabProcess> => {
    const process = await lab.spawn(['sleep', '1000'], { host: 'pxe' });
    // spawn() resolves when the process is there, a moment before it becomes the command.
    await expect.poll(() => readlink(`/proc/${process.pid}/exe`)).toMatch(/sleep|coreutils|busybox/);
    return process;
  };
  const gone = async (pid: number): Promise<boolean> =>
    readlink(`/proc/${pid}/exe`).then(
      () => false,
      () => true,
    );

  it('has the pid of the command itself, in its host and in the lab', async () => {
    const process = await sleeper();

    expect(await readlink(`/proc/${process.pid}/ns/pid`)).toBe(await readlink(`/proc/${lab.pid}/ns/pid`));
    expect(await readlink(`/proc/${process.pid}/ns/net`)).not.toBe(await readlink(`/proc/${lab.pid}/ns/net`));
    expect(process.label).toBe('pxe: sleep');
    process.kill('SIGKILL');
    await process.exited;
  });

  it('gets signals, and ends as the command ended', async () => {
    const process = await lab.spawn(['sh', '-c', "trap 'exit 5' TERM; echo up; while :; do read -r _; done"]);
    await waitFor(forLog('up'), process, 10_000);

    expect(process.kill()).toBe(true);
    process.stdin?.write('\n');
    expect(await process.exited).toEqual({ code: 5, signal: null });
    expect(process.kill()).toBe(false);

    const other = await sleeper();
    other.kill('SIGKILL');
    expect(await other.exited).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('has a process group of its own: what a server sends to all of it reaches no other, and SIGKILL reaches all of it', async () => {
    // As Apache ends, which then takes its pid file away.
    const server = await lab.spawn(['sh', '-c', "trap 'exit 7' TERM; kill -TERM 0; sleep 1000"]);
    expect(await server.exited).toEqual({ code: 7, signal: null });

    const parent = await lab.spawn(['sh', '-c', 'sleep 1000 & echo child $!; wait']);
    await waitFor(forLog(/child \d+/), parent, 5_000);
    const child = /child (\d+)/.exec(parent.output.recent())?.[1];
    parent.kill('SIGKILL');
    await parent.exited;
    await expect
      .poll(async () => (await lab.run(['sh', '-c', `kill -0 ${child} 2>&1 || echo gone`])).stdout)
      .toContain('gone');
  });

  it('ends with nsenter', async () => {
    const process = await sleeper();
    process.child.kill('SIGKILL');
    await process.exited;

    await expect.poll(() => gone(process.pid)).toBe(true);
  });

  it('keeps what a short-lived command wrote, and gives raw bytes to whoever wants them', async () => {
    const process = await lab.spawn(['sh', '-c', 'echo one; echo two >&2']);
    await process.closed;
    expect(process.output.recent().split('\n').sort()).toEqual(['', 'one', 'two']);

    const raw = await lab.spawn(['printf', '\\377\\000'], { rawStdout: true });
    await raw.closed;
    expect(Buffer.concat((await raw.stdout?.toArray()) ?? [])).toEqual(Buffer.from([255, 0]));
    expect(raw.output.recent()).toBe('');
  });

  it('has further descriptors, and not the one that announced it', async () => {
    // It waits for us: what a process leaves in a pipe that nobody reads yet is gone with it.
    const script = 'read -r _; echo three >&3; [ -e /proc/$$/fd/4 ] || echo closed';
    const process = await lab.spawn(['sh', '-c', script], { stdio: ['pipe', 'pipe', 'pipe', 'pipe'] });
    const written = once(process.child.stdio[3] ?? process.child, 'data');
    process.stdin?.end('\n');
    const [chunk] = (await written) as [Buffer];
    await process.closed;

    expect(chunk.toString()).toBe('three\n');
    expect(process.output.recent()).toBe('closed\n');
  });

  it('knows an environment that does not depend on ours', async () => {
    const { stdout } = await lab.run(['env'], { env: { EXTRA: '1' }, cwd: '/' });
    const names = stdout
      .split('\n')
      .map((line) => line.split('=')[0])
      .filter((name) => !/^(PWD|OLDPWD|SHLVL|_|)$/.test(name ?? ''));

    expect(names.sort()).toEqual(['EXTRA', 'HOME', 'LC_ALL', 'PATH', 'TMPDIR']);
  });
});
