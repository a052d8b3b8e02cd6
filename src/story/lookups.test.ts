import { describe, expect, it } from 'vitest';
import { ipv4 } from '../wire/address.ts';
import { lookupNames, lookupSequences } from './lookups.ts';
import { Boot, PXE_X64 } from './testing/boot.ts';

const CLIENT = {
  uuidOnWire: '4C4C4544-0039-4e10-804e-b9c04f4d344a',
  mac: '00:12:34:56:78:90',
  ip: ipv4('10.188.0.66'),
};

/** Files that are asked for over TFTP, one after the other; those with a `!` are there. */
function asked(...files: readonly string[]) {
  const boot = new Boot().dora(PXE_X64, { file: 'loader' });
  for (const [i, file] of files.entries()) {
    if (file.endsWith('!')) {
      boot.read(file.slice(0, -1));
      continue;
    }
    boot.wire.tftp('client', 4000 + i, 69, { kind: 'rrq', file, mode: 'octet', options: [] });
    boot.wire.tftp('server', 4000 + i, 69, { kind: 'error', code: 1 as never, message: 'file not found' });
  }
  return boot.story();
}

describe('lookupNames', () => {
  it("has pxelinux's names and GRUB's for one client", () => {
    expect([...lookupNames(CLIENT).values()].slice(0, 4)).toEqual([
      '4c4c4544-0039-4e10-804e-b9c04f4d344a',
      '01-00-12-34-56-78-90',
      '0ABC0042',
      '0ABC004',
    ]);
    expect([...lookupNames(CLIENT, 'grub').values()].slice(0, 3)).toEqual([
      'grub.cfg-4c4c4544-0039-4e10-804e-b9c04f4d344a',
      'grub.cfg-01-00-12-34-56-78-90',
      'grub.cfg-0ABC0042',
    ]);
    expect(lookupNames(CLIENT, 'grub').get('default')).toBe('grub.cfg');
  });
});

describe('lookupSequences', () => {
  const GRUB = [
    '/grub/grub.cfg-01-00-12-34-56-78-90',
    '/grub/grub.cfg-0',
    '/grub/x86_64-efi/fs.lst',
    '/grub/grub.cfg!',
  ];

  it("reads GRUB's search, with the lists of modules that stand in it", () => {
    const [search, ...others] = lookupSequences(asked(...GRUB), 'grub');
    expect(others).toEqual([]);
    expect(search).toMatchObject({
      by: 'tftp',
      closed: true,
      lookups: [
        { name: 'grub.cfg-01-00-12-34-56-78-90' },
        { name: 'grub.cfg-0' },
        { name: 'grub.cfg', found: true },
      ],
      aside: [{ file: '/grub/x86_64-efi/fs.lst' }],
    });
  });

  it('takes neither search for the other', () => {
    const story = asked('pxelinux.cfg/01-00-12-34-56-78-90', 'pxelinux.cfg/default!', ...GRUB);
    expect(lookupSequences(story).map(({ lookups }) => lookups.length)).toEqual([2]);
    expect(lookupSequences(story, 'grub').map(({ lookups }) => lookups.length)).toEqual([3]);
  });

  it('takes a list of modules by itself for no part of a search', () => {
    expect(lookupSequences(asked('/grub/x86_64-efi/fs.lst', 'other!'), 'grub')).toEqual([]);
  });
});
