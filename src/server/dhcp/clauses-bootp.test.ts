/** The rows DHCP-042 to DHCP-044 of the clause catalogue: short messages, BOOTP, other hardware. */
import { describe, expect, it } from 'vitest';
import { ipv4, mac } from '../../wire/address.ts';
import { buildDhcpMessage } from '../../wire/dhcp/build-message.ts';
import { fileName } from '../../wire/dhcp/message.ts';
import {
  bootConfig,
  bytesOf,
  CLIENT,
  codesOf,
  dhcpBench,
  dhcpConfig,
  numbered,
  octetsOf,
  type Received,
  subnetAt,
  yiaddrOf,
} from './testing/dhcp-bench.ts';

const RELAY_A = ipv4('10.188.0.1');
const RESERVED = mac('00:00:00:00:00:99');

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
    const given = yiaddrOf(bench.send('bootp').reply);
    expect(given).toMatch(/^10\.188\.0\.(6\d|70)$/);
    bench.wait(1e12);
    for (let n = 0; n < 12; n++)
      expect(bench.discover({ chaddr: numbered(n) })?.message.yiaddr).not.toBe(given);
    expect(yiaddrOf(bench.send('bootp').reply)).toBe(given);
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
