import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commandFolders } from '../lab/command-path.ts';
import { findMissing } from '../lab/need.ts';
import { loadFirmware } from './firmware.ts';
import { vmNeeds } from './vm-needs.ts';

const CATALOGUE = resolve(import.meta.dirname, '..', '..', 'vm', 'firmware');

describe('vmNeeds', () => {
  it('lacks nothing where the firmware boots', async () => {
    for (const id of ['bios-ipxe', 'uefi-x64']) {
      const needs = vmNeeds(await loadFirmware(id, CATALOGUE), commandFolders());
      expect(await findMissing(needs)).toEqual([]);
    }
  });

  it('names QEMU and each file that is missing, with the package that brings it', async () => {
    const uefi = await loadFirmware('uefi-x64', CATALOGUE);
    const firmware = { file: '/usr/share/OVMF/NONE.fd', package: 'ovmf' };
    const needs = vmNeeds({ ...uefi, qemu: { ...uefi.qemu, firmware } }, ['/no/such/folder']);
    expect(await findMissing(needs)).toMatchObject([
      { what: 'command qemu-system-x86_64', package: 'qemu-system-x86', found: 'not in /no/such/folder' },
      { what: '/usr/share/OVMF/NONE.fd', package: 'ovmf', why: 'firmware uefi-x64' },
    ]);
  });
});
