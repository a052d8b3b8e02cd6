/** The rows SEC-003 to SEC-010 of the clause catalogue: what bad and hostile messages get. Each ends with a good one. */
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { ipv4, mac } from '../../wire/address.ts';
import { buildDhcpMessage } from '../../wire/dhcp/build-message.ts';
import { OPTION } from '../../wire/dhcp/option-codes.ts';
import {
  BOOT_SERVER_REQUEST,
  EDK2_DISCOVER,
  EDK2_HTTP_DISCOVER,
  OVERLOAD_BOTH,
  WRITE_UP_DISCOVER,
  XYPLEX_BOOTREQUEST,
} from '../../wire/dhcp/testing/messages.ts';
import {
  addressOf,
  asking,
  bytesOf,
  codesOf,
  dhcpBench,
  dhcpConfig,
  numbered,
  octetsOf,
  rom,
  SERVER,
  subnetAt,
} from './testing/dhcp-bench.ts';

const ours = addressOf(OPTION.serverIdentifier, SERVER);
const RELAY = ipv4('192.0.2.1');
const RESERVED = mac('00:00:00:00:00:99');
const relayedToo = { ...dhcpConfig, subnets: [...dhcpConfig.subnets, subnetAt('192.0.2')] };

/** One server for all that a test sends, so that the last, good message shows that it lives. */
let bench = dhcpBench();
afterEach(() => {
  // A reserved client, so that it does not depend on what is left of the pool.
  expect(bench.discover({ chaddr: RESERVED, options: rom(0) })?.message.yiaddr).toBe('10.188.0.99');
  bench = dhcpBench();
});

describe('SEC-003', () => {
  it.each([
    ["the write-up's iPXE", WRITE_UP_DISCOVER],
    ['EDK2', EDK2_DISCOVER],
  ])('survives a DISCOVER of %s cut anywhere, and answers no cut header', (_, whole) => {
    for (let length = 0; length <= whole.length; length++) {
      const { reply, events } = bench.hear(whole.subarray(0, length));
      if (length < 240) expect(reply).toBeUndefined();
      if (length < 236) expect(events).toMatchObject([{ stage: 'bad-input', protocol: 'DHCP' }]);
      expect(reply?.message.optionsError).toBeUndefined();
    }
    expect(bench.leases()?.size).toBe(1);
  });
});

describe('SEC-004', () => {
  it('follows no length over the end, and echoes nothing from beyond it', () => {
    const whole = buildDhcpMessage({ xid: 1, chaddr: numbered(1), options: [octetsOf(53, 1)], end: false });
    // The octets of the message end in the middle of option 61; what lies behind in memory is not its.
    const memory = new Uint8Array(1024).fill(0xa5);
    memory.set(whole.subarray(0, 243));
    memory.set([61, 255, 1, 2, 3], 243);
    const { reply } = bench.hear(memory.subarray(0, 248));
    expect(reply?.type).toBe('offer');
    expect(codesOf(reply)).not.toContain(61);
    expect(reply?.bytes.includes(0xa5)).toBe(false);
  });

  it('survives sub-options of 43, 82 and 175 that run over, and echoes 82 as it came', () => {
    for (const code of [43, 82, 175]) {
      const reply = bench.discover({ giaddr: ipv4('10.188.0.1'), options: [octetsOf(code, 5, 200, 1)] });
      expect(reply?.type).toBe('offer');
      if (code === 82) expect(bytesOf(reply, 82)).toEqual([5, 200, 1]);
    }
  });
});

describe('SEC-005', () => {
  it('ignores options of no octets', () => {
    const empty = [50, 54, 55, 57, 60, 61, 77, 82, 93, 97, 51].map((code) => octetsOf(code));
    const reply = bench.discover({ options: empty });
    expect(reply?.type).toBe('offer');
    for (const code of [61, 82, 97]) expect(codesOf(reply)).not.toContain(code);
    // 53 of no octets is none: BOOTP, which this client is not served.
    expect(bench.send('bootp', { options: [octetsOf(53), ...empty] }).reply).toBeUndefined();
  });
});

