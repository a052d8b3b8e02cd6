import { describe, expect, it } from 'vitest';
import { IPXE, option, PXE_BIOS, PXE_X64 } from '../story/testing/boot.ts';
import { mac } from '../wire/address.ts';
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

  it('tells of a URL for an iPXE that is built without HTTP: R4', () => {
    const features = (...codes: readonly number[]) => [
      ...IPXE.filter(({ code }) => code !== OPTION.ipxe),
      option(OPTION.ipxe, Uint8Array.from(codes.flatMap((code) => [code, 1, 1]))),
    ];
    const [tftp, http] = [0x21, 0x13];
    const found = (options: readonly ReturnType<typeof option>[], file: string) =>
      new JudgedBoot().dora(options, { file }).findings('boot.url-without-http');
    expect(found(features(tftp), 'http://pxe/boot1.txt')).toMatchObject([
      {
        weight: 'failure',
        says: 'this iPXE was told http://pxe/boot1.txt, and is built without HTTP',
        frames: [2],
      },
    ]);
    expect(found(features(tftp, http), 'http://pxe/boot1.txt')).toEqual([]);
    expect(found(features(tftp), 'boot1.txt')).toEqual([]);
    // It does not say what it can do.
    expect(found(features(), 'http://pxe/boot1.txt')).toEqual([]);
  });

  it('tells of backslashes in a name: R42', () => {
    const found = (file: string) => new JudgedBoot().dora(PXE_X64, { file }).findings('boot.backslashes');
    expect(found('boot\\x64\\shim.efi')).toMatchObject([
      { weight: 'warning', remedy: 'boot/x64/shim.efi', frames: [2] },
    ]);
    expect(found('boot/x64/shim.efi')).toEqual([]);
  });

  it('knows a Raspberry Pi by its hardware address: R32', () => {
    const found = (address: string) =>
      new JudgedBoot(mac(address)).dora(PXE_BIOS, { file: 'a' }).findings('boot.raspberry-pi');
    expect(found('dc:a6:32:00:00:01')).toMatchObject([{ weight: 'note', frames: [1] }]);
    expect(found('00:12:34:00:00:01')).toEqual([]);
  });
});
