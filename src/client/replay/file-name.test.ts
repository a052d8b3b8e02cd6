import { describe, expect, it } from 'vitest';
import { ipv4 } from '../../wire/address.ts';
import { nameOfNow, plainName, tftpName } from './file-name.ts';

describe('plainName', () => {
  it.each([
    ['pxelinux.0', 'pxelinux.0'],
    ['/boot/pxelinux.0', 'boot/pxelinux.0'],
    ['pxelinux.0\xff', 'pxelinux.0'],
    ['pxelinux.0\0junk', 'pxelinux.0'],
    ['tftp://10.0.0.1/boot/x.efi', 'boot/x.efi'],
    ['boot\\x64\\wdsnbp.com', 'boot/x64/wdsnbp.com'],
  ])('takes %j for %j', (name, plain) => {
    expect(plainName(name)).toBe(plain);
  });
});

describe('tftpName', () => {
  it.each([
    ['boot/x.efi', 'boot/x.efi'],
    ['tftp://10.0.0.1/boot/x.efi', 'boot/x.efi'],
    ['http://10.0.0.1/x.efi', undefined],
    ['HTTPS://boot.example.com/x.efi', undefined],
  ])('asks for %j by %j', (name, asked) => {
    expect(tftpName(name)).toBe(asked);
  });
});

describe('nameOfNow', () => {
  const files = new Map([['old/pxelinux.0', 'new/x/pxelinux.0']]);
  const addresses = [[ipv4('192.168.1.66'), ipv4('10.188.0.61')]] as const;

  it.each([
    ['the boot file', 'old/pxelinux.0', 'new/x/pxelinux.0'],
    ['what stands beside it', 'old/ldlinux.c32', 'new/x/ldlinux.c32'],
    ['the whole address', 'old/pxelinux.cfg/C0A80142', 'new/x/pxelinux.cfg/0ABC003D'],
    ['a part of the address', 'old/pxelinux.cfg/C0A80', 'new/x/pxelinux.cfg/0ABC0'],
    ['digits that are another address’s', 'old/pxelinux.cfg/0B', 'new/x/pxelinux.cfg/0B'],
    ['the MAC address', 'old/pxelinux.cfg/01-00-12-34-56-78-90', 'new/x/pxelinux.cfg/01-00-12-34-56-78-90'],
    ['a file elsewhere', 'other/x.bin', 'other/x.bin'],
  ])('renames %s', (_, recorded, now) => {
    expect(nameOfNow(recorded, { files, addresses })).toBe(now);
  });
});
