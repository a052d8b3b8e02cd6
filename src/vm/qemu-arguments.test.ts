import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mac } from '../wire/address.ts';
import { loadFirmware } from './firmware.ts';
import { type QemuSpec, qemuArguments } from './qemu-arguments.ts';

const CATALOGUE = resolve(import.meta.dirname, '..', '..', 'vm', 'firmware');
const bios = await loadFirmware('bios-ipxe', CATALOGUE);
const uefi = await loadFirmware('uefi-x64', CATALOGUE);

function argumentsOf(over: Partial<QemuSpec> = {}): string {
  const spec: QemuSpec = {
    firmware: bios,
    files: {},
    accelerator: 'tcg',
    mac: mac('52:54:00:00:00:01'),
    identity: {},
    tap: 'tap0',
    ...over,
  };
  return qemuArguments(spec).join(' ');
}

describe('qemuArguments', () => {
  it('gives the machine its identity, with commas as QEMU wants them', () => {
    const identity = {
      uuid: '4c4c4544-0039-4e10-804e-b9c04f4d344a',
      manufacturer: 'Example, Inc.',
      product: 'Model=1',
      serial: '',
      asset: 'a,b',
    };
    const line = argumentsOf({ identity });
    expect(line).toContain(
      '-smbios type=1,manufacturer=Example,, Inc.,product=Model=1,serial=,uuid=4c4c4544-0039-4e10-804e-b9c04f4d344a',
    );
    expect(line).toContain('-smbios type=3,asset=a,,b');
    expect(argumentsOf()).not.toContain('-smbios');
  });

  it("keeps QEMU's own iPXE ROM away from a client that is to be dumb", () => {
    expect(argumentsOf({ firmware: uefi })).toMatch(/virtio-net-pci,netdev=net0,\S*romfile=,bootindex=1/);
    expect(argumentsOf({ files: { nicRom: '/roms/x,y.rom' } })).toContain('romfile=/roms/x,,y.rom');
  });

  it('waits, switched off, for a program, and starts at once for a person', () => {
    expect(argumentsOf({ qmpDescriptor: 3 })).toMatch(/ -S .*socket,id=qmp,fd=3/);
    expect(argumentsOf()).not.toMatch(/ -S |qmp/);
  });

  it('passes on settings that firmware reads from QEMU', () => {
    const qemu = { ...uefi.qemu, 'fw-cfg': { 'opt/org.tianocore/IPv4PXESupport': 'no', 'opt/x': 'a,b' } };
    const line = argumentsOf({ firmware: { ...uefi, qemu } });
    expect(line).toContain('-fw_cfg name=opt/org.tianocore/IPv4PXESupport,string=no');
    expect(line).toContain('-fw_cfg name=opt/x,string=a,,b');
    expect(argumentsOf({ firmware: uefi })).not.toContain('-fw_cfg');
  });

  it('starts firmware from a flash, as a BIOS or as a kernel', () => {
    expect(argumentsOf({ files: { code: '/f/code', variables: '/f/vars' } })).toContain(
      '-drive if=pflash,unit=0,format=raw,readonly=on,file=/f/code -drive if=pflash,unit=1,format=raw,file=/f/vars',
    );
    expect(argumentsOf({ files: { bios: '/f/u-boot.bin' } })).toContain(' -bios /f/u-boot.bin ');
    expect(argumentsOf({ files: { kernel: '/f/uboot.elf' } })).toContain(' -kernel /f/uboot.elf ');
    expect(argumentsOf()).not.toMatch(/ -bios | -kernel |pflash/);
  });

  it('gives no screen to a machine that has none', () => {
    expect(argumentsOf()).toContain('-device VGA');
    const qemu = { ...bios.qemu, screen: 'none' as const };
    expect(argumentsOf({ firmware: { ...bios, qemu } })).not.toContain('VGA');
  });

  it.each([
    { id: 'slof-ppc64', part: '-machine pseries,graphics=off' },
    { id: 's390x-ccw', part: '-device virtio-net-ccw,netdev=net0,mac=52:54:00:00:00:01,bootindex=1' },
    { id: 'uefi-arm32', part: '-machine virt,highmem=off,graphics=off,accel=tcg -cpu cortex-a15' },
    {
      id: 'bios-ipxe-virtio',
      part: '-device virtio-net-pci,netdev=net0,mac=52:54:00:00:00:01 -boot order=nc',
    },
  ])('starts $id by $part', async ({ id, part }) => {
    expect(argumentsOf({ firmware: await loadFirmware(id, CATALOGUE) })).toContain(part);
  });

  it("takes the scenario's memory before the firmware's own", () => {
    expect(argumentsOf()).toContain(`-m ${bios.qemu.memory} `);
    expect(argumentsOf({ memory: 1024 })).toContain('-m 1024 ');
  });
});
