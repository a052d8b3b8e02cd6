/** The rows DHCP-025 to DHCP-030, DHCP-046 and PXE-022 of the clause catalogue: whose lease it is, who the server is, for how long. */
import { describe, expect, it } from 'vitest';
import { type Ipv4Address, ipv4, mac } from '../../wire/address.ts';
import { optionInstances } from '../../wire/dhcp/message.ts';
import { OPTION } from '../../wire/dhcp/option-codes.ts';
import {
  addressOf,
  asking,
  bytesOf,
  codesOf,
  dhcpBench,
  dhcpConfig,
  numbered,
  octetsOf,
  type Received,
  rom,
  SERVER,
  subnetAt,
  yiaddrOf,
} from './testing/dhcp-bench.ts';

const wanting = (address: Ipv4Address) => addressOf(OPTION.requestedAddress, address);

describe('DHCP-025', () => {
  const byId = { ...dhcpConfig, leaseKey: 'client-id' } as const;
  const id = (n: number) => octetsOf(61, 255, 0, 0, 0, n);

  it('keys leases by 61 where that is wanted, and by chaddr where there is no 61', () => {
    const bench = dhcpBench(byId);
    const first = bench.dora({ options: [id(1)] });
    expect(bench.dora({ options: [id(2)] })).not.toBe(first);
    expect(bench.dora({ chaddr: numbered(1), options: [id(1)] })).toBe(first);
    expect(bench.dora()).toBe(bench.dora());
    expect(bench.leases()?.size).toBe(3);
  });

  it('gives a machine its reserved address by MAC, whatever it says in 61', () => {
    const chaddr = mac('00:00:00:00:00:99');
    expect(dhcpBench(byId).dora({ chaddr, options: [id(1)] })).toBe('10.188.0.99');
  });
});

describe('PXE-022', () => {
  it('keeps one address from ROM to iPXE to operating system', () => {
    const bench = dhcpBench();
    const first = bench.dora({ options: rom(0) });
    for (const option61 of [
      octetsOf(61, 0, ...Array(16).fill(0x44)),
      octetsOf(61, 1, 0, 0x12, 0x34, 0x56, 0x78, 0x90),
      octetsOf(61, 255, 1, 2, 3, 4, 0, 1, 0, 1, 9, 9, 9, 9),
    ]) {
      expect(bench.dora({ options: [option61] })).toBe(first);
    }
  });
});

describe('DHCP-026', () => {
  it.each([
    ['01 + MAC', octetsOf(61, 1, 0, 0x12, 0x34, 0x56, 0x78, 0x90)],
    ['a DUID', octetsOf(61, 255, 0, 0, 0, 1, 0, 1, 0, 1, 1, 2, 3, 4)],
  ])('returns 61 unaltered in OFFER, ACK and NAK: %s', (_, id) => {
    const bench = dhcpBench();
    const offer = bench.discover({ options: [id] });
    const ack = bench.select(yiaddrOf(offer), { options: [id] });
    const nak = bench.select(ipv4('192.0.2.77'), { options: [id] });
    expect([offer?.type, ack?.type, nak?.type]).toEqual(['offer', 'ack', 'nak']);
    for (const reply of [offer, ack, nak]) expect(bytesOf(reply, 61)).toEqual([...id.data]);
  });

  it('has no 61 where the client sent none', () => {
    const bench = dhcpBench();
    const offer = bench.discover();
    for (const reply of [offer, bench.select(yiaddrOf(offer)), bench.select(ipv4('192.0.2.77'))]) {
      expect(codesOf(reply)).not.toContain(61);
    }
  });
});

describe('DHCP-027', () => {
  it.each([
    [2, 0],
    [7, 1],
    [15, 255],
    [255, 0],
    [255, 255],
  ])('takes any 61 of %i octets and type %i as it is', (length, type) => {
    const bench = dhcpBench({ ...dhcpConfig, leaseKey: 'client-id' });
    const id = octetsOf(61, type, ...Array(length - 1).fill(9));
    // Three messages from three hardware addresses: only 61 says that it is one client.
    const offered = yiaddrOf(bench.discover({ options: [id] }));
    expect(bench.select(offered, { chaddr: numbered(1), options: [id] })?.type).toBe('ack');
    const renewed = bench.send('request', { chaddr: numbered(2), ciaddr: offered, options: [id] }).reply;
    expect(renewed?.type).toBe('ack');
    expect(bytesOf(renewed, 61)).toEqual([...id.data]);
    expect(bench.leases()?.size).toBe(1);
  });
});

