/** The rows DHCP-018 to DHCP-024 of the clause catalogue: where replies go, and relays. */
import { describe, expect, it } from 'vitest';
import { ipv4 } from '../../wire/address.ts';
import { OPTION } from '../../wire/dhcp/option-codes.ts';
import {
  addressOf,
  asking,
  bytesOf,
  CLIENT,
  type ClientFields,
  codesOf,
  dhcpBench,
  dhcpConfig,
  numbered,
  octetsOf,
  rom,
  SERVER,
  subnetAt,
  yiaddrOf,
} from './testing/dhcp-bench.ts';

const RELAY_A = ipv4('10.188.0.1');
const RELAY_B = ipv4('192.0.2.1');
const two = { ...dhcpConfig, subnets: [...dhcpConfig.subnets, subnetAt('192.0.2')] };
const ALL = { kind: 'link', mac: 'ff:ff:ff:ff:ff:ff', address: '255.255.255.255', port: 68 };

describe('DHCP-018', () => {
  it('broadcasts OFFER and ACK to a client that sets the broadcast bit, and echoes the bit', () => {
    const bench = dhcpBench();
    const offer = bench.discover({ flags: 0x8000 });
    expect(offer).toMatchObject({ to: ALL, message: { flags: 0x8000 } });
    expect(bench.select(yiaddrOf(offer), { flags: 0x8000 })).toMatchObject({ type: 'ack', to: ALL });
  });
});

describe('DHCP-019', () => {
  it('sends OFFER and ACK to yiaddr at chaddr, not through ARP', () => {
    const bench = dhcpBench();
    const offer = bench.discover();
    const direct = { kind: 'link', mac: CLIENT, address: yiaddrOf(offer), port: 68 };
    expect(offer?.to).toEqual(direct);
    expect(bench.select(yiaddrOf(offer))?.to).toEqual(direct);
  });
});

describe('DHCP-020', () => {
  it('ignores the reserved flag bits', () => {
    expect(dhcpBench().discover({ flags: 0x7fff })).toMatchObject({
      to: { kind: 'link', mac: CLIENT },
      message: { flags: 0x7fff },
    });
  });
});

describe('DHCP-021', () => {
  it.each([0, 0x8000])('sends every reply to port 67 of the relay with flags %i', (flags) => {
    const bench = dhcpBench();
    const by = { giaddr: RELAY_A, hops: 1, flags };
    const offer = bench.discover(by);
    const ack = bench.select(yiaddrOf(offer), by);
    const nak = bench.select(ipv4('203.0.113.1'), by);
    const inform = bench.send('inform', { ...by, ciaddr: ipv4('10.188.0.200') }).reply;
    for (const reply of [offer, ack, nak, inform]) {
      expect(reply?.to).toEqual({ kind: 'routed', address: RELAY_A, port: 67 });
      expect(reply?.message.giaddr).toBe(RELAY_A);
    }
    expect(offer?.message.flags).toBe(flags);
  });
});

describe('DHCP-022', () => {
  it("chooses the relay's subnet: address, mask, router", () => {
    const offer = dhcpBench(two).discover({ giaddr: RELAY_B, options: [asking(1, 3)] });
    expect(yiaddrOf(offer)).toMatch(/^192\.0\.2\./);
    expect(bytesOf(offer, OPTION.router)).toEqual([192, 0, 2, 1]);
  });

  it('serves a subnet without an interface of its own through relays only', () => {
    const bench = dhcpBench(two);
    for (let n = 0; n < 12; n++) bench.discover({ chaddr: numbered(n) });
    expect(bench.leases(1)?.size).toBe(0);
    expect(yiaddrOf(bench.discover({ giaddr: RELAY_B }))).toMatch(/^192\.0\.2\./);
  });
});

