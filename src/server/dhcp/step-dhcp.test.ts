import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ipv4, mac } from '../../wire/address.ts';
import { buildDhcpMessage } from '../../wire/dhcp/build-message.ts';
import { OPTION } from '../../wire/dhcp/option-codes.ts';
import {
  addressOf,
  bytesOf,
  CLIENT,
  dhcpBench,
  dhcpConfig,
  ipxe,
  numbered,
  octetsOf,
  rom,
  SERVER,
  subnet,
} from './testing/dhcp-bench.ts';

describe('stepDhcp: header and lease of OFFER and ACK (RFC 2131 Table 3)', () => {
  it('copies what the client sent, and nothing else', () => {
    const bench = dhcpBench();
    const offer = bench.discover({ xid: 0xdeadbeef, flags: 0x8000, secs: 7, hops: 3 });
    expect(offer).toMatchObject({
      type: 'offer',
      message: {
        op: 2,
        xid: 0xdeadbeef,
        flags: 0x8000,
        secs: 0,
        hops: 0,
        ciaddr: '0.0.0.0',
        giaddr: '0.0.0.0',
      },
    });
    expect(bytesOf(offer, OPTION.serverIdentifier)).toEqual([10, 188, 0, 10]);
    expect(bytesOf(offer, OPTION.leaseTime)).toEqual([0, 0, 0xa8, 0xc0]);
    for (const code of [OPTION.requestedAddress, OPTION.parameterRequestList, OPTION.maximumMessageSize]) {
      expect(bytesOf(offer, code)).toBeUndefined();
    }
    const ack = bench.select(offer?.message.yiaddr ?? SERVER, { xid: 5 });
    expect(ack).toMatchObject({ type: 'ack', message: { xid: 5, yiaddr: offer?.message.yiaddr } });
  });

  it('gives one MAC one address across ROM, iPXE and operating system, whatever option 61 says', () => {
    const bench = dhcpBench();
    const uuid = octetsOf(OPTION.clientIdentifier, 0, ...Array(16).fill(0x44));
    const duid = octetsOf(OPTION.clientIdentifier, 255, 1, 2, 3, 4, 0, 1, 0, 1, 9, 9, 9, 9);
    const first = bench.dora({ options: rom(0) });
    expect(bench.dora({ options: [...rom(0), uuid] })).toBe(first);
    expect(bench.dora({ options: ipxe() })).toBe(first);
    expect(bench.dora({ options: [duid] })).toBe(first);
    expect(bench.leases()?.size).toBe(1);
  });

  it('keys by option 61 where that is wanted, and then 01 + MAC is the MAC', () => {
    const bench = dhcpBench({ ...dhcpConfig, leaseKey: 'client-id' });
    const first = bench.dora({ options: rom(0) });
    expect(bench.dora({ options: ipxe() })).toBe(first);
    const id = octetsOf(OPTION.clientIdentifier, 255, 1, 2, 3, 4);
    const second = bench.dora({ options: [id] });
    expect(second).not.toBe(first);
    expect(bench.dora({ chaddr: numbered(1), options: [id] })).toBe(second);
  });

  it('serves a client without a hardware address by option 61, and not at all without that', () => {
    const bench = dhcpBench();
    const none = { htype: 32, hlen: 0, chaddr: new Uint8Array(16) };
    const id = octetsOf(OPTION.clientIdentifier, 255, 1, 2, 3, 4);
    expect(bench.dora({ ...none, options: [id] })).toBe(bench.dora({ ...none, options: [id] }));
    expect(bench.discover(none)).toBeUndefined();
    expect(bench.discover({ hlen: 17 })).toBeUndefined();
  });

  it('follows option 51 within what is configured, in OFFER and ACK alike', () => {
    const bench = dhcpBench();
    const leaseTime = (seconds: number) => ({
      code: OPTION.leaseTime,
      data: Uint8Array.from([24, 16, 8, 0].map((shift) => (seconds >>> shift) & 255)),
    });
    for (const [asked, given] of [
      [3600, [0, 0, 0x0e, 0x10]],
      [60, [0, 0, 0, 120]],
      [0xffffffff, [0, 0, 0xa8, 0xc0]],
    ] as const) {
      const offer = bench.discover({ chaddr: numbered(asked & 255), options: [leaseTime(asked)] });
      expect(bytesOf(offer, OPTION.leaseTime)).toEqual(given);
      const ack = bench.select(offer?.message.yiaddr ?? SERVER, { chaddr: numbered(asked & 255) });
      expect(bytesOf(ack, OPTION.leaseTime)).toEqual(given);
    }
  });

  it('sends a lease without end as 0xffffffff and without T1 and T2', () => {
    const endless = { ...subnet, leaseSeconds: Number.POSITIVE_INFINITY };
    const bench = dhcpBench({ ...dhcpConfig, subnets: [endless] });
    const offer = bench.discover();
    expect(bytesOf(offer, OPTION.leaseTime)).toEqual([255, 255, 255, 255]);
    expect(bytesOf(offer, OPTION.renewalTime)).toBeUndefined();
    bench.dora();
    bench.wait(1e12);
    expect(bench.select(offer?.message.yiaddr ?? SERVER)?.type).toBe('ack');
  });

  it('gives a reservation its address and host name', () => {
    const offer = dhcpBench().discover({ chaddr: mac('00:00:00:00:00:99') });
    expect(offer?.message.yiaddr).toBe('10.188.0.99');
    expect(bytesOf(offer, OPTION.hostName)).toEqual([...Buffer.from('ninetynine')]);
  });
});

