/** The rows DHCP-018 to DHCP-024 and DHCP-042 to DHCP-045 of the clause catalogue: where replies go, relays, BOOTP, probes. */
import { describe, expect, it } from 'vitest';
import { type Ipv4Address, ipv4, mac } from '../../wire/address.ts';
import { buildDhcpMessage } from '../../wire/dhcp/build-message.ts';
import { fileName } from '../../wire/dhcp/message.ts';
import { OPTION } from '../../wire/dhcp/option-codes.ts';
import {
  addressOf,
  asking,
  bootConfig,
  bytesOf,
  CLIENT,
  type ClientFields,
  codesOf,
  dhcpBench,
  dhcpConfig,
  numbered,
  octetsOf,
  type Received,
  rom,
  SERVER,
  subnetAt,
} from './testing/dhcp-bench.ts';

const RELAY_A = ipv4('10.188.0.1');
const RELAY_B = ipv4('192.0.2.1');
const two = { ...dhcpConfig, subnets: [...dhcpConfig.subnets, subnetAt('192.0.2')] };
const ours = addressOf(OPTION.serverIdentifier, SERVER);
const ALL = { kind: 'link', mac: 'ff:ff:ff:ff:ff:ff', address: '255.255.255.255', port: 68 };
const RESERVED = mac('00:00:00:00:00:99');
const yiaddr = (reply: Received | undefined): Ipv4Address => {
  if (reply === undefined) throw new Error('wanted a reply');
  return reply.message.yiaddr;
};

describe('DHCP-018', () => {
  it('broadcasts OFFER and ACK to a client that sets the broadcast bit, and echoes the bit', () => {
    const bench = dhcpBench();
    const offer = bench.discover({ flags: 0x8000 });
    expect(offer).toMatchObject({ to: ALL, message: { flags: 0x8000 } });
    expect(bench.select(yiaddr(offer), { flags: 0x8000 })).toMatchObject({ type: 'ack', to: ALL });
  });
});

