import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isEfiProgram, machineMismatch, readPeHeader } from './pe-header.ts';

const REAL = [
  { file: '/usr/lib/ipxe/ipxe.efi', pe: true },
  { file: '/usr/lib/ipxe/snponly.efi', pe: true },
  { file: '/usr/lib/ipxe/undionly.kpxe', pe: false },
  { file: '/usr/lib/PXELINUX/pxelinux.0', pe: false },
  { file: '/usr/lib/PXELINUX/lpxelinux.0', pe: false },
];

/** The least that readPeHeader takes for an image: one field a line. */
function image(machine: number, subsystem: number, at = 0x80): Uint8Array {
  const bytes = Buffer.alloc(at + 24 + 112);
  bytes.write('MZ', 0);
  bytes.writeUInt32LE(at, 0x3c);
  bytes.write('PE', at);
  bytes.writeUInt16LE(machine, at + 4);
  bytes.writeUInt16LE(112, at + 20); // length of the optional header
  bytes.writeUInt16LE(0x20b, at + 24); // PE32+
  bytes.writeUInt16LE(subsystem, at + 24 + 68);
  return bytes;
}

describe('readPeHeader', () => {
  it.each(REAL)('reads the real $file', ({ file, pe }) => {
    if (!existsSync(file)) throw new Error(`${file} is not there: apt-get install ipxe pxelinux`);
    const header = readPeHeader(readFileSync(file).subarray(0, 4096));
    expect(header.kind).toBe(pe ? 'pe' : 'other');
    if (pe) expect(header).toEqual({ kind: 'pe', machine: 0x8664, subsystem: 10 });
    expect(isEfiProgram(header)).toBe(pe);
    expect(machineMismatch(7, header) === undefined).toBe(pe);
    expect(machineMismatch(0, header) === undefined).toBe(!pe);
  });

  it.each([
    ['nothing', new Uint8Array(0), 'it does not begin with "MZ"'],
    ['MZ alone', Buffer.from('MZ'), 'it ends after 2 octets'],
    [
      'a DOS program',
      Buffer.concat([Buffer.from('MZ'), Buffer.alloc(98)]),
      'there is no PE header at octet 0',
    ],
    [
      'a header beyond the end',
      Buffer.concat([Buffer.from('MZ'), Buffer.alloc(58), Buffer.from([0, 0, 0, 0x80])]),
      'its PE header would be at octet 2147483648',
    ],
  ])('says why %s is no image', (_, bytes, because) => {
    expect(readPeHeader(bytes)).toEqual({ kind: 'other', because });
  });

  it('takes every prefix of an image, and any octets, without throwing', () => {
    const whole = image(0xaa64, 10);
    for (let n = 0; n <= whole.length; n++) readPeHeader(whole.subarray(0, n));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(0xffffffff), (noise, at) => {
        const bytes = Buffer.concat([Buffer.from('MZ'), Buffer.alloc(62), noise]);
        bytes.writeUInt32LE(at, 0x3c);
        readPeHeader(bytes);
        readPeHeader(noise);
      }),
    );
  });

  it('reads an image that lies in the middle of a larger buffer', () => {
    const whole = Buffer.concat([Buffer.alloc(7), image(0x14c, 10)]);
    expect(readPeHeader(whole.subarray(7))).toEqual({ kind: 'pe', machine: 0x14c, subsystem: 10 });
  });
});

describe('machineMismatch', () => {
  it.each([
    [6, 0x14c],
    [7, 0x8664],
    [9, 0x8664],
    [9, 0xebc],
    [10, 0x1c0],
    [10, 0x1c2],
    [10, 0x1c4],
    [11, 0xaa64],
    [25, 0x5032],
    [27, 0x5064],
    [39, 0x6264],
    [16, 0x8664],
    [19, 0xaa64],
    [28, 0x5064],
    [22, 0x1234],
  ])('finds nothing wrong for architecture %i with machine 0x%s', (architecture, machine) => {
    expect(machineMismatch(architecture, readPeHeader(image(machine, 10)))).toBeUndefined();
  });

  it.each([
    [11, image(0x8664, 10), 'wanted an EFI program for ARM64, got one for x64'],
    [19, image(0x8664, 10), 'wanted an EFI program for ARM64, got one for x64'],
    [7, image(0xaa64, 10), 'wanted an EFI program for x64, got one for ARM64'],
    [7, image(0x14c, 10), 'wanted an EFI program for x64, got one for i386'],
    [7, image(0x8664, 3), 'wanted an EFI program for x64, got a program of subsystem 3'],
    [
      7,
      image(0x8664, 10).subarray(0, 0x80 + 30),
      'wanted an EFI program for x64, got a program of subsystem unknown',
    ],
    [27, image(0x5032, 10), 'wanted an EFI program for RISC-V 64, got one for RISC-V 32'],
    [0, image(0x8664, 10), 'it is an EFI program for x64, which a BIOS cannot start'],
    [
      7,
      Buffer.from('#!ipxe\n'),
      'wanted an EFI program for x64, got no PE image: it does not begin with "MZ"',
    ],
  ])('says what is wrong for architecture %i', (architecture, bytes, said) => {
    expect(machineMismatch(architecture, readPeHeader(bytes))).toBe(said);
  });
});
