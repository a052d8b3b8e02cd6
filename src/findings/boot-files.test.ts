import { describe, expect, it } from 'vitest';
import { IPXE, option, PXE_BIOS, PXE_X64 } from '../story/testing/boot.ts';
import { OPTION } from '../wire/dhcp/option-codes.ts';
import { JudgedBoot } from './testing/boot.ts';

/** The first octets of an EFI application for that machine. */
function efi(machine: number): Uint8Array {
  const bytes = new Uint8Array(600);
  const view = new DataView(bytes.buffer);
  bytes.set([0x4d, 0x5a]);
  view.setUint32(0x3c, 0x80, true);
  view.setUint32(0x80, 0x4550, true);
  view.setUint16(0x84, machine, true);
  view.setUint16(0x80 + 20, 240, true);
  view.setUint16(0x80 + 24 + 68, 10, true);
  return bytes;
}

describe('bootFileFindings', () => {
  it('compares what was fetched with the architecture (option 93)', () => {
    const boot = (data: Uint8Array) =>
      new JudgedBoot().dora(PXE_X64, { file: 'x.efi' }).read('x.efi', data).findings('boot.other-machine');
    expect(boot(efi(0xaa64))).toMatchObject([
      {
        weight: 'failure',
        says: 'x.efi is not for this client, which is 7 (x64 UEFI)',
        because: 'wanted an EFI program for x64, got one for ARM64',
      },
    ]);
    expect(boot(efi(0x8664))).toEqual([]);
    expect(boot(Buffer.from('a BIOS program'))).toMatchObject([
      { because: expect.stringMatching(/got no PE image/) },
    ]);
    const bios = new JudgedBoot().dora(PXE_BIOS, { file: 'x.efi' }).read('x.efi', efi(0x8664));
    expect(bios.findings('boot.other-machine')[0]?.because).toBe(
      'it is an EFI program for x64, which a BIOS cannot start',
    );
  });

  it('tells a name with octets behind it, and the offer that it came from (R25)', () => {
    const boot = new JudgedBoot()
      .dora(PXE_X64, { options: [option(OPTION.bootFileName, 'ipxe.efi')] })
      .read('ipxe.efi\xff');
    expect(boot.findings('tftp.name-with-more')).toMatchObject([
      { weight: 'failure', says: 'the client asks for "ipxe.efi" with ff behind it', frames: [4, 5, 7] },
    ]);
  });

  it('tells a name that fills its field, unless option 67 has it whole', () => {
    const url = `http://pxe.example.com/boot2?${'x'.repeat(120)}`;
    const cut = { file: url.slice(0, 127) };
    expect(new JudgedBoot().dora(IPXE, cut).findings('dhcp.boot-file-cut')).toMatchObject([
      {
        weight: 'failure',
        because: 'a name of more than 127 octets does not fit: the server cut it',
        frames: [2],
      },
    ]);
    const whole = { ...cut, options: [option(OPTION.bootFileName, url)] };
    expect(new JudgedBoot().dora(IPXE, whole).findings('dhcp.boot-file-cut')).toEqual([]);
  });

  it('tells a URL that is asked for by TFTP (R43)', () => {
    const boot = new JudgedBoot().dora(PXE_X64, { file: 'http://pxe/x.efi' }).read('http://pxe/x.efi');
    expect(boot.findings('boot.url-by-tftp')).toMatchObject([{ weight: 'failure' }]);
  });
});
