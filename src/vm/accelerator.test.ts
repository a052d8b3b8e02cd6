import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { probeAccelerator, rememberedProbe } from './accelerator.ts';
import { PROBE_EXIT_STATUS } from './guest/probe-sector.ts';

/** A folder with a command `qemu` that does what `script` says and notes each of its starts. */
async function fakeQemu(script: string) {
  const folder = await mkdtemp(join(tmpdir(), 'pxebench-test-'));
  const program = join(folder, 'qemu');
  await writeFile(program, `#!/bin/sh\necho started >>'${folder}/starts'\n${script}\n`);
  await chmod(program, 0o755);
  return {
    folder,
    // Something that may be opened, as /dev/kvm may where it is of use and where it is not.
    options: { program, device: '/dev/null', milliseconds: 300 },
    starts: async () => (await readFile(join(folder, 'starts'), 'utf8')).trim().split('\n').length,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

describe('probeAccelerator', () => {
  it('decides on this machine within its deadline, and leaves no file', async () => {
    const began = performance.now();
    const { name, because } = await probeAccelerator();
    expect(performance.now() - began).toBeLessThan(3_000);
    expect(because).toContain('/dev/kvm');
    if (!existsSync('/dev/kvm')) expect(name).toBe('tcg');
    expect(existsSync(join(tmpdir(), `pxebench-probe-${process.pid}`))).toBe(false);
  });

  it('takes KVM for useless where the guest hangs', async () => {
    await using qemu = await fakeQemu('exec sleep 20');
    expect(await probeAccelerator(qemu.options)).toEqual({
      name: 'tcg',
      because: '/dev/null is there, but a guest of one sector did not end within 0.3 s',
    });
  });

  it("gives QEMU's last words where KVM refuses to work", async () => {
    await using qemu = await fakeQemu('echo "failed to initialize kvm: Permission denied" >&2; exit 1');
    expect(await probeAccelerator(qemu.options)).toMatchObject({
      name: 'tcg',
      because: expect.stringContaining('status 1: failed to initialize kvm: Permission denied'),
    });
  });

  it('believes in KVM when the guest ran to its end', async () => {
    await using qemu = await fakeQemu(`exit ${PROBE_EXIT_STATUS}`);
    expect(await probeAccelerator({ ...qemu.options, milliseconds: 5_000 })).toMatchObject({ name: 'kvm' });
  });

  it('does not try where the device may not be opened', async () => {
    expect(await probeAccelerator({ device: '/dev/no-such-kvm' })).toMatchObject({
      name: 'tcg',
      because: '/dev/no-such-kvm is not there, or may not be opened',
    });
  });
});

describe('rememberedProbe', () => {
  it('tries once for each start of the machine', async () => {
    await using qemu = await fakeQemu('exec sleep 20');
    const first = await rememberedProbe(qemu.folder, qemu.options);
    expect(await rememberedProbe(qemu.folder, qemu.options)).toEqual(first);
    expect(await qemu.starts()).toBe(1);

    const memory = join(qemu.folder, 'accelerator.json');
    await writeFile(
      memory,
      (await readFile(memory, 'utf8')).replace(/"bootId":"[^"]*"/, '"bootId":"another"'),
    );
    await rememberedProbe(qemu.folder, qemu.options);
    expect(await qemu.starts()).toBe(2);
  });

  it('tries again where what it remembers cannot be read, and works where it cannot remember', async () => {
    await using qemu = await fakeQemu('exec sleep 20');
    await writeFile(join(qemu.folder, 'accelerator.json'), '{"bootId": ');
    await rememberedProbe(qemu.folder, qemu.options);
    await rememberedProbe(join(qemu.folder, 'no', 'such', 'folder'), qemu.options);
    expect(await qemu.starts()).toBe(2);
  });

  it('does not remember that QEMU could not run: it may be mended by then', async () => {
    await using qemu = await fakeQemu('exit 127');
    await rememberedProbe(qemu.folder, qemu.options);
    await rememberedProbe(qemu.folder, qemu.options);
    expect(await qemu.starts()).toBe(2);
  });

  it('sees at once that KVM has gone', async () => {
    await using qemu = await fakeQemu(`exit ${PROBE_EXIT_STATUS}`);
    const options = { ...qemu.options, milliseconds: 5_000 };
    expect(await rememberedProbe(qemu.folder, options)).toMatchObject({ name: 'kvm' });
    const gone = { ...options, device: '/dev/no-such-kvm' };
    expect(await rememberedProbe(qemu.folder, gone)).toMatchObject({ name: 'tcg' });
  });
});