describe('DHCP-019', () => {
  it('sends OFFER and ACK to yiaddr at chaddr, not through ARP', () => {
    const bench = dhcpBench();
    const offer = bench.discover();
    const direct = { kind: 'link', mac: CLIENT, address: yiaddr(offer), port: 68 };
    expect(offer?.to).toEqual(direct);
    expect(bench.select(yiaddr(offer))?.to).toEqual(direct);
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
    const ack = bench.select(yiaddr(offer), by);
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
    expect(yiaddr(offer)).toMatch(/^192\.0\.2\./);
    expect(bytesOf(offer, OPTION.router)).toEqual([192, 0, 2, 1]);
  });

  it('serves a subnet without an interface of its own through relays only', () => {
    const bench = dhcpBench(two);
    for (let n = 0; n < 12; n++) bench.discover({ chaddr: numbered(n) });
    expect(bench.leases(1)?.size).toBe(0);
    expect(yiaddr(bench.discover({ giaddr: RELAY_B }))).toMatch(/^192\.0\.2\./);
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
    for (const reply of [offer, bench.select(yiaddr(offer), by), bench.select(ipv4('203.0.113.1'), by)]) {
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
    expect(yiaddr(offer)).toMatch(/^192\.0\.2\./);
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
    const chosen = [addressOf(54, RELAY_B), addressOf(50, yiaddr(offer))];
    const ack = bench.send('request', by(...chosen)).reply;
    expect(ack?.type).toBe('ack');
    expect(bytesOf(ack, 54)).toEqual([192, 0, 2, 1]);
    expect(bytesOf(bench.send('request', { ...by(), ciaddr: yiaddr(offer) }).reply, 54)).toEqual([
      192, 0, 2, 1,
    ]);
    const release = bench.send('release', { ...by(addressOf(54, RELAY_B)), ciaddr: yiaddr(offer) });
    expect(release.events).toMatchObject([{ did: 'released' }]);
    // Without the relay's word for it that address is another server's.
    expect(bench.send('request', { giaddr: RELAY_B, options: chosen }).reply).toBeUndefined();
  });
});

describe('DHCP-042', () => {
  const discover = buildDhcpMessage({ xid: 1, chaddr: CLIENT, options: [octetsOf(53, 1)] });
  const changed = (at: number, ...octets: number[]) => {
    const bytes = discover.slice();
    bytes.set(octets, at);
    return bytes;
  };
  it.each([
    ['op 2', changed(0, 2)],
    ['op 0', changed(0, 0)],
    ['op 3', changed(0, 3)],
    ['a bad magic cookie', changed(239, 0)],
    ['a cookie of zeros', changed(236, 0, 0, 0, 0)],
    ['a header that is cut', discover.subarray(0, 235)],
  ])('does not answer %s, and answers the next good DISCOVER', (_, bytes) => {
    const bench = dhcpBench();
    expect(bench.hear(bytes).reply).toBeUndefined();
    expect(bench.hear(discover).reply?.type).toBe('offer');
  });

  it('discards less than 300 octets where it is told to', () => {
    const strict = dhcpBench({ ...dhcpConfig, shortMessages: 'discard' });
    expect(strict.hear(discover.subarray(0, 299)).reply).toBeUndefined();
    expect(strict.hear(discover).reply?.type).toBe('offer');
  });
});

describe('DHCP-043', () => {
  const boot = { ...bootConfig, withoutArchitecture: 'netboot.img' };
  const withBootp = (bootp: 'off' | 'reserved' | 'dynamic') => dhcpBench({ ...dhcpConfig, boot, bootp });

  it('answers a reserved BOOTP client with a BOOTREPLY of 300 octets and no DHCP option', () => {
    const { reply, events } = withBootp('reserved').send('bootp', { chaddr: RESERVED });
    expect(reply).toMatchObject({
      type: undefined,
      message: { op: 2, yiaddr: '10.188.0.99', siaddr: '10.188.0.10', cookie: true },
      to: { kind: 'link', mac: RESERVED, address: '10.188.0.99', port: 68 },
    });
    expect(reply?.bytes).toHaveLength(300);
    expect(fileName((reply as Received).message)).toBe('netboot.img');
    expect(codesOf(reply)).toEqual([1, 3, 6, 12, 15, 28]);
    expect(codesOf(reply).filter((code) => code >= 50 && code <= 61)).toEqual([]);
    expect(events).toMatchObject([{ did: 'bootp', address: '10.188.0.99' }]);
  });

  it('answers nobody else, or nobody at all where BOOTP is off', () => {
    expect(withBootp('reserved').send('bootp')).toMatchObject({
      reply: undefined,
      events: [{ did: 'silence' }],
    });
    expect(withBootp('off').send('bootp', { chaddr: RESERVED }).reply).toBeUndefined();
  });

  it('gives addresses of the pool for ever where that is switched on', () => {
    const bench = withBootp('dynamic');
    const given = yiaddr(bench.send('bootp').reply);
    expect(given).toMatch(/^10\.188\.0\.(6\d|70)$/);
    bench.wait(1e12);
    for (let n = 0; n < 12; n++)
      expect(bench.discover({ chaddr: numbered(n) })?.message.yiaddr).not.toBe(given);
    expect(yiaddr(bench.send('bootp').reply)).toBe(given);
    // Its operating system speaks DHCP, and gets a lease that ends.
    expect(bytesOf(bench.discover(), 51)).toEqual([0, 0, 0xa8, 0xc0]);
  });

  it('takes a message type of no octets for none (SEC-005)', () => {
    const { reply } = withBootp('reserved').send('bootp', { chaddr: RESERVED, options: [octetsOf(53)] });
    expect(reply?.type).toBeUndefined();
    expect(reply?.message.yiaddr).toBe('10.188.0.99');
  });

  it('answers a client that has its address at that address, for its boot file alone', () => {
    const ciaddr = ipv4('10.188.0.99');
    expect(withBootp('reserved').send('bootp', { chaddr: RESERVED, ciaddr }).reply).toMatchObject({
      message: { ciaddr, yiaddr: '0.0.0.0', siaddr: '10.188.0.10' },
      to: { kind: 'routed', address: ciaddr, port: 68 },
    });
  });

  it('sends no vendor information to a client without the cookie', () => {
    const { reply } = withBootp('reserved').send('bootp', { chaddr: RESERVED, cookie: false });
    expect(reply?.message).toMatchObject({ cookie: false, yiaddr: '10.188.0.99' });
    expect(reply?.message.vend.every((octet) => octet === 0)).toBe(true);
  });

  it('answers through the relay, with 82 last', () => {
    const by = { chaddr: RESERVED, giaddr: RELAY_A, options: [octetsOf(82, 1, 3, 1, 2, 3)] };
    const { reply } = withBootp('reserved').send('bootp', by);
    expect(reply?.to).toEqual({ kind: 'routed', address: RELAY_A, port: 67 });
    expect(codesOf(reply).at(-1)).toBe(82);
    expect(reply?.bytes).toHaveLength(300);
  });

  it('keeps to 300 octets and whole options, whatever is configured', () => {
    const full = subnetAt('10.188.0', {
      domain: 'a-rather-long-domain-name.of-some-department.example.com',
      dnsServers: Array.from({ length: 8 }, (_, n) => ipv4(`10.188.0.${20 + n}`)),
    });
    const bench = dhcpBench({ ...dhcpConfig, bootp: 'dynamic', subnets: [full] });
    const { reply } = bench.send('bootp');
    expect(reply?.bytes).toHaveLength(300);
    expect(codesOf(reply)).toEqual([1, 3, 6, 28]);
    expect(reply?.message.optionsError).toBeUndefined();
  });
});

describe('DHCP-044', () => {
  it('bounds hlen, copies htype, and keys a client without hardware address by 61', () => {
    const id = octetsOf(61, 255, 1, 2, 3, 4);
    const chaddr = Uint8Array.from({ length: 16 }, (_, n) => n + 1);
    for (const hlen of [0, 6, 16, 17, 255]) {
      for (const htype of [0, 1, 32, 255]) {
        const offer = dhcpBench().discover({ hlen, htype, chaddr, options: [id] });
        if (hlen > 16) expect(offer).toBeUndefined();
        else {
          expect(offer?.message).toMatchObject({ htype, hlen });
          expect([...(offer?.message.chaddr ?? [])]).toEqual([...chaddr]);
        }
      }
    }
    const bench = dhcpBench();
    const none = { htype: 32, hlen: 0, chaddr: new Uint8Array(16) };
    expect(bench.dora({ ...none, options: [id] })).toBe(bench.dora({ ...none, options: [id] }));
    expect(bench.discover(none)).toBeUndefined();
  });
});

describe('DHCP-045', () => {
  const probing = (changes = {}) => dhcpBench({ ...two, probeAddresses: true, ...changes });
  const first = (heard: ReturnType<ReturnType<typeof dhcpBench>['send']>) => {
    const probe = heard.probes[0];
    if (probe === undefined) throw new Error('wanted a probe');
    return probe;
  };

  it('asks by ARP on its wire, by ping behind a relay, and offers when nobody answered', () => {
    const bench = probing();
    const waiting = bench.send('discover', { xid: 9 });
    expect(waiting).toMatchObject({ reply: undefined, events: [] });
    const { address, means, via } = first(waiting);
    expect({ means, via }).toEqual({ means: 'arp', via: SERVER });
    expect(bench.probed(address).reply).toMatchObject({
      type: 'offer',
      message: { xid: 9, yiaddr: address },
    });
    expect(bench.select(address)?.type).toBe('ack');
    expect(first(bench.send('discover', { chaddr: numbered(1), giaddr: RELAY_B })).means).toBe('icmp');
  });

  it('takes an address that answers out of use, and offers another', () => {
    const bench = probing();
    const taken = first(bench.send('discover')).address;
    const squatter = mac('02:00:00:00:ff:ff');
    const heard = bench.probed(taken, squatter);
    expect(heard).toMatchObject({
      reply: undefined,
      events: [{ did: 'conflict', address: taken, because: `${squatter} answers there without a lease` }],
    });
    const next = first(heard).address;
    expect(next).not.toBe(taken);
    expect(bench.probed(next).reply).toMatchObject({ type: 'offer', message: { yiaddr: next } });
    const asked = addressOf(OPTION.requestedAddress, taken);
    expect(first(bench.send('discover', { chaddr: numbered(1), options: [asked] })).address).not.toBe(taken);
  });

  it('offers an address at which the client itself answers', () => {
    const bench = probing();
    const { address } = first(bench.send('discover'));
    expect(bench.probed(address, CLIENT).reply).toMatchObject({
      type: 'offer',
      message: { yiaddr: address },
    });
    expect(bench.leases()?.find('1:001234567890')?.state).toBe('offered');
  });

  it('does not ask for what the client holds already, nor for a reservation', () => {
    const bench = probing();
    const { address } = first(bench.send('discover'));
    bench.probed(address);
    expect(bench.send('discover').reply?.type).toBe('offer');
    bench.select(address);
    bench.wait(3_600_000);
    expect(bench.send('discover').reply?.message.yiaddr).toBe(address);
    expect(bench.send('discover', { chaddr: RESERVED }).reply?.message.yiaddr).toBe('10.188.0.99');
    bench.wait(43_200_000);
    expect(first(bench.send('discover')).address).toBe(address);
  });

  it('answers a client that asks again meanwhile once, its newer message', () => {
    const bench = probing();
    const { address } = first(bench.send('discover', { xid: 1 }));
    expect(bench.send('discover', { xid: 2 })).toEqual({ reply: undefined, events: [], probes: [] });
    expect(bench.probed(address).reply?.message.xid).toBe(2);
    expect(bench.probed(address)).toEqual({ reply: undefined, events: [], probes: [] });
  });

  it('gives up on a message after four addresses that are taken, not on the client', () => {
    const bench = probing();
    let heard = bench.send('discover');
    for (let n = 0; n < 3; n++) heard = bench.probed(first(heard).address, 'unknown');
    heard = bench.probed(first(heard).address, 'unknown');
    expect(heard.events).toMatchObject([{ did: 'conflict' }, { did: 'silence' }]);
    expect(first(bench.send('discover')).address).toMatch(/^10\.188\.0\./);
  });

  it('asks again where an answer never came, and offers without asking when too many wait', () => {
    const bench = probing();
    const { address } = first(bench.send('discover'));
    bench.wait(6_000);
    expect(first(bench.send('discover')).address).toBe(address);
    const pool = { ranges: [{ first: ipv4('10.188.32.0'), last: ipv4('10.188.63.255') }] };
    const wide = subnetAt('10.188.0', { ...pool, prefixLength: 16 });
    const storm = dhcpBench({ ...dhcpConfig, probeAddresses: true, subnets: [wide] });
    const heard = Array.from({ length: 4097 }, (_, n) => storm.send('discover', { chaddr: numbered(n) }));
    expect(heard.at(-2)?.probes).toHaveLength(1);
    expect(heard.at(-1)?.reply?.type).toBe('offer');
  });

  it('holds for addresses of BOOTP clients too', () => {
    const bench = probing({ bootp: 'dynamic' });
    const { address } = first(bench.send('bootp'));
    expect(bench.probed(address)).toMatchObject({ reply: { message: { yiaddr: address } } });
    expect(bench.leases()?.find('1:001234567890')?.state).toBe('bound');
  });

  it('goes on over a change of configuration', () => {
    const bench = probing();
    const { address } = first(bench.send('discover'));
    bench.configure({ ...two, probeAddresses: true, leaseKey: 'client-id' });
    expect(bench.probed(address).reply).toMatchObject({ type: 'offer', message: { yiaddr: address } });
  });
});

describe('subnets that share a wire', () => {
  const share = { share: 'hall' };
  const shared = {
    ...dhcpConfig,
    subnets: [
      subnetAt('10.188.0', share),
      subnetAt('10.190.0', {
        ...share,
        reservations: new Map([
          [
            RESERVED,
            {
              address: ipv4('10.190.0.99'),
              hostName: undefined,
              options: { values: new Map(), always: new Set<number>() },
            },
          ],
        ]),
      }),
      subnetAt('192.0.2'),
    ],
  };

  it('give addresses one after the other, each with its own mask and router', () => {
    const bench = dhcpBench(shared);
    const given = Array.from({ length: 23 }, (_, n) =>
      bench.discover({ chaddr: numbered(n), options: [asking(1, 3)] }),
    );
    expect(given.slice(0, 11).every((offer) => offer?.message.yiaddr.startsWith('10.188.0.'))).toBe(true);
    expect(given.slice(11, 22).every((offer) => offer?.message.yiaddr.startsWith('10.190.0.'))).toBe(true);
    expect(bytesOf(given[21], OPTION.router)).toEqual([10, 190, 0, 1]);
    expect(given[22]).toBeUndefined();
  });

  it('know a client by its lease, its reservation and the address it asks for, in whichever they are', () => {
    const bench = dhcpBench(shared);
    const asked = { options: [addressOf(OPTION.requestedAddress, ipv4('10.190.0.66'))] };
    expect(yiaddr(bench.discover(asked))).toBe('10.190.0.66');
    expect(bench.select(ipv4('10.190.0.66'))?.type).toBe('ack');
    expect(yiaddr(bench.discover())).toBe('10.190.0.66');
    expect(bench.send('request', { options: asked.options }).reply?.type).toBe('ack');
    expect(bench.send('request', { ciaddr: ipv4('10.190.0.66') }).reply?.type).toBe('ack');
    expect(bench.dora({ chaddr: RESERVED })).toBe('10.190.0.99');
    const release = bench.send('release', { ciaddr: ipv4('10.190.0.66'), options: [ours] });
    expect(release.events).toMatchObject([{ did: 'released' }]);
    const foreign = { options: [addressOf(OPTION.requestedAddress, ipv4('192.0.2.66'))] };
    expect(bench.send('request', foreign).reply?.type).toBe('nak');
  });

  it('are found by the subnet of a relay as well', () => {
    const bench = dhcpBench(shared);
    for (let n = 0; n < 11; n++) bench.discover({ chaddr: numbered(n), giaddr: ipv4('10.190.0.1') });
    expect(yiaddr(bench.discover({ giaddr: ipv4('10.190.0.1') }))).toMatch(/^10\.188\.0\./);
  });
});