describe('stepDhcp: which address (RFC 2131 §4.3.1)', () => {
  it('repeats the same offer for a DISCOVER that is sent again', () => {
    const bench = dhcpBench();
    const addresses = [0, 1, 2].map(() => bench.discover()?.message.yiaddr);
    expect(new Set(addresses).size).toBe(1);
    expect(bench.leases()?.size).toBe(1);
  });

  it('offers each client another address, and then nothing', () => {
    const bench = dhcpBench();
    const given = Array.from(
      { length: 20 },
      (_, n) => bench.discover({ chaddr: numbered(n) })?.message.yiaddr,
    );
    const offered = given.filter((address) => address !== undefined);
    expect(offered).toHaveLength(11);
    expect(new Set(offered).size).toBe(11);
    const late = bench.send('discover', { chaddr: numbered(99) });
    expect(late.reply).toBeUndefined();
    expect(late.events).toMatchObject([{ did: 'silence', because: 'no address is free' }]);
  });

  it('keeps serving bound clients when the pool is used up, and frees offers that nobody took', () => {
    const bench = dhcpBench();
    const bound = bench.dora();
    for (let n = 0; n < 2000; n++) bench.discover({ chaddr: numbered(n) });
    expect(bench.leases()?.size).toBe(11);
    expect(bench.select(bound)?.type).toBe('ack');
    bench.wait(31_000);
    expect(bench.discover({ chaddr: numbered(5000) })?.type).toBe('offer');
  });

  it('takes the address asked for if it is free, and another if it is not', () => {
    const bench = dhcpBench();
    const asking = (address: string) => [addressOf(OPTION.requestedAddress, ipv4(address))];
    const yiaddr = (n: number, address: string) =>
      bench.discover({ chaddr: numbered(n), options: asking(address) })?.message.yiaddr;
    expect(yiaddr(1, '10.188.0.67')).toBe('10.188.0.67');
    expect(yiaddr(2, '10.188.0.67')).not.toBe('10.188.0.67');
    for (const foreign of ['192.0.2.77', '10.188.0.10', '10.188.0.99', '10.188.0.59', '0.0.0.0']) {
      expect(yiaddr(3, foreign)).toMatch(/^10\.188\.0\.6\d$|^10\.188\.0\.70$/);
    }
  });

  it('gives a client its old address back after RELEASE, and to others once nothing else is left', () => {
    const bench = dhcpBench();
    const old = bench.dora();
    expect(
      bench.send('release', { ciaddr: old, options: [addressOf(OPTION.serverIdentifier, SERVER)] }),
    ).toMatchObject({ reply: undefined, events: [{ did: 'released', address: old }] });
    expect(bench.discover()?.message.yiaddr).toBe(old);
    bench.wait(31_000);
    const others = Array.from({ length: 11 }, (_, n) => bench.dora({ chaddr: numbered(n) }));
    expect(others.at(-1)).toBe(old);
    expect(others.slice(0, -1)).not.toContain(old);
  });

  it('frees a lease when it is over, not before', () => {
    const bench = dhcpBench();
    for (let n = 0; n < 11; n++) bench.dora({ chaddr: numbered(n) });
    bench.wait(43_199_000);
    expect(bench.discover({ chaddr: numbered(20) })).toBeUndefined();
    bench.wait(1_000);
    expect(bench.discover({ chaddr: numbered(20) })?.type).toBe('offer');
  });
});

