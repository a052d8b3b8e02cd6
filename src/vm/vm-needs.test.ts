import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commandFolders } from '../lab/command-path.ts';
import { findMissing } from '../lab/need.ts';
import { loadFirmware } from './firmware.ts';
import { firmwarePaths } from './firmware-paths.ts';
import { vmNeeds } from './vm-needs.ts';

const CATALOGUE = resolve(import.meta.dirname, '..', '..', 'vm', 'firmware');

async function temporaryFolder() {
  const path = await mkdtemp(join(tmpdir(), 'pxebench-test-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

describe('vmNeeds', () => {
  it('lacks nothing where the firmware boots', async () => {
    for (const id of ['bios-ipxe', 'uefi-x64']) {
      const needs = vmNeeds(await loadFirmware(id, CATALOGUE), commandFolders());
      expect(await findMissing(needs)).toEqual([]);
    }
  });

  it('lacks a firmware that is to come from a folder which has no file of it', async () => {
    await using folder = await temporaryFolder();
    const uefi = await loadFirmware('uefi-x64', CATALOGUE, folder.path);
    expect(await findMissing(vmNeeds(uefi, commandFolders()))).toMatchObject([
      {
        what: `a file of firmware uefi-x64 below ${folder.path}`,
        remedy: expect.stringContaining('ovmf'),
      },
    ]);
    await mkdir(join(folder.path, 'usr/share/OVMF'), { recursive: true });
    const code = join(folder.path, 'usr/share/OVMF/OVMF_CODE_4M.fd');
    await writeFile(code, 'another build');
    expect(await findMissing(vmNeeds(uefi, commandFolders()))).toEqual([]);
    // What is not there is the machine's own.
    expect(await firmwarePaths(uefi)).toMatchObject({
      code,
      variables: '/usr/share/OVMF/OVMF_VARS_4M.fd',
    });
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
