import { describe, expect, it } from 'vitest';
import { IPXE, option, PXE_BIOS } from '../story/testing/boot.ts';
import { ipv4 } from '../wire/address.ts';
import { OPTION } from '../wire/dhcp/option-codes.ts';
import { JudgedBoot } from './testing/boot.ts';

describe('leaseFindings', () => {
  const id = (hex: string) => option(OPTION.clientIdentifier, Buffer.from(hex, 'hex'));
  const other = { yiaddr: ipv4('10.188.0.67'), file: 'b' };

  it('tells two addresses of one machine, and that option 61 is why (R46)', () => {
    const boot = new JudgedBoot()
      .dora([...PXE_BIOS, id('00aa')], { file: 'a' })
      .dora([...IPXE, id('01001234567890')], other);
    expect(boot.findings('dhcp.other-address')).toMatchObject([
      {
        weight: 'warning',
        says: 'it has 10.188.0.66 as firmware and 10.188.0.67 as iPXE',
        because: 'the server goes by option 61, which is 00aa first and 01001234567890 then',
        frames: [4, 8],
      },
    ]);
  });

  it('knows no such reason where option 61 is the same, and says nothing of one address', () => {
    const boot = new JudgedBoot().dora(PXE_BIOS, { file: 'a' }).dora(IPXE, other);
    expect(boot.findings('dhcp.other-address')[0]?.because).toBe(
      'the server did not keep its address for it',
    );
    expect(
      new JudgedBoot().dora(PXE_BIOS, { file: 'a' }).dora(IPXE, { file: 'b' }).findings('dhcp.other-address'),
    ).toEqual([]);
  });
});
