import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { getuid } from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SEED_LAB } from '../lab/lab-spec.ts';
import { type Lab, startLab } from '../lab/start-lab.ts';
import { mac } from '../wire/address.ts';
import { type Firmware, loadFirmware } from './firmware.ts';
import { type MachineChange, startVm, type VmSpec } from './start-vm.ts';

const CATALOGUE = resolve(import.meta.dirname, '..', '..', 'vm', 'firmware');
const PNG_SIGNATURE = '89504e470d0a1a0a';

type Heard = { readonly what: string; readonly timeNs: bigint };

/** Keeps what a machine tells, and lets a test wait for it. */
function ear() {
  const heard: Heard[] = [];
  const waiting = new Map<string, PromiseWithResolvers<bigint>>();
  const hear = (what: string, timeNs: bigint): void => {
    heard.push({ what, timeNs });
    for (const [part, promise] of waiting) if (what.includes(part)) promise.resolve(timeNs);
  };
  return {
    heard,
    consoleLine: hear,
    changed: (what: MachineChange, timeNs: bigint) => hear(`machine: ${what}`, timeNs),
    until: (part: string): Promise<bigint> => {
      const promise = Promise.withResolvers<bigint>();
      const already = heard.find(({ what }) => what.includes(part));
      if (already !== undefined) promise.resolve(already.timeNs);
      waiting.set(part, promise);
      return promise.promise;
    },
  };
}

describe.skipIf(getuid?.() !== 0)('startVm (needs root: run as root)', () => {
  let lab: Lab;
  let bios: Firmware;
  beforeAll(async () => {
    [lab, bios] = await Promise.all([startLab(SEED_LAB), loadFirmware('bios-ipxe', CATALOGUE)]);
  });
  afterAll(() => lab[Symbol.asyncDispose]());

  const spec = (over: Partial<VmSpec> = {}): VmSpec => ({
    firmware: bios,
    accelerator: 'tcg',
    mac: mac('52:54:00:00:00:01'),
    ...over,
  });
  const withQemu = (over: Partial<Firmware['qemu']>): VmSpec =>
    spec({ firmware: { ...bios, qemu: { ...bios.qemu, ...over } } });

  it('boots nothing before it is switched on; then the console speaks, and the screen can be taken', async () => {
    const told = ear();
    await using vm = await startVm(spec(), told, lab);
    expect(told.heard).toEqual([]);
    const before = BigInt(Date.now()) * 1_000_000n;
    await vm.powerOn();
    await told.until('Features: DNS HTTP');

    expect(told.heard[0]?.what).toBe('machine: power-on');
    const times = told.heard.map(({ timeNs }) => timeNs);
    expect(times).toEqual(times.toSorted((a, b) => Number(a - b)));
    expect(times[0]).toBeGreaterThanOrEqual(before);
    expect(vm.consoleText()).toContain('Open Source Network Boot Firmware -- http');
    expect(vm.consoleText()).not.toContain('\x1b');
    expect(Buffer.from(vm.consoleRaw()).toString('latin1')).toContain('\x1b[');

    const png = Buffer.from((await vm.screenshot()) ?? []);
    expect(png.subarray(0, 8).toString('hex')).toBe(PNG_SIGNATURE);
    // The IHDR chunk begins with width and height: 80 by 25 characters of 9 by 16 points.
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([720, 400]);
  });

  it('boots from the disk what cannot be booted from the network', async () => {
    const told = ear();
    await using vm = await startVm(
      { ...withQemu({ 'nic-rom': 'none' }), diskSays: 'from the disk' },
      told,
      lab,
    );
    await vm.powerOn();
    await told.until('from the disk');
    expect(told.heard.map(({ what }) => what)).toContain('from the disk');
  });

  it("gives QEMU's own words and the command to try by hand when QEMU does not start", async () => {
    await expect(startVm(withQemu({ machine: 'no-such-machine' }), ear(), lab)).rejects.toMatchObject({
      code: 'VM_START_FAILED',
      message: expect.stringMatching(/exit status 1; it said: .*unsupported machine type/s),
      hint: expect.stringContaining('no-such-machine'),
    });
  });

  it('names the package of a firmware file that is not there', async () => {
    const firmware = { file: '/usr/share/no/such.fd', package: 'no-such-package' };
    await expect(startVm(withQemu({ firmware }), ear(), lab)).rejects.toMatchObject({
      code: 'VM_MISSING_FIRMWARE',
      message: expect.stringContaining('/usr/share/no/such.fd'),
      hint: expect.stringContaining('no-such-package'),
    });
  });

  it('names the package of a QEMU that is not there', async () => {
    const missing = withQemu({ program: 'qemu-system-none', package: 'qemu-system-none' });
    await expect(startVm(missing, ear(), lab)).rejects.toMatchObject({
      code: 'VM_MISSING_PROGRAM',
      message: expect.stringContaining('qemu-system-none'),
      hint: expect.stringContaining('make setup'),
    });
  });

  it('tells of a QEMU that ends during the boot', async () => {
    await using vm = await startVm(spec(), ear(), lab);
    await vm.powerOn();
    process.kill(vm.pid, 'SIGKILL');
    expect(await vm.failed).toMatchObject({
      code: 'VM_EXITED',
      message: expect.stringMatching(/SIGKILL/),
    });
    await expect(vm.screenshot()).rejects.toMatchObject({ code: 'VM_QMP' });
  });

  it('leaves no process, and ends at once', async () => {
    const told = ear();
    const vm = await startVm(spec(), told, lab);
    await vm.powerOn();
    await told.until('SeaBIOS');
    const began = performance.now();
    await vm[Symbol.asyncDispose]();
    expect(performance.now() - began).toBeLessThan(500);
    expect(existsSync(`/proc/${vm.pid}`)).toBe(false);
  });

  it('gives each machine variables and a disk of its own', async () => {
    const uefi = await loadFirmware('uefi-x64', CATALOGUE);
    const machines = await Promise.all([1, 2].map(() => startVm(spec({ firmware: uefi }), ear(), lab)));
    const lines = await Promise.all(machines.map(({ pid }) => readFile(`/proc/${pid}/cmdline`, 'latin1')));
    const variables = lines.map((line) => /file=([^\0]*variables\.fd)/.exec(line)?.[1]);
    expect(new Set(variables).size).toBe(2);
    for (const vm of machines) await vm[Symbol.asyncDispose]();
  });
});
