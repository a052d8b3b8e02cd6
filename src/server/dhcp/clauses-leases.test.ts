/** The rows DHCP-001 to DHCP-017 of the clause catalogue: messages, and who gets which address. */
import { describe, expect, it } from 'vitest';
import { type Ipv4Address, ipv4 } from '../../wire/address.ts';
import { OPTION } from '../../wire/dhcp/option-codes.ts';
import {
  addressOf,
  asking,
  bytesOf,
  type ClientFields,
  codesOf,
  dhcpBench,
  dhcpConfig,
  ipxe,
  numbered,
  octetsOf,
  rom,
  SERVER,
  yiaddrOf,
} from './testing/dhcp-bench.ts';

const ours = addressOf(OPTION.serverIdentifier, SERVER);
const theirs = addressOf(OPTION.serverIdentifier, ipv4('10.188.0.11'));
const wanting = (address: Ipv4Address) => addressOf(OPTION.requestedAddress, address);
const quiet = { ...dhcpConfig, authoritative: false };
const relayed: ClientFields = { giaddr: ipv4('10.188.0.1'), hops: 1 };

describe('DHCP-001', () => {
  it('copies xid, flags, giaddr, htype, hlen and chaddr into the OFFER, and zeroes the rest', () => {
    const chaddr = Uint8Array.of(0, 0x12, 0x34, 0x56, 0x78, 0x90, ...Array(10).fill(0));
    const offer = dhcpBench().discover({
      ...{ xid: 0xdeadbeef, flags: 0x8000, secs: 7, hops: 0, chaddr, hlen: 6 },
    });
    expect(offer?.message).toMatchObject({
      ...{ op: 2, hops: 0, secs: 0, ciaddr: '0.0.0.0' },
      ...{ xid: 0xdeadbeef, flags: 0x8000, giaddr: '0.0.0.0', htype: 1, hlen: 6 },
    });
    expect([...(offer?.message.chaddr ?? [])]).toEqual([...chaddr]);
    expect(yiaddrOf(offer)).toMatch(/^10\.188\.0\.(6\d|70)$/);
    expect(offer?.to.port).toBe(68);
  });
});

describe('DHCP-002', () => {
  it('has 53, 54 and 51 once in an OFFER, and none of 50, 55 and 57', () => {
    const offer = dhcpBench().discover({ options: [asking(1, 3, 6, 15, 50, 51, 53, 54, 55, 57)] });
    const codes = codesOf(offer);
    for (const [code, length] of [
      [53, 1],
      [54, 4],
      [51, 4],
    ] as const) {
      expect(codes.filter((one) => one === code)).toEqual([code]);
      expect(bytesOf(offer, code)).toHaveLength(length);
    }
    for (const code of [50, 55, 57]) expect(codes).not.toContain(code);
  });
});

describe('DHCP-003', () => {
  it('acknowledges a SELECTING REQUEST with the address offered, 51 and 54', () => {
    const bench = dhcpBench();
    const offered = yiaddrOf(bench.discover({ xid: 5 }));
    const ack = bench.select(offered, { xid: 5 });
    expect(ack).toMatchObject({ type: 'ack', message: { xid: 5, yiaddr: offered } });
    expect(bytesOf(ack, 51)).toHaveLength(4);
    expect(bytesOf(ack, 54)).toEqual([10, 188, 0, 10]);
  });
});

describe('DHCP-004', () => {
  it.each([
    ['a BIOS ROM', rom(0)],
    ['x64 UEFI', rom(7)],
    ['iPXE', ipxe()],
  ])('says the same in OFFER and ACK to %s', (_, options) => {
    const bench = dhcpBench();
    const offer = bench.discover({ options });
    const ack = bench.select(yiaddrOf(offer), { options });
    for (const field of ['siaddr', 'file', 'sname'] as const) {
      expect(ack?.message[field]).toEqual(offer?.message[field]);
    }
    for (const code of [1, 3, 6, 43, 51, 60, 66, 67])
      expect(bytesOf(ack, code)).toEqual(bytesOf(offer, code));
  });

  it('says the same lease time where the client was bound for another time before', () => {
    const bench = dhcpBench();
    bench.dora({ options: [octetsOf(51, 0, 0, 0x0e, 0x10)] });
    const offer = bench.discover();
    const ack = bench.select(yiaddrOf(offer));
    expect(bytesOf(offer, 51)).toEqual([0, 0, 0xa8, 0xc0]);
    expect(bytesOf(ack, 51)).toEqual([0, 0, 0xa8, 0xc0]);
  });
});