describe('SEC-006', () => {
  it.each([
    [
      '1472 octets',
      [octetsOf(250, ...Array(255).fill(1)), ...Array(3).fill(octetsOf(251, ...Array(255).fill(2)))],
    ],
    ['five times 255 octets of one code', Array(5).fill(octetsOf(61, ...Array(255).fill(3)))],
    ['1200 pads', [{ raw: new Uint8Array(1200) }]],
  ])('answers a message with %s', (_, options) => {
    const reply = bench.discover({ options: [asking(1), ...options] });
    expect(reply?.type).toBe('offer');
    expect(reply?.bytes.length).toBeLessThanOrEqual(548);
  });

  it('answers a message without END', () => {
    const options = [octetsOf(53, 1), asking(1)];
    const bytes = buildDhcpMessage({ xid: 1, chaddr: numbered(1), options, end: false });
    expect(bench.hear(bytes).reply?.type).toBe('offer');
  });
});

describe('SEC-007', () => {
  it('believes nothing in 82 that no relay vouches for: neither subnet nor server identifier', () => {
    bench = dhcpBench(relayedToo);
    const forged = octetsOf(82, 5, 4, 192, 0, 2, 0, 11, 4, 192, 0, 2, 1);
    const reply = bench.discover({ options: [forged] });
    expect(reply?.message.yiaddr).toMatch(/^10\.188\.0\./);
    expect(bytesOf(reply, 54)).toEqual([10, 188, 0, 10]);
  });
});

describe('SEC-008', () => {
  it('is no reflector: a giaddr outside every subnet gets nothing', () => {
    for (let n = 0; n < 100; n++) {
      expect(bench.discover({ chaddr: numbered(n), giaddr: ipv4('203.0.113.1') })).toBeUndefined();
    }
    expect(bench.leases()?.size).toBe(0);
  });

  it('takes no subnet from 82.5 of somebody who is no relay, unless the list has it', () => {
    const foreign = { giaddr: ipv4('203.0.113.1'), options: [octetsOf(82, 5, 4, 192, 0, 2, 0)] };
    bench = dhcpBench(relayedToo);
    expect(bench.discover(foreign)).toBeUndefined();
    bench = dhcpBench({ ...relayedToo, relays: new Set([foreign.giaddr]) });
    expect(bench.discover(foreign)?.message.yiaddr).toMatch(/^192\.0\.2\./);
  });

  it('answers only the relays of a list where there is one', () => {
    bench = dhcpBench({ ...relayedToo, relays: new Set([RELAY]) });
    expect(bench.discover({ giaddr: RELAY })?.type).toBe('offer');
    const other = bench.send('discover', { chaddr: numbered(1), giaddr: ipv4('192.0.2.2') });
    expect(other).toMatchObject({
      reply: undefined,
      events: [{ because: '192.0.2.2 is none of the relays' }],
    });
    expect(bench.discover({ chaddr: numbered(2) })?.type).toBe('offer');
  });
});

describe('SEC-009', () => {
  it('lets nobody release or decline what is not his, or what another server gave', () => {
    const victim = bench.dora();
    const attacker = { chaddr: numbered(666), options: [octetsOf(61, 255, 1, 1, 1, 1)] };
    bench.dora(attacker);
    const declining = addressOf(OPTION.requestedAddress, victim);
    bench.send('release', { ...attacker, ciaddr: victim, options: [ours] });
    bench.send('decline', { ...attacker, options: [ours, declining] });
    const theirs = addressOf(OPTION.serverIdentifier, ipv4('10.188.0.11'));
    bench.send('release', { ciaddr: victim, options: [theirs] });
    bench.send('decline', { options: [theirs, declining] });
    expect(bench.send('request', { ciaddr: victim }).reply).toMatchObject({ type: 'ack' });
  });

  it('loses three addresses to a client that declines all it gets', () => {
    for (let round = 0; round < 10; round++) {
      const options = [ours, addressOf(OPTION.requestedAddress, bench.dora())];
      bench.send('decline', { options });
    }
    const left = Array.from({ length: 11 }, (_, n) => bench.discover({ chaddr: numbered(n) }));
    expect(left.filter(Boolean)).toHaveLength(7);
  });
});

