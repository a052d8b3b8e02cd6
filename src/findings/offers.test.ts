import { describe, expect, it } from 'vitest';
import { option, PXE_BIOS, PXE_X64 } from '../story/testing/boot.ts';
import { ipv4 } from '../wire/address.ts';
import { OPTION } from '../wire/dhcp/option-codes.ts';
import { JudgedBoot } from './testing/boot.ts';

const OTHER = ipv4('10.188.0.11');

describe('offerFindings', () => {
  it('says that nobody answered, how often and how long', () => {
    const boot = new JudgedBoot().discover(PXE_BIOS).wait(4).again(PXE_BIOS).wait(8).again(PXE_BIOS);
    expect(boot.findings('dhcp.no-offer')).toMatchObject([
      { weight: 'failure', says: 'asked 3 times in 12.0 s, and nobody offered an address', frames: [1, 3] },
    ]);
  });

  it('is not sure where the capture ends with the DISCOVER', () => {
    const boot = new JudgedBoot().discover(PXE_BIOS).wait(10).offer();
    expect(boot.findings('dhcp.no-offer')).toEqual([]);
    expect(boot.findings('dhcp.offer-not-taken')).toMatchObject([{ weight: 'failure' }]);
  });

  it('says why no offer was taken: no boot file, no option 60, no option 43', () => {
    const twice = (reply: Parameters<JudgedBoot['offer']>[0]) =>
      new JudgedBoot()
        .discover(PXE_BIOS)
        .offer(reply)
        .wait(4)
        .again(PXE_BIOS)
        .offer(reply)
        .findings('dhcp.offer-not-taken')[0];
    expect(twice({})).toMatchObject({
      says: '2 offers were made and none was taken; the client asked once more',
      because: 'it has no boot file (no file, no option 67, no option 43)',
    });
    expect(twice({ file: 'undionly.kpxe' })?.because).toMatch(/^it does not echo option 60 "PXEClient"/);
    expect(
      twice({ file: 'undionly.kpxe', options: [option(OPTION.vendorClass, 'PXEClient')] })?.because,
    ).toMatch(/has no option 43, so a ROM looks for a boot server on port 4011$/);
  });

  it('says that UEFI HTTP wants its vendor class back', () => {
    const http = [option(OPTION.vendorClass, 'HTTPClient:Arch:00016:UNDI:003001')];
    const boot = new JudgedBoot().discover(http).offer({ file: 'http://pxe/x.efi' }).wait(5).again(http);
    expect(boot.findings('dhcp.offer-not-taken')[0]?.because).toMatch(/no option 60 "HTTPClient"/);
  });

  it('says why the other server was not chosen: it was late, it has no boot file', () => {
    const late = new JudgedBoot().discover(PXE_BIOS).offer({ file: 'a' }).request(PXE_BIOS);
    late.wait(2).offer({ server: OTHER, file: 'b' }).ack({ file: 'a' });
    expect(late.findings('dhcp.offer-not-chosen')).toMatchObject([
      {
        weight: 'note',
        says: 'the offer of 10.188.0.11 was not chosen, but that of 10.188.0.10',
        because: 'it came 2.0 s after the client had chosen',
      },
    ]);
    const bare = new JudgedBoot()
      .discover(PXE_BIOS)
      .offer({ server: OTHER })
      .offer({ file: 'a' })
      .request(PXE_BIOS)
      .ack({ file: 'a' });
    expect(bare.findings('dhcp.offer-not-chosen')[0]?.because).toMatch(/^it has no boot file/);
  });

  it('says why the other server was not chosen: no option 60, no option 43', () => {
    const echo = option(OPTION.vendorClass, 'PXEClient');
    const vendor = option(OPTION.vendorSpecific, Uint8Array.of(6, 1, 8));
    const beside = (options: readonly ReturnType<typeof option>[]) =>
      new JudgedBoot()
        .discover(PXE_BIOS)
        .offer({ server: OTHER, file: 'a', options })
        .offer({ file: 'a', options: [echo, vendor] })
        .request(PXE_BIOS)
        .ack({ file: 'a', options: [echo, vendor] })
        .findings('dhcp.offer-not-chosen')[0]?.because;
    expect(beside([vendor])).toMatch(/^it does not echo option 60 "PXEClient"/);
    expect(beside([echo])).toMatch(/has no option 43, so a ROM looks for a boot server on port 4011$/);
    expect(beside([echo, vendor])).toBe('both would have done: the client prefers the other');
  });

  it('says that address and boot file stand in two offers, which some firmware does not put together: R17', () => {
    const boot = new JudgedBoot()
      .discover(PXE_BIOS)
      .offer()
      .offer({ server: OTHER, yiaddr: ipv4('0.0.0.0'), file: 'a' })
      .wait(4)
      .again(PXE_BIOS);
    expect(boot.findings('dhcp.offer-not-taken')[0]?.because).toMatch(
      /^the address is in one offer and the boot file in another/,
    );
  });

  it('says that UEFI HTTP takes no file name: R43', () => {
    const http = [option(OPTION.vendorClass, 'HTTPClient:Arch:00016:UNDI:003001')];
    const boot = new JudgedBoot()
      .discover(http)
      .offer({ file: 'ipxe.efi', options: [option(OPTION.vendorClass, 'HTTPClient')] })
      .wait(5)
      .again(http);
    expect(boot.findings('dhcp.offer-not-taken')[0]?.because).toBe(
      'it is a UEFI HTTP client, and the boot file is no URL: ipxe.efi',
    );
  });

  it('says that there is nothing to boot, and for which architecture', () => {
    expect(new JudgedBoot().dora(PXE_X64).findings('dhcp.no-boot-file')).toMatchObject([
      { weight: 'failure', because: 'the server has no boot file for 7 (x64 UEFI)', frames: [4] },
    ]);
    expect(new JudgedBoot().dora(PXE_X64, { file: 'ipxe.efi' }).findings('dhcp.no-boot-file')).toEqual([]);
    // Nobody who only wants an address is told that.
    expect(new JudgedBoot().dora([]).findings('dhcp.no-boot-file')).toEqual([]);
  });

  it("tells a NAK with the server's words, and a REQUEST without an answer", () => {
    const nak = new JudgedBoot()
      .discover(PXE_BIOS)
      .offer({ file: 'a' })
      .request(PXE_BIOS)
      .nak('wrong network');
    expect(nak.findings('dhcp.nak', 'dhcp.no-ack')).toMatchObject([
      { id: 'dhcp.nak', says: 'the server refused the address that it had offered: "wrong network"' },
    ]);
    const silent = new JudgedBoot().discover(PXE_BIOS).offer({ file: 'a' }).request(PXE_BIOS);
    expect(silent.findings('dhcp.nak', 'dhcp.no-ack')).toMatchObject([
      { id: 'dhcp.no-ack', weight: 'failure' },
    ]);
  });

  it('finds nothing wrong with a boot that goes well', () => {
    const boot = new JudgedBoot().dora(PXE_BIOS, { file: 'undionly.kpxe' }).read('undionly.kpxe');
    expect(boot.findings().filter(({ weight }) => weight !== 'note')).toEqual([]);
  });
});

describe('bootServerFindings', () => {
  const pxe = {
    file: 'a',
    options: [option(OPTION.vendorClass, 'PXEClient'), option(OPTION.vendorSpecific, Uint8Array.of(255))],
  };

  it('says who sent the client to port 4011, where nobody answers', () => {
    const boot = new JudgedBoot().dora(PXE_X64, pxe);
    boot.wire.dhcp(
      'client',
      { xid: 9, options: [option(OPTION.messageType, Uint8Array.of(3)), ...PXE_X64] },
      4011,
    );
    expect(boot.findings('pxe.boot-server-silent')).toMatchObject([
      {
        weight: 'failure',
        says: '10.188.0.10 was asked on port 4011 once and did not answer',
        because:
          'the server says "PXEClient" (option 60) without 43.6 = 8, which sends firmware to port 4011',
      },
    ]);
    boot.wire.dhcp(
      'server',
      { xid: 9, file: 'a', options: [option(OPTION.messageType, Uint8Array.of(5))] },
      4011,
    );
    expect(boot.findings('pxe.boot-server-silent')).toEqual([]);
  });
});
