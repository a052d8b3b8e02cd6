import { describe, expect, it } from 'vitest';
import { fromHex } from '../bytes.ts';
import { formatOption } from './format-option.ts';

describe('formatOption', () => {
  it.each([
    { code: 1, hex: 'ffffff00', text: '1 Subnet Mask: 255.255.255.0' },
    { code: 6, hex: '0abc0014 08080808', text: '6 Domain Name Server: 10.188.0.20 8.8.8.8' },
    { code: 15, hex: '6578616d706c652e636f6d', text: '15 Domain Name: "example.com"' },
    { code: 51, hex: '0000a8c0', text: '51 IP Address Lease Time: 43200' },
    { code: 51, hex: 'ffffffff', text: '51 IP Address Lease Time: infinite' },
    { code: 52, hex: '03', text: '52 Option Overload: 3' },
    { code: 53, hex: '02', text: '53 DHCP Message Type: OFFER' },
    { code: 55, hex: '010380818283', text: '55 Parameter Request List: 1,3,128-131' },
    { code: 57, hex: '05c0', text: '57 Maximum DHCP Message Size: 1472' },
    { code: 60, hex: '505845436c69656e74', text: '60 Vendor Class Identifier: "PXEClient"' },
    { code: 61, hex: '01001234567890', text: '61 Client Identifier: ether 00:12:34:56:78:90' },
    { code: 77, hex: '69505845', text: '77 User Class Information: "iPXE" raw' },
    { code: 82, hex: '0101aa', text: '82 Relay Agent Information: circuit-id aa' },
    { code: 93, hex: '0007', text: '93 Client System Architecture: 7 (x64 UEFI)' },
    { code: 94, hex: '010310', text: '94 Client Network Interface Identifier: UNDI 3.16' },
    { code: 175, hex: 'eb03010000', text: '175 iPXE Encapsulated Options: iPXE 1.0.0' },
    { code: 43, hex: '060108', text: '43 Vendor-Specific Information: 060108' },
    { code: 12, hex: '', text: '12 Host Name: empty' },
    { code: 250, hex: '0102', text: '250 Private: 0102' },
    { code: 203, hex: '69', text: '203 iPXE iSCSI Initiator Name (private): 69' },
    { code: 222, hex: '00', text: '222 Unassigned: 00' },
  ])('says $text', ({ code, hex, text }) => {
    expect(formatOption({ code, data: fromHex(hex) })).toBe(text);
  });

  it.each([
    { name: 'addresses of odd length', code: 3, hex: '0abc00', text: '3 Router: 0abc00' },
    {
      name: 'a lease time of three octets',
      code: 51,
      hex: '00a8c0',
      text: '51 IP Address Lease Time: 00a8c0',
    },
    {
      name: 'a lease time of five octets',
      code: 51,
      hex: '0000a8c000',
      text: '51 IP Address Lease Time: 0000a8c000',
    },
    { name: 'an odd 93', code: 93, hex: '00', text: '93 Client System Architecture: 00' },
  ])('shows $name in hex', ({ code, hex, text }) => {
    expect(formatOption({ code, data: fromHex(hex) })).toBe(text);
  });

  it('takes option 43 apart where the vendor is PXE', () => {
    expect(formatOption({ code: 43, data: fromHex('060108ff') }, { vendorIsPxe: true })).toBe(
      '43 Vendor-Specific Information: discovery 0x08 (use boot file)',
    );
  });
});