describe('DHCP-028', () => {
  const ETH1 = ipv4('10.189.0.10');
  const two = {
    ...dhcpConfig,
    ownAddresses: new Set([SERVER, ETH1, ipv4('203.0.113.10')]),
    subnets: [...dhcpConfig.subnets, subnetAt('10.189.0')],
  };

  it('is to each client the address that it has on its wire, as next server too', () => {
    const bench = dhcpBench(two);
    const here = bench.discover({ options: rom(0) });
    expect(bytesOf(here, 54)).toEqual([10, 188, 0, 10]);
    const there = bench.discover({ chaddr: numbered(1), via: ETH1, options: rom(0) });
    expect(there).toMatchObject({ via: ETH1, message: { siaddr: ETH1 } });
    expect(yiaddrOf(there)).toMatch(/^10\.189\.0\./);
    expect(bytesOf(there, 54)).toEqual([10, 189, 0, 10]);
  });

  it('accepts any of its addresses as 54', () => {
    const bench = dhcpBench(two);
    const offered = yiaddrOf(bench.discover());
    const options = [addressOf(54, ipv4('203.0.113.10')), wanting(offered)];
    expect(bench.send('request', { options }).reply?.type).toBe('ack');
  });

  it('leaves another next server alone', () => {
    const elsewhere = { ...two, boot: { ...two.boot, nextServer: ipv4('10.188.0.40') } };
    const offer = dhcpBench(elsewhere).discover({ via: ETH1, options: rom(0) });
    expect(offer?.message.siaddr).toBe('10.188.0.40');
  });
});

describe('DHCP-029', () => {
  const seconds = (n: number) => octetsOf(51, ...[24, 16, 8, 0].map((shift) => (n >>> shift) & 255));
  const given = (reply: Received | undefined) =>
    bytesOf(reply, 51)?.reduce((value, octet) => value * 256 + octet, 0);
  const limits = { ...dhcpConfig.subnets[0], minLeaseSeconds: 300, maxLeaseSeconds: 86_400 } as const;

  it.each([
    [60, 300],
    [3600, 3600],
    [0xffffffff, 86_400],
    [undefined, 43_200],
  ])('gives, asked for %s seconds, %i in OFFER and ACK', (asked, wanted) => {
    const bench = dhcpBench({ ...dhcpConfig, subnets: [{ ...subnetAt('10.188.0'), ...limits }] });
    const options = asked === undefined ? [] : [seconds(asked)];
    const offer = bench.discover({ options });
    expect(optionInstances((offer as Received).message, 51)).toHaveLength(1);
    expect(given(offer)).toBe(wanted);
    // With 51 again, and without.
    expect(given(bench.select(yiaddrOf(offer)))).toBe(wanted);
    expect(given(bench.select(yiaddrOf(offer), { options }))).toBe(wanted);
  });

  it('says infinity where the configuration allows it', () => {
    const endless = { ...subnetAt('10.188.0'), maxLeaseSeconds: Number.POSITIVE_INFINITY };
    const bench = dhcpBench({ ...dhcpConfig, subnets: [endless] });
    expect(given(bench.discover({ options: [seconds(0xffffffff)] }))).toBe(0xffffffff);
    expect(given(bench.discover({ chaddr: numbered(1) }))).toBe(43_200);
  });
});

describe('DHCP-030', () => {
  const times = (reply: Received | undefined) =>
    [58, 59, 51].map((code) => bytesOf(reply, code)?.reduce((value, octet) => value * 256 + octet, 0));

  it('has T1 and T2 at 0.5 and 0.875 of the lease, if asked', () => {
    const offer = dhcpBench().discover({ options: [asking(1, 58, 59)] });
    expect(times(offer)).toEqual([21_600, 37_800, 43_200]);
    expect(codesOf(dhcpBench().discover({ options: [asking(1)] }))).not.toContain(58);
  });

  it('tells other parts unasked, since the client would not think of them', () => {
    const bench = dhcpBench({
      ...dhcpConfig,
      subnets: [subnetAt('10.188.0', { renewAt: 0.25, rebindAt: 0.5 })],
    });
    expect(times(bench.discover({ options: [asking(1)] }))).toEqual([10_800, 21_600, 43_200]);
  });

  it('leaves them out where they would not be in order', () => {
    const short = { leaseSeconds: 2, minLeaseSeconds: 1, maxLeaseSeconds: 2 };
    const bench = dhcpBench({ ...dhcpConfig, subnets: [subnetAt('10.188.0', short)] });
    expect(times(bench.discover({ options: [asking(58, 59)] }))).toEqual([undefined, undefined, 2]);
  });
});

describe('DHCP-046', () => {
  it('answers a DISCOVER that comes again with the same address and one lease; a full pool with silence', () => {
    const bench = dhcpBench();
    const again = [0, 1, 2].map(() => {
      bench.wait(1000);
      return yiaddrOf(bench.discover({ xid: 7 }));
    });
    expect(new Set(again).size).toBe(1);
    expect(bench.leases()?.size).toBe(1);
    const bound = bench.dora();
    for (let n = 0; n < 30; n++) bench.discover({ chaddr: numbered(n) });
    expect(bench.discover({ chaddr: numbered(99) })).toBeUndefined();
    expect(bench.send('request', { ciaddr: bound }).reply?.type).toBe('ack');
  });
});