describe('SEC-010', () => {
  it('serves bound and reserved clients while 2000 others ask, and forgets their offers', () => {
    const bound = bench.dora();
    for (let n = 0; n < 2000; n++) bench.discover({ chaddr: numbered(n) });
    expect(bench.leases()?.size).toBe(11);
    expect(bench.send('request', { ciaddr: bound }).reply?.type).toBe('ack');
    expect(bench.discover({ chaddr: RESERVED })?.message.yiaddr).toBe('10.188.0.99');
    bench.wait(31_000);
    expect(bench.discover({ chaddr: numbered(5000) })?.type).toBe('offer');
  });

  it('gives one remote id as many addresses as are allowed, and others theirs', () => {
    bench = dhcpBench({ ...relayedToo, leasesPerRemoteId: 3 });
    const behind = (remote: number, client: number) => ({
      ...{ giaddr: RELAY, chaddr: numbered(client) },
      options: [octetsOf(82, 2, 1, remote)],
    });
    const first = bench.dora(behind(1, 0));
    for (let n = 1; n < 2000; n++) bench.discover(behind(1, n));
    expect(bench.leases(1)?.size).toBe(3);
    expect(bench.send('discover', behind(1, 9)).events).toMatchObject([
      { did: 'silence', because: 'remote id 01 has its 3 addresses' },
    ]);
    expect(bench.discover(behind(2, 3000))?.type).toBe('offer');
    expect(bench.send('request', { ...behind(1, 0), ciaddr: first }).reply?.type).toBe('ack');
    // A REQUEST out of nowhere is no way round it; an offer that nobody took makes room.
    const asked = addressOf(OPTION.requestedAddress, ipv4('192.0.2.66'));
    const { options, ...by } = behind(1, 50);
    expect(bench.send('request', { ...by, options: [...options, asked] }).reply).toBeUndefined();
    bench.wait(31_000);
    expect(bench.discover(behind(1, 60))?.type).toBe('offer');
  });
});

describe('any octets', () => {
  const real = [
    WRITE_UP_DISCOVER,
    EDK2_DISCOVER,
    EDK2_HTTP_DISCOVER,
    BOOT_SERVER_REQUEST,
    XYPLEX_BOOTREQUEST,
    OVERLOAD_BOTH,
  ];
  const mutated = fc
    .record({
      message: fc.constantFrom(...real),
      type: fc.integer({ min: 0, max: 9 }),
      client: fc.nat(300),
      changes: fc.array(fc.tuple(fc.nat(700), fc.nat(255)), { maxLength: 8 }),
      cut: fc.option(fc.nat(600), { freq: 3 }),
      behind: fc.uint8Array({ maxLength: 40 }),
    })
    .map(({ message, type, client, changes, cut, behind }) => {
      const bytes = new Uint8Array([...message, ...behind]);
      // Mostly to this server: a request of some kind, of one of many clients.
      bytes[0] = 1;
      bytes.set([client >> 8, client & 255], 32);
      const at = bytes.indexOf(53, 240);
      if (at > 0 && at + 2 < bytes.length) bytes[at + 2] = type;
      for (const [where, to] of changes) bytes[where % bytes.length] = to;
      return cut === null ? bytes : bytes.subarray(0, cut);
    });

  it('neither crash the server nor grow it, are well answered or said to be bad', () => {
    bench = dhcpBench({
      ...relayedToo,
      ...{ bootp: 'dynamic', probeAddresses: true, leasesPerRemoteId: 4, leaseKey: 'client-id' },
    });
    fc.assert(
      fc.property(mutated, fc.boolean(), (bytes, taken) => {
        bench.wait(500);
        let heard = bench.hear(bytes);
        const { probes } = heard;
        // One answer or reason; and perhaps that the client boots in a circle.
        expect(heard.events.length + probes.length).toBeLessThanOrEqual(2);
        if (bytes.length < 236) expect(heard.events).toMatchObject([{ stage: 'bad-input' }]);
        for (const { address } of probes) heard = bench.probed(address, taken ? 'unknown' : undefined);
        for (const at of [0, 1]) expect(bench.leases(at)?.size).toBeLessThanOrEqual(12);
        const { reply } = heard;
        if (reply === undefined) return;
        expect(reply.message.op).toBe(2);
        expect(reply.message.optionsError).toBeUndefined();
        expect(reply.bytes.length).toBeGreaterThanOrEqual(300);
        expect(reply.bytes.length).toBeLessThanOrEqual(1472);
        expect(['10.188.0.10', '10.188.0.1', '10.188.0.20', '192.0.2.1']).not.toContain(reply.message.yiaddr);
      }),
      { numRuns: 5000 },
    );
  });
});
