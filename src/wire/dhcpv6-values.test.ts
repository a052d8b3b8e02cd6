import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex } from './bytes.ts';
import { parseDhcpv6 } from './dhcpv6.ts';
import {
  dhcpv6Addresses,
  dhcpv6Architectures,
  dhcpv6BootFileUrl,
  dhcpv6Failures,
  dhcpv6Hardware,
  dhcpv6UserClasses,
  dhcpv6VendorClasses,
} from './dhcpv6-values.ts';

const message = (...options: readonly string[]) => {
  const parsed = parseDhcpv6(fromHex('07 123456', ...options));
  if (!parsed.ok || parsed.value.kind !== 'message') throw new Error('wanted a message');
  return parsed.value;
};
const DUID_LL = '0001 000a 0003 0001 001234567890';
const DUID_UUID = '0001 0012 0004 4c4c4544003910 4e804eb9c04f4d344a';
/** IAID, T1, T2, one address with its lifetimes. */
const IA_NA =
  '0003 0028 00000001 00000e10 00001518 0005 0018 fd000000000000000000000000000066 00001c20 00002a30';

describe('the options of DHCPv6', () => {
  it('are read as RFC 8415 and RFC 5970 have them', () => {
    const url = Buffer.from('tftp://[fd00::1]/ipxe.efi').toString('hex');
    const reply = message(
      DUID_LL,
      IA_NA,
      `003b 0019 ${url}`,
      '003d 0004 0007 0009',
      '000f 0006 0004 69505845',
      '0010 000f 00000157 0009 505845436c69656e74',
    );
    expect(dhcpv6Addresses(reply)).toEqual(['fd00::66']);
    expect(dhcpv6BootFileUrl(reply)).toBe('tftp://[fd00::1]/ipxe.efi');
    expect(dhcpv6Architectures(reply)).toEqual([7, 9]);
    expect(dhcpv6UserClasses(reply)).toEqual(['iPXE']);
    expect(dhcpv6VendorClasses(reply)).toEqual(['PXEClient']);
    expect(dhcpv6Failures(reply)).toEqual([]);
    expect(dhcpv6Hardware(reply, reply)).toBe('00:12:34:56:78:90');
  });

  it('tell failures of the message and of its associations, and take 0 for none', () => {
    const refused = message(
      '000d 0006 0001 66756c6c',
      '0003 0012 00000001 00000000 00000000 000d 0002 0002',
      '000d 0002 0000',
    );
    expect(dhcpv6Failures(refused)).toEqual([
      { code: 1, name: 'UnspecFail', text: 'full' },
      { code: 2, name: 'NoAddrsAvail', text: '' },
    ]);
  });

  it('name no hardware by a DUID that is not made of it, and a relay may: RFC 6939', () => {
    const plain = message(DUID_UUID);
    expect(dhcpv6Hardware(plain, plain)).toBeUndefined();
    const relayed = parseDhcpv6(fromHex('0c 00', '00'.repeat(32), '004f 0008 0001 001234567890'));
    if (!relayed.ok) throw relayed.error;
    expect(dhcpv6Hardware(relayed.value, plain)).toBe('00:12:34:56:78:90');
  });

  it('throw nothing, whatever the octets', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (noise) => {
        const parsed = parseDhcpv6(Uint8Array.of(7, 0, 0, 0, ...noise));
        if (!parsed.ok) return;
        const { value } = parsed;
        for (const read of [
          dhcpv6Addresses,
          dhcpv6Architectures,
          dhcpv6BootFileUrl,
          dhcpv6Failures,
          dhcpv6UserClasses,
          dhcpv6VendorClasses,
        ])
          read(value);
        dhcpv6Hardware(value, value);
      }),
      { numRuns: 1_000 },
    );
  });
});