describe('stepDhcp: DECLINE, RELEASE, INFORM', () => {
  const ours = addressOf(OPTION.serverIdentifier, SERVER);

  it('takes a declined address out of use for ten minutes, and keeps silent', () => {
    const bench = dhcpBench();
    const declined = bench.dora();
    const heard = bench.send('decline', { options: [ours, addressOf(OPTION.requestedAddress, declined)] });
    expect(heard).toMatchObject({ reply: undefined, events: [{ did: 'declined', address: declined }] });
    const others = Array.from(
      { length: 11 },
      (_, n) => bench.discover({ chaddr: numbered(n) })?.message.yiaddr,
    );
    expect(others).not.toContain(declined);
    expect(others.filter((address) => address !== undefined)).toHaveLength(10);
    bench.wait(600_000);
    const all = Array.from({ length: 11 }, (_, n) => bench.discover({ chaddr: numbered(n) })?.message.yiaddr);
    expect(all).toContain(declined);
  });

  it('lets nobody decline or release what is not his, or what another server gave', () => {
    const bench = dhcpBench();
    const victim = bench.dora();
    const attacker = { chaddr: numbered(666) };
    bench.dora(attacker);
    bench.send('release', { ...attacker, ciaddr: victim, options: [ours] });
    bench.send('decline', { ...attacker, options: [ours, addressOf(OPTION.requestedAddress, victim)] });
    bench.send('release', {
      ciaddr: victim,
      options: [addressOf(OPTION.serverIdentifier, ipv4('10.188.0.11'))],
    });
    expect(bench.leases()?.find('1:001234567890')).toMatchObject({ state: 'bound', address: victim });
  });

  it('loses at most three addresses to a client that declines everything', () => {
    const bench = dhcpBench();
    for (let round = 0; round < 10; round++) {
      const address = bench.dora();
      bench.send('decline', { options: [ours, addressOf(OPTION.requestedAddress, address)] });
    }
    const left = Array.from({ length: 11 }, (_, n) => bench.discover({ chaddr: numbered(n) })).filter(
      Boolean,
    );
    expect(left).toHaveLength(7);
  });

  it('answers INFORM at ciaddr without address and lease times, for a client it does not know', () => {
    const bench = dhcpBench();
    const asked = octetsOf(OPTION.parameterRequestList, 1, 3, 6, 51, 58, 59, 66, 67);
    const { reply } = bench.send('inform', { ciaddr: ipv4('10.188.0.200'), options: [...rom(0), asked] });
    expect(reply).toMatchObject({
      type: 'ack',
      message: { yiaddr: '0.0.0.0', ciaddr: '10.188.0.200' },
      to: { kind: 'routed', address: '10.188.0.200', port: 68 },
    });
    expect(bytesOf(reply, OPTION.router)).toEqual([10, 188, 0, 1]);
    for (const code of [OPTION.leaseTime, OPTION.renewalTime, OPTION.rebindingTime]) {
      expect(bytesOf(reply, code)).toBeUndefined();
    }
    expect(bench.leases()?.size).toBe(0);
    expect(bench.send('inform').reply).toBeUndefined();
  });
});

