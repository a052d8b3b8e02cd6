import { describe, expect, it } from 'vitest';
import { ipv4 } from '../wire/address.ts';
import { OPTION } from '../wire/dhcp/option-codes.ts';
import { type DnsRecord, serializeDns } from '../wire/dns.ts';
import { Boot, IPXE, option, PXE_BIOS } from './testing/boot.ts';

const NAME = 'pxe.example.com';

/** A question, and its answer where there is one. */
function ask(boot: Boot, type: 'A' | 'AAAA', rcode?: string, address?: string): Boot {
  const question = { name: NAME, type, class: 'IN' };
  const message = { id: 7, questions: [question] } as const;
  boot.wire.udp('client', 1024, 53, serializeDns(message));
  if (rcode === undefined) return boot;
  const answers: DnsRecord[] =
    address === undefined
      ? []
      : [{ ...question, kind: 'address', ttl: 60, address: ipv4(address), text: address }];
  boot.wire.udp('server', 53, 1024, serializeDns({ ...message, isResponse: true, rcode, answers }));
  return boot;
}
const booted = () => new Boot().dora(PXE_BIOS, { file: 'a' });

describe('dnsFindings', () => {
  it('tells a name that is not there, and a server that does not answer', () => {
    expect(ask(booted(), 'A', 'NXDOMAIN').findings('dns.failed')).toMatchObject([
      {
        weight: 'failure',
        says: 'the name pxe.example.com was not resolved: there is no such name (NXDOMAIN)',
        because: 'the DNS server 10.188.0.10 does not know it',
        frames: [5, 6],
      },
    ]);
    expect(ask(booted(), 'A').findings('dns.failed')).toMatchObject([
      { because: 'no DNS server answers at 10.188.0.10 (option 6)' },
    ]);
  });

  it('does not mind AAAA without an answer where A has one', () => {
    const boot = ask(ask(booted(), 'AAAA', 'REFUSED'), 'A', 'NOERROR', '10.188.0.10');
    expect(boot.findings('dns.failed')).toEqual([]);
  });
});

describe('leaseFindings', () => {
  const id = (hex: string) => option(OPTION.clientIdentifier, Buffer.from(hex, 'hex'));
  const other = { yiaddr: ipv4('10.188.0.67'), file: 'b' };

  it('tells two addresses of one machine, and that option 61 is why (R46)', () => {
    const boot = new Boot()
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
    const boot = new Boot().dora(PXE_BIOS, { file: 'a' }).dora(IPXE, other);
    expect(boot.findings('dhcp.other-address')[0]?.because).toBe(
      'the server did not keep its address for it',
    );
    expect(
      new Boot().dora(PXE_BIOS, { file: 'a' }).dora(IPXE, { file: 'b' }).findings('dhcp.other-address'),
    ).toEqual([]);
  });
});