describe('DHCP-005', () => {
  it('takes a REQUEST with another 54 for a declined offer, and keeps silent', () => {
    const bench = dhcpBench();
    const offered = yiaddrOf(bench.discover());
    expect(bench.send('request', { options: [theirs, wanting(offered)] }).reply).toBeUndefined();
    const next = bench.discover({ chaddr: numbered(1), options: [wanting(offered)] });
    expect(yiaddrOf(next)).toBe(offered);
  });
});

describe('DHCP-006', () => {
  it('holds what it offered: no address twice, silence when the pool is used up', () => {
    const bench = dhcpBench();
    const offers = Array.from({ length: 15 }, (_, n) => bench.discover({ chaddr: numbered(n) }));
    const given = offers.flatMap((offer) => (offer === undefined ? [] : [offer.message.yiaddr]));
    expect(given).toHaveLength(11);
    expect(new Set(given).size).toBe(11);
  });
});

describe('DHCP-007', () => {
  it('offers the present lease, then the last one, then a free address asked for, then another', () => {
    const bench = dhcpBench();
    const bound = bench.dora();
    expect(yiaddrOf(bench.discover({ options: [wanting(ipv4('10.188.0.70'))] }))).toBe(bound);
    bench.send('release', { ciaddr: bound, options: [ours] });
    expect(yiaddrOf(bench.discover())).toBe(bound);
    const free = ipv4(bound === '10.188.0.65' ? '10.188.0.66' : '10.188.0.65');
    expect(yiaddrOf(bench.discover({ chaddr: numbered(1), options: [wanting(free)] }))).toBe(free);
    for (const wrong of [bound, free, ipv4('192.0.2.77')]) {
      const other = yiaddrOf(bench.discover({ chaddr: numbered(2), options: [wanting(wrong)] }));
      expect(other).toMatch(/^10\.188\.0\./);
      expect(other).not.toBe(wrong);
    }
  });
});

describe('DHCP-008', () => {
  it.each([
    ['directly', {}],
    ['through a relay', relayed],
  ])(
    'answers INIT-REBOOT %s: ACK for the own lease, NAK for another address and another network',
    (_, by) => {
      const bench = dhcpBench(quiet);
      const own = bench.dora();
      const other = ipv4(own === '10.188.0.65' ? '10.188.0.66' : '10.188.0.65');
      const reboot = (address: Ipv4Address) => bench.send('request', { ...by, options: [wanting(address)] });
      expect(reboot(own).reply).toMatchObject({ type: 'ack', message: { yiaddr: own } });
      expect(reboot(other).reply?.type).toBe('nak');
      expect(reboot(ipv4('192.0.2.77')).reply?.type).toBe('nak');
    },
  );
});

describe('DHCP-009', () => {
  it('says nothing to INIT-REBOOT of a client it does not know, unless authoritative', () => {
    const options = [wanting(ipv4('10.188.0.65'))];
    expect(dhcpBench(quiet).send('request', { options }).reply).toBeUndefined();
  });
});

describe('DHCP-010', () => {
  it('answers for unknown leases where it is authoritative: ACK for a free address, else NAK', () => {
    const bench = dhcpBench();
    const reboot = (n: number, address: string) =>
      bench.send('request', { chaddr: numbered(n), options: [wanting(ipv4(address))] }).reply;
    expect(reboot(1, '10.188.0.65')).toMatchObject({ type: 'ack', message: { yiaddr: '10.188.0.65' } });
    expect(reboot(2, '10.188.0.65')?.type).toBe('nak');
    expect(reboot(2, '10.189.0.65')?.type).toBe('nak');
  });
});

describe('DHCP-011', () => {
  it('broadcasts a NAK whatever flags and ciaddr say, and sends a relayed one to the relay with the flag set', () => {
    const bench = dhcpBench();
    const refused = (fields: ClientFields) =>
      bench.send('request', { ...fields, options: [ours, wanting(ipv4('192.0.2.77'))] }).reply;
    const all = { mac: 'ff:ff:ff:ff:ff:ff', address: '255.255.255.255', port: 68 };
    expect(refused({})?.to).toMatchObject(all);
    expect(refused({ flags: 0 })?.message.flags).toBe(0);
    bench.dora();
    expect(bench.send('request', { ciaddr: ipv4('10.188.0.64') }).reply).toMatchObject({
      type: 'nak',
      to: all,
    });
    expect(refused(relayed)).toMatchObject({
      type: 'nak',
      message: { flags: 0x8000, giaddr: '10.188.0.1' },
      to: { kind: 'routed', address: '10.188.0.1', port: 67 },
    });
  });
});