describe('stepDhcp: what is no request', () => {
  const discover = buildDhcpMessage({ xid: 1, chaddr: CLIENT, options: [octetsOf(OPTION.messageType, 1)] });
  const changed = (at: number, ...octets: number[]) => {
    const bytes = discover.slice();
    bytes.set(octets, at);
    return bytes;
  };

  it.each([
    ['op 2', changed(0, 2)],
    ['op 0', changed(0, 0)],
    ['no magic cookie', changed(236, 0)],
    ['a header without options', discover.subarray(0, 239)],
    ['half a header', discover.subarray(0, 200)],
    ['nothing', new Uint8Array(0)],
  ])('drops %s and says why', (_, bytes) => {
    expect(dhcpBench().hear(bytes)).toMatchObject({ reply: undefined, events: [{ stage: 'bad-input' }] });
  });

  it('answers messages of less than 300 octets unless it is to discard them', () => {
    const short = discover.subarray(0, 244);
    expect(dhcpBench().hear(short).reply?.type).toBe('offer');
    const strict = dhcpBench({ ...dhcpConfig, shortMessages: 'discard' });
    expect(strict.hear(short)).toMatchObject({ reply: undefined, events: [{ stage: 'bad-input' }] });
    expect(strict.hear(discover).reply?.type).toBe('offer');
  });

  it.each(['offer', 'ack', 'nak'] as const)("does not listen to another server's %s", (type) => {
    const { reply, events } = dhcpBench().send(type);
    expect(reply).toBeUndefined();
    expect(events).toMatchObject([{ did: 'silence' }]);
  });

  it('does not answer BOOTP, nor a message type of no octets', () => {
    const bench = dhcpBench();
    expect(bench.hear(buildDhcpMessage({ xid: 1, chaddr: CLIENT })).reply).toBeUndefined();
    const empty = buildDhcpMessage({ xid: 1, chaddr: CLIENT, options: [octetsOf(OPTION.messageType)] });
    expect(bench.hear(empty).reply).toBeUndefined();
  });

  it('ignores options of no octets where they need some', () => {
    const codes = [50, 54, 55, 57, 60, 61, 77, 82, 93, 97];
    const reply = dhcpBench().discover({ options: codes.map((code) => octetsOf(code)) });
    expect(reply?.type).toBe('offer');
  });

  it('answers what came before an option that runs over the end', () => {
    const bytes = changed(243, 61, 255, 1);
    expect(dhcpBench().hear(bytes).reply?.type).toBe('offer');
  });

  it('takes no octets for a crash or for memory, however they are mixed', () => {
    const option = fc.tuple(
      fc.oneof(fc.constantFrom(50, 51, 53, 54, 55, 57, 60, 61, 77, 82, 93, 97, 175, 43), fc.nat(255)),
      fc.uint8Array({ maxLength: 60 }),
    );
    const structured = fc
      .tuple(
        fc.nat(9),
        fc.array(option, { maxLength: 12 }),
        fc.nat(200),
        fc.uint8Array({ minLength: 8, maxLength: 8 }),
      )
      .map(([type, options, client, header]) => {
        const bytes = buildDhcpMessage({
          xid: client,
          chaddr: numbered(client),
          options: [
            octetsOf(OPTION.messageType, type),
            ...options.map(([code, data]) => ({ code: Math.min(254, Math.max(1, code)), data })),
          ],
        });
        // htype, hlen, hops, flags and ciaddr of any kind.
        bytes.set(header.subarray(0, 2), client % 2 === 0 ? 1 : 10);
        if (client % 3 === 0) bytes.set([10, 188, 0, header[2] ?? 0], 12);
        return bytes;
      });
    const bench = dhcpBench();
    fc.assert(
      fc.property(
        fc.oneof({ arbitrary: structured, weight: 4 }, fc.uint8Array({ maxLength: 700 })),
        (bytes) => {
          bench.wait(500);
          const { reply } = bench.hear(bytes);
          expect(bench.leases()?.size).toBeLessThanOrEqual(12);
          if (reply === undefined) return;
          expect(reply.message.optionsError).toBeUndefined();
          expect(reply.bytes.length).toBeGreaterThanOrEqual(300);
          expect(reply.bytes.length).toBeLessThanOrEqual(1472);
          if (reply.type === 'offer' || reply.type === 'ack') {
            expect(['10.188.0.10', '10.188.0.1', '10.188.0.20']).not.toContain(reply.message.yiaddr);
          }
        },
      ),
      { numRuns: 5000 },
    );
  });
});

describe('stepDhcp: clients that lose packets', () => {
  it('binds every client once, whatever is lost or comes twice', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(10), fc.nat(3), fc.nat(9)), { maxLength: 200 }), (steps) => {
        const bench = dhcpBench();
        const offered = new Map<number, ReturnType<typeof ipv4>>();
        const bound = new Map<number, string>();
        for (const [client, lost, seconds] of steps) {
          const chaddr = numbered(client);
          const times = lost === 3 ? 2 : 1;
          const held = offered.get(client);
          for (let n = 0; n < times; n++) {
            if (held === undefined) {
              const offer = bench.discover({ chaddr });
              if (lost !== 1 && offer !== undefined) offered.set(client, offer.message.yiaddr);
            } else {
              const ack = bench.select(held, { chaddr });
              if (lost !== 2 && ack?.type === 'ack') bound.set(client, ack.message.yiaddr);
              if (ack?.type === 'nak') offered.delete(client);
            }
          }
          bench.wait(seconds * 1000);
          expect(new Set(bound.values()).size).toBe(bound.size);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('stepDhcp: events', () => {
  it('say who was told to boot what, and why', () => {
    const { events } = dhcpBench().send('discover', { options: ipxe() });
    expect(events).toMatchObject([
      {
        stage: 'dhcp',
        client: CLIENT,
        did: 'offer',
        address: expect.stringMatching(/^10\.188\.0\./),
        file: 'http://pxe.example.com/boot1.txt',
        because: 'iPXE by user-class-raw',
      },
    ]);
  });
});
