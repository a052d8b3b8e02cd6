import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listFirmware, loadFirmware } from './firmware.ts';
import { firmwareFiles, firmwarePaths } from './firmware-paths.ts';

const CATALOGUE = resolve(import.meta.dirname, '..', '..', 'vm', 'firmware');
const GOOD = `title: A machine
client: dumb
architecture: 7
qemu: { program: qemu-system-x86_64, package: qemu-system-x86, machine: q35, memory: 64, nic: e1000 }
budget: 60
`;

async function catalogueWith(text: string) {
  const folder = await mkdtemp(join(tmpdir(), 'pxebench-test-'));
  await writeFile(join(folder, 'one.yaml'), text);
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

describe('the catalogue', () => {
  it('has entries that all fit the schema', async () => {
    const ids = await listFirmware(CATALOGUE);
    expect(ids).toEqual(expect.arrayContaining(['bios-ipxe', 'uefi-x64']));
    for (const id of ids) expect(await loadFirmware(id, CATALOGUE)).toMatchObject({ id });
  });

  it('has one client that is iPXE from its first packet, and a dumb one without an iPXE ROM', async () => {
    expect(await loadFirmware('bios-ipxe', CATALOGUE)).toMatchObject({ client: 'ipxe', architecture: 0 });
    expect(await loadFirmware('uefi-x64', CATALOGUE)).toMatchObject({
      client: 'dumb',
      architecture: 7,
      qemu: { 'nic-rom': 'none' },
    });
  });
});

describe('loadFirmware', () => {
  it('names the nearest id for one that is not there', async () => {
    await expect(loadFirmware('bios-ipx', CATALOGUE)).rejects.toMatchObject({
      code: 'CONFIG_REFERENCE',
      problems: [{ message: 'no firmware "bios-ipx"', hint: 'did you mean "bios-ipxe"?' }],
    });
  });

  it.each([
    { name: 'an unknown key', text: `${GOOD}bugdet: 3\n`, field: 'bugdet', line: 6 },
    { name: 'a client of no kind', text: GOOD.replace('dumb', 'clever'), field: 'client', line: 2 },
    {
      name: 'an architecture that is no number',
      text: GOOD.replace('7', 'x64'),
      field: 'architecture',
      line: 3,
    },
    { name: 'a missing network card', text: GOOD.replace(', nic: e1000', ''), field: 'qemu.nic', line: 4 },
    {
      name: 'a file that is no absolute path',
      text: GOOD.replace('nic: e1000', 'nic: e1000, firmware: { file: OVMF.fd, package: ovmf }'),
      field: 'qemu.firmware.file',
      line: 4,
    },
  ])('names file, line and field for $name', async ({ text, field, line }) => {
    await using catalogue = await catalogueWith(text);
    await expect(loadFirmware('one', catalogue.folder)).rejects.toMatchObject({
      code: 'CONFIG_SCHEMA',
      file: join(catalogue.folder, 'one.yaml'),
      problems: [{ field, line }],
    });
  });
});

describe('a file with further network cards', () => {
  const NICS = `nics:
  one: { title: Another card, nic: rtl8139 }
  two: { title: A third card, nic: pcnet, nic-rom: none, budget: 7, notes: slow, needs: [{ file: /x, package: y }] }
`;

  it('is an entry for each, with what is its own in place of what is the same', async () => {
    await using catalogue = await catalogueWith(
      `${GOOD.replace('nic: e1000', 'nic: e1000, nic-rom: { file: /a, package: b }')}${NICS}`,
    );
    expect(await listFirmware(catalogue.folder)).toEqual(['one', 'one-one', 'one-two']);
    const entry = await loadFirmware('one-one', catalogue.folder);
    expect(entry).toMatchObject({ id: 'one-one', title: 'Another card', architecture: 7, budget: 60 });
    // The other card's ROM would not fit.
    expect(entry.qemu).toEqual(expect.not.objectContaining({ 'nic-rom': expect.anything() }));
    expect(await loadFirmware('one-two', catalogue.folder)).toMatchObject({
      budget: 7,
      notes: 'slow',
      qemu: { machine: 'q35', nic: 'pcnet', 'nic-rom': 'none', needs: [{ file: '/x', package: 'y' }] },
    });
  });

  it('names the nearest id for a card that is not there', async () => {
    await using catalogue = await catalogueWith(`${GOOD}${NICS}`);
    await expect(loadFirmware('one-tow', catalogue.folder)).rejects.toMatchObject({
      problems: [{ message: 'no firmware "one-tow"', hint: 'did you mean "one-two"?' }],
    });
  });

  it('may not take the name of another file', async () => {
    await using catalogue = await catalogueWith(`${GOOD}${NICS}`);
    await writeFile(join(catalogue.folder, 'one-two.yaml'), GOOD);
    await expect(listFirmware(catalogue.folder)).rejects.toMatchObject({
      code: 'CONFIG_REFERENCE',
      problems: [{ message: 'two entries are called "one-two"' }],
    });
  });
});

describe('firmwarePaths', () => {
  it('finds every file of the catalogue on this machine', async () => {
    const bios = await firmwarePaths(await loadFirmware('bios-ipxe', CATALOGUE));
    const uefi = await firmwarePaths(await loadFirmware('uefi-x64', CATALOGUE));
    expect(bios).toEqual({ nicRom: expect.stringMatching(/pxe-e1000\.rom$/) });
    expect(uefi).toEqual({
      code: expect.stringMatching(/OVMF_CODE_4M\.fd$/),
      variables: expect.stringMatching(/OVMF_VARS_4M\.fd$/),
    });
  });

  it('names the package of a file that is missing', async () => {
    const firmware = '{ file: /usr/share/OVMF/NONE.fd, package: ovmf }';
    await using catalogue = await catalogueWith(
      GOOD.replace('nic: e1000', `nic: e1000, firmware: ${firmware}`),
    );
    await expect(firmwarePaths(await loadFirmware('one', catalogue.folder))).rejects.toMatchObject({
      code: 'VM_MISSING_FIRMWARE',
      message: expect.stringContaining('/usr/share/OVMF/NONE.fd'),
      hint: expect.stringContaining('ovmf'),
    });
  });
});

describe('firmwareFiles', () => {
  it('lists what QEMU finds by itself, too', async () => {
    const files = firmwareFiles(await loadFirmware('bios-ipxe', CATALOGUE));
    expect(files.map((file) => file.package)).toEqual(['ipxe-qemu', 'seabios']);
  });
});