describe('DHCP-012', () => {
  it('holds nothing in a NAK but 53, 54, 56 and the echoes of 61 and 82', () => {
    const options = [
      ...[ours, wanting(ipv4('192.0.2.77')), asking(1, 3, 6, 51, 67)],
      ...[octetsOf(61, 1, 0, 0x12, 0x34, 0x56, 0x78, 0x90), octetsOf(82, 1, 1, 7)],
      octetsOf(97, 0, ...Array(16).fill(7)),
    ];
    const nak = dhcpBench().send('request', { ...relayed, options }).reply;
    expect(nak?.message).toMatchObject({
      ...{ ciaddr: '0.0.0.0', yiaddr: '0.0.0.0', siaddr: '0.0.0.0' },
    });
    expect(nak?.message.sname.every((octet) => octet === 0)).toBe(true);
    expect(nak?.message.file.every((octet) => octet === 0)).toBe(true);
    expect(codesOf(nak)).toEqual([53, 54, 56, 61, 82]);
    expect(bytesOf(nak, 53)).toEqual([6]);
  });
});

describe('DHCP-013', () => {
  it.each([0, 0x8000])('acknowledges RENEWING by unicast to ciaddr with flags %i', (flags) => {
    const bench = dhcpBench();
    const bound = bench.dora();
    bench.wait(3_600_000);
    const { reply } = bench.send('request', { ciaddr: bound, flags });
    expect(reply).toMatchObject({
      type: 'ack',
      message: { ciaddr: bound, yiaddr: bound },
      to: { kind: 'routed', address: bound, port: 68 },
    });
    expect(bytesOf(reply, 51)).toEqual([0, 0, 0xa8, 0xc0]);
    bench.wait(43_199_000);
    expect(bench.discover({ chaddr: numbered(1), options: [wanting(bound)] })?.message.yiaddr).not.toBe(
      bound,
    );
  });
});

describe('DHCP-014', () => {
  it('acknowledges REBINDING for the own lease only', () => {
    for (const config of [dhcpConfig, quiet]) {
      const bench = dhcpBench(config);
      const own = bench.dora();
      const others = bench.dora({ chaddr: numbered(1) });
      expect(bench.send('request', { ciaddr: own }).reply?.type).toBe('ack');
      for (const address of [others, ipv4('10.188.0.200'), ipv4('203.0.113.1')]) {
        expect(bench.send('request', { ciaddr: address }).reply?.type).not.toBe('ack');
      }
    }
  });
});

describe('DHCP-015', () => {
  it('keeps a declined address from everybody for ten minutes, without an answer', () => {
    const bench = dhcpBench();
    const id = octetsOf(61, 1, 0, 0x12, 0x34, 0x56, 0x78, 0x90);
    const declined = bench.dora({ options: [id] });
    expect(bench.send('decline', { options: [ours, wanting(declined), id] }).reply).toBeUndefined();
    expect(yiaddrOf(bench.discover({ options: [id, wanting(declined)] }))).not.toBe(declined);
    const other = { chaddr: numbered(1), options: [wanting(declined)] };
    expect(yiaddrOf(bench.discover(other))).not.toBe(declined);
    bench.wait(600_000);
    expect(yiaddrOf(bench.discover({ chaddr: numbered(2), options: [wanting(declined)] }))).toBe(declined);
  });
});

describe('DHCP-016', () => {
  it('frees a released address without an answer, keeps it for its client, and gives it to others in need', () => {
    const bench = dhcpBench();
    const old = bench.dora();
    expect(bench.send('release', { ciaddr: old, options: [ours] }).reply).toBeUndefined();
    for (let n = 0; n < 10; n++) expect(bench.dora({ chaddr: numbered(n) })).not.toBe(old);
    expect(yiaddrOf(bench.discover())).toBe(old);
    bench.wait(31_000);
    expect(bench.dora({ chaddr: numbered(10) })).toBe(old);
  });
});

describe('DHCP-017', () => {
  it('acknowledges INFORM at ciaddr, without a lease and its times', () => {
    const bench = dhcpBench();
    const options = [...rom(0).slice(0, 2), asking(1, 3, 6, 51, 58, 59, 66, 67)];
    const { reply } = bench.send('inform', { ciaddr: ipv4('10.188.0.200'), options });
    expect(reply).toMatchObject({
      type: 'ack',
      message: { yiaddr: '0.0.0.0', ciaddr: '10.188.0.200' },
      to: { kind: 'routed', address: '10.188.0.200', port: 68 },
    });
    const codes = codesOf(reply);
    for (const code of [51, 58, 59]) expect(codes).not.toContain(code);
    for (const code of [1, 3, 6, 66, 67]) expect(codes).toContain(code);
    expect(bench.leases()?.size).toBe(0);
  });
});