describe('DHCP-023', () => {
  const relayInformation = octetsOf(82, 1, 5, ...Buffer.from('port7'), 2, 3, ...Buffer.from('rid'));
  const by: ClientFields = {
    giaddr: RELAY_A,
    options: [asking(1, 3, 6), relayInformation, octetsOf(61, 1, 2)],
  };

  it('echoes 82 whole and last in OFFER, ACK and NAK', () => {
    const bench = dhcpBench();
    const offer = bench.discover(by);
    for (const reply of [offer, bench.select(yiaddrOf(offer), by), bench.select(ipv4('203.0.113.1'), by)]) {
      expect(bytesOf(reply, 82)).toEqual([...relayInformation.data]);
      expect(codesOf(reply).at(-1)).toBe(82);
    }
  });

  it('keeps it out of overloaded fields, and leaves it out whole where it does not fit', () => {
    const domain = { ...subnetAt('10.188.0'), domain: `${'d'.repeat(60)}.example.com` };
    const bench = dhcpBench({ ...dhcpConfig, subnets: [domain] });
    const long = octetsOf(82, 1, 220, ...Array(220).fill(7));
    const offer = bench.discover({ giaddr: RELAY_A, options: [asking(1, 3, 6, 15), long] });
    expect(codesOf(offer)).toContain(OPTION.overload);
    expect(offer?.message.options.find(({ code }) => code === 82)?.area).toBe('options');
    expect(bytesOf(offer, 82)).toEqual([...long.data]);

    const full = [octetsOf(61, ...Array(200).fill(9)), octetsOf(82, 1, 253, ...Array(253).fill(7))];
    const tight = bench.discover({ giaddr: RELAY_A, chaddr: numbered(1), options: [asking(1, 3), ...full] });
    expect(codesOf(tight)).not.toContain(82);
    expect(tight?.bytes.length).toBeLessThanOrEqual(548);
  });

  it('acknowledges a renewal that comes without 82', () => {
    const bench = dhcpBench();
    const bound = bench.dora(by);
    expect(bench.send('request', { ciaddr: bound }).reply?.type).toBe('ack');
  });
});

describe('DHCP-024', () => {
  it('takes the subnet from 82.5, and still answers at giaddr', () => {
    const offer = dhcpBench(two).discover({ giaddr: RELAY_A, options: [octetsOf(82, 5, 4, 192, 0, 2, 0)] });
    expect(yiaddrOf(offer)).toMatch(/^192\.0\.2\./);
    expect(offer?.to).toMatchObject({ address: RELAY_A, port: 67 });
  });

  it('makes 82.11 the server identifier, and knows itself by it', () => {
    const bench = dhcpBench(two);
    const override = octetsOf(82, 11, 4, 192, 0, 2, 1);
    const by = (...options: NonNullable<ClientFields['options']>): ClientFields => ({
      giaddr: RELAY_B,
      options: [...options, override],
    });
    const offer = bench.discover(by(...rom(0)));
    expect(bytesOf(offer, 54)).toEqual([192, 0, 2, 1]);
    // The relay stands for the server in DHCP only: boot files and port 4011 are here.
    expect(offer?.message.siaddr).toBe(SERVER);
    const menu = dhcpBench({ ...two, boot: { ...two.boot, pxeOffer: 'boot-server' } });
    expect(menu.discover(by(...rom(0)))?.message.siaddr).toBe(SERVER);
    const chosen = [addressOf(54, RELAY_B), addressOf(50, yiaddrOf(offer))];
    const ack = bench.send('request', by(...chosen)).reply;
    expect(ack?.type).toBe('ack');
    expect(bytesOf(ack, 54)).toEqual([192, 0, 2, 1]);
    expect(bytesOf(bench.send('request', { ...by(), ciaddr: yiaddrOf(offer) }).reply, 54)).toEqual([
      192, 0, 2, 1,
    ]);
    const release = bench.send('release', { ...by(addressOf(54, RELAY_B)), ciaddr: yiaddrOf(offer) });
    expect(release.events).toMatchObject([{ did: 'released' }]);
    // Without the relay's word for it that address is another server's.
    expect(bench.send('request', { giaddr: RELAY_B, options: chosen }).reply).toBeUndefined();
  });
});
