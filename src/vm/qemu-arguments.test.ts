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

  it("takes the scenario's memory before the firmware's own", () => {
    expect(argumentsOf()).toContain(`-m ${bios.qemu.memory} `);
    expect(argumentsOf({ memory: 1024 })).toContain('-m 1024 ');
  });
});
