import { describe, expect, it } from 'vitest';
import { PXE_BIOS } from '../story/testing/boot.ts';
import { ipv4 } from '../wire/address.ts';
import { type DnsRecord, serializeDns } from '../wire/dns.ts';
import { JudgedBoot } from './testing/boot.ts';

const NAME = 'pxe.example.com';

/** A question, and its answer where there is one. */
function ask(boot: JudgedBoot, type: 'A' | 'AAAA', rcode?: string, address?: string): JudgedBoot {
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
const booted = () => new JudgedBoot().dora(PXE_BIOS, { file: 'a' });

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
