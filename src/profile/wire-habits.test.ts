import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Frame } from '../pcap/frame.ts';
import { LINKTYPE } from '../pcap/link-type.ts';
import { StoryBuilder } from '../story/story-builder.ts';
import { TestWire } from '../story/testing/wire.ts';
import { type Ipv6Address, ipv4, type MacAddress, mac } from '../wire/address.ts';
import { type ArpFields, serializeArp } from '../wire/arp.ts';
import { serializeDns } from '../wire/dns.ts';
import { ETHER_TYPE } from '../wire/ethernet.ts';
import { type Icmpv6Fields, serializeIcmpv6 } from '../wire/icmpv6.ts';
import { serializeIpv6 } from '../wire/ipv6.ts';
import type { BlockNumber } from '../wire/tftp.ts';
import { serializeUdp } from '../wire/udp.ts';
import { flatten, profileSchema } from './profile.ts';
import { profileOf } from './profile-of.ts';
import { WireHabits } from './wire-habits.ts';

const CLIENT = mac('00:12:34:56:78:90');
const SERVER = mac('02:00:0a:bc:00:0a');
const NOBODY = mac('00:00:00:00:00:00');
const CLIENT_IP = ipv4('10.188.0.66');
const SERVER_IP = ipv4('10.188.0.10');
const LINK_LOCAL = 'fe80::212:34ff:fe56:7890' as Ipv6Address;
const ROUTER = 'fe80::1' as Ipv6Address;
const ALL_NODES = 'ff02::1' as Ipv6Address;
const ALL_ROUTERS = 'ff02::2' as Ipv6Address;
const DHCPV6_SERVERS = 'ff02::1:2' as Ipv6Address;

/** The facts of a wire's client, by path without the stage. */
function factsOf(wire: TestWire): Readonly<Record<string, unknown>> {
  const habits = new WireHabits();
  for (const frame of wire.frames) habits.add(frame);
  const { profile } = profileOf(wire.story(), habits.of(CLIENT));
  return Object.fromEntries(
    [...flatten(profile)].map(([path, fact]) => [path.replace('firmware.', ''), fact]),
  );
}

function arp(
  wire: TestWire,
  from: 'client' | 'server',
  fields: Omit<Extract<ArpFields, { kind: 'ipv4' }>, 'kind'>,
): TestWire {
  return wire.ethernet(from, ETHER_TYPE.arp, serializeArp({ kind: 'ipv4', ...fields }));
}

const whoHas = (targetIp: typeof CLIENT_IP) => ({
  operation: 1,
  senderMac: CLIENT,
  senderIp: CLIENT_IP,
  targetMac: NOBODY,
  targetIp,
});
const isAt = (senderMac: MacAddress, senderIp: typeof CLIENT_IP) => ({
  operation: 2,
  senderMac,
  senderIp,
  targetMac: CLIENT,
  targetIp: CLIENT_IP,
});

function icmpv6(
  wire: TestWire,
  from: 'client' | 'server',
  source: Ipv6Address,
  destination: Ipv6Address,
  message: Icmpv6Fields,
): TestWire {
  const payload = serializeIcmpv6(message, { source, destination });
  return wire.ethernet(
    from,
    ETHER_TYPE.ipv6,
    serializeIpv6({ source, destination, protocol: 58, payload, hopLimit: 255 }),
  );
}

const question = (type: string) =>
  serializeDns({ questions: [{ name: 'pxe.example.com', type, class: 'IN' }] });

/** A story needs an event. */
const withTransfer = (wire: TestWire): TestWire =>
  wire.tftp('client', 2070, 69, { kind: 'rrq', file: 'a', mode: 'octet', options: [] });

const HTTP_GET = 'GET / HTTP/1.1\r\nHost: pxe\r\n\r\n';

describe('WireHabits', () => {
  it('counts ARP requests up to the answer, with the pauses between them', () => {
    const wire = withTransfer(new TestWire());
    arp(wire, 'client', whoHas(SERVER_IP)).wait(1);
    arp(wire, 'client', whoHas(SERVER_IP)).wait(2);
    arp(wire, 'client', whoHas(SERVER_IP));
    arp(wire, 'server', isAt(SERVER, SERVER_IP));
    expect(factsOf(wire)).toMatchObject({
      'arp.requests.targets': ['a server that it reads from'],
      'arp.requests.tries': 3,
      'arp.requests.intervals-seconds': [1, 2],
    });
  });

  it('says that a client gives up only where it goes on to something else', () => {
    const asks = (): TestWire =>
      arp(
        arp(withTransfer(new TestWire()), 'client', whoHas(SERVER_IP)).wait(1),
        'client',
        whoHas(SERVER_IP),
      );
    expect(factsOf(asks())).toMatchObject({ 'arp.requests.tries': 2 });
    const goesOn = factsOf(asks().wait(1).udp('client', 1024, 53, question('A')));
    expect(goesOn).toMatchObject({ 'arp.requests.gives-up-after': 2 });
    expect(goesOn).not.toHaveProperty(['arp.requests.tries']);
  });

  it('tells probes from announcements, and who answers from who does not', () => {
    const wire = withTransfer(new TestWire());
    arp(wire, 'client', { ...whoHas(CLIENT_IP), senderIp: ipv4('0.0.0.0') });
    arp(wire, 'client', whoHas(CLIENT_IP));
    arp(wire, 'server', { ...whoHas(CLIENT_IP), senderMac: SERVER, senderIp: SERVER_IP });
    expect(factsOf(wire)).toMatchObject({
      'arp.probes.count': 1,
      'arp.announcements.form': ['request'],
      'arp.replies.answers': false,
    });
    arp(wire, 'client', { ...isAt(CLIENT, CLIENT_IP), targetMac: SERVER, targetIp: SERVER_IP });
    expect(factsOf(wire)).toMatchObject({ 'arp.replies.answers': true });
  });

  it('counts DNS questions of one name and type, whatever their numbers and ports', () => {
    const wire = new TestWire()
      .udp('client', 1024, 53, question('AAAA'))
      .wait(0.5)
      .udp('client', 1025, 53, question('AAAA'))
      .udp(
        'server',
        53,
        1025,
        serializeDns({
          isResponse: true,
          questions: [{ name: 'pxe.example.com', type: 'AAAA', class: 'IN' }],
        }),
      )
      .udp('client', 1025, 53, question('A'));
    expect(factsOf(wire)).toMatchObject({
      'dns.questions.types-in-order': ['AAAA', 'A'],
      'dns.questions.tries': 2,
      'dns.questions.intervals-seconds': [0.5],
      'dns.questions.edns': 'none',
      'dns.questions.recursion': false,
    });
  });

  it('tells a TFTP request that is sent again from the next one, and what is acknowledged', () => {
    const rrq = {
      kind: 'rrq',
      file: 'a',
      mode: 'octet',
      options: [{ name: 'blksize', value: '8' }],
    } as const;
    const block = (number: number): BlockNumber => number as BlockNumber;
    const wire = new TestWire()
      .tftp('client', 2070, 69, rrq)
      .wait(4)
      .tftp('client', 2070, 69, rrq)
      .tftp('server', 2070, 50_000, { kind: 'oack', options: [{ name: 'blksize', value: '8' }] })
      .tftp('client', 2070, 50_000, { kind: 'ack', block: block(0) })
      .wait(1)
      .tftp('client', 2070, 50_000, { kind: 'ack', block: block(0) });
    for (let i = 1; i <= 9; i++)
      wire
        .tftp('server', 2070, 50_000, {
          kind: 'data',
          block: block(i),
          data: new Uint8Array(i === 9 ? 3 : 8),
        })
        .tftp('client', 2070, 50_000, { kind: 'ack', block: block(i) });
    expect(factsOf(wire)).toMatchObject({
      'tftp.requests.tries': 2,
      'tftp.requests.intervals-seconds': [4],
      'tftp.acknowledgments.windows-per-ack': 1,
      'tftp.acknowledgments.acknowledges-oack': true,
      'tftp.acknowledgments.acknowledges-last': true,
      'tftp.acknowledgments.ack-repeat-seconds': [1],
    });
  });

  it('tells who leaves the last block without an ACK', () => {
    const wire = new TestWire()
      .tftp('client', 2070, 69, { kind: 'rrq', file: 'a', mode: 'octet', options: [] })
      .tftp('server', 2070, 50_000, { kind: 'data', block: 1 as BlockNumber, data: new Uint8Array(3) });
    expect(factsOf(wire)).toMatchObject({ 'tftp.acknowledgments.acknowledges-last': false });
  });

  it('counts SYNs up to the answer, and segments to an acknowledgment', () => {
    const wire = new TestWire()
      .tcp('client', 80, 100, 0, ['syn'])
      .wait(1)
      .tcp('client', 80, 100, 0, ['syn'])
      .tcp('server', 80, 500, 101, ['syn', 'ack'])
      .tcp('client', 80, 101, 501, ['ack'])
      .tcp('client', 80, 101, 501, ['ack', 'psh'], HTTP_GET);
    const seq = 101 + HTTP_GET.length;
    for (let i = 0; i < 10; i += 2)
      wire
        .tcp('server', 80, 501 + i * 10, seq, ['ack'], '0123456789')
        .tcp('server', 80, 511 + i * 10, seq, ['ack'], '0123456789')
        .tcp('client', 80, seq, 521 + i * 10, ['ack']);
    wire.tcp('client', 80, seq, 601, ['ack']).tcp('client', 80, seq, 601, ['rst']);
    expect(factsOf(wire)).toMatchObject({
      'tcp.connections.syn-tries': 2,
      'tcp.connections.syn-intervals-seconds': [1],
      'tcp.connections.segments-per-ack': 1.7,
      'tcp.connections.repeats-acks': true,
      'tcp.connections.ends': ['rst'],
      'tcp.connections.source-ports': 'one only',
    });
  });

  it('counts router solicitations up to an advertisement, to one or to all', () => {
    const solicitation = {
      kind: 'router-solicitation',
      options: [{ kind: 'source-link-layer', address: CLIENT }],
    } as const;
    const advertisement = {
      kind: 'router-advertisement',
      ...{
        hopLimit: 64,
        managed: false,
        otherConfig: false,
        lifetime: 0,
        reachableTime: 0,
        retransTimer: 0,
        options: [],
      },
    } as const;
    const wire = new TestWire();
    icmpv6(wire, 'client', LINK_LOCAL, ALL_ROUTERS, solicitation).wait(1);
    icmpv6(wire, 'client', LINK_LOCAL, ALL_ROUTERS, solicitation);
    icmpv6(wire, 'server', ROUTER, ALL_NODES, advertisement);
    expect(factsOf(wire)).toMatchObject({
      'ipv6.router.tries': 2,
      'ipv6.router.intervals-seconds': [1],
      'ipv6.router.from': 'link-local address',
      'ipv6.router.options': ['source-link-layer'],
    });
  });

  it('tells what DHCPv6 clients ask for, and that one transaction is one question', () => {
    const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replace(/\s+/g, ''), 'hex'));
    const solicit = bytes(`01 112233
      0001 0012 0004 4c4c454400394e10804eb9c04f4d344a
      0003 000c 12345678 00000000 00000000
      0006 0004 003b 003c
      0010 000f 00000157 0009 505845436c69656e74
      000c 0001 07`);
    const wire = new TestWire();
    icmpv6(wire, 'client', LINK_LOCAL, ALL_ROUTERS, { kind: 'router-solicitation', options: [] });
    const payload = serializeUdp(
      { sourcePort: 546, destinationPort: 547, payload: solicit },
      { source: LINK_LOCAL, destination: DHCPV6_SERVERS },
    );
    const packet = serializeIpv6({ source: LINK_LOCAL, destination: DHCPV6_SERVERS, protocol: 17, payload });
    wire.ethernet('client', ETHER_TYPE.ipv6, packet).wait(1).ethernet('client', ETHER_TYPE.ipv6, packet);
    expect(factsOf(wire)).toMatchObject({
      'dhcpv6.exchange.sequence': ['solicit'],
      'dhcpv6.solicit.tries': 2,
      'dhcpv6.solicit.intervals-seconds': [1],
      'dhcpv6.solicit.options': [1, 3, 6, 16, 12],
      'dhcpv6.solicit.option-request': [59, 60],
      'dhcpv6.solicit.client-id': 'DUID-UUID',
      'dhcpv6.solicit.identity-associations': ['IA_NA, times zero'],
      'dhcpv6.solicit.vendor-class': ['enterprise 343', 'PXEClient'],
      'dhcpv6.solicit.other-options': ['12: 1 octet'],
      'dhcpv6.solicit.from': 'link-local address port 546',
      'dhcpv6.solicit.to': 'all servers and relays port 547',
    });
  });

  it('keeps no more than its limits, whatever comes', () => {
    const habits = new WireHabits();
    const wire = new TestWire();
    for (let i = 0; i < 3_000; i++)
      wire.udp(
        'client',
        1024,
        53,
        serializeDns({ questions: [{ name: `n${i}.example.com`, type: 'A', class: 'IN' }] }),
      );
    for (const frame of wire.frames) habits.add(frame);
    expect(habits.of(CLIENT)).toHaveLength(1_024);
  });
});

describe('WireHabits and profileOf', () => {
  it('take any octets, and what is damaged anywhere', () => {
    const wire = new TestWire();
    arp(wire, 'client', whoHas(SERVER_IP));
    icmpv6(wire, 'client', LINK_LOCAL, ALL_ROUTERS, { kind: 'router-solicitation', options: [] });
    wire.udp('client', 1024, 53, question('A')).tcp('client', 80, 100, 0, ['syn']);
    withTransfer(wire);
    const linkTypes = fc.constantFrom(...Object.values(LINKTYPE));
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 80 }),
      fc
        .tuple(fc.constantFrom(...wire.frames), fc.nat(), fc.integer({ min: 0, max: 255 }), fc.nat())
        .map(([frame, at, octet, length]) => {
          const damaged = frame.bytes.slice();
          damaged[at % damaged.length] = octet;
          return damaged.subarray(0, 1 + (length % damaged.length));
        }),
    );
    const frames = fc.array(fc.record({ bytes, linkType: linkTypes }), { maxLength: 12 });
    fc.assert(
      fc.property(frames, (some) => {
        const habits = new WireHabits();
        const builder = new StoryBuilder();
        const told = some.map(
          (one, i): Frame => ({
            ...one,
            number: i + 1,
            timeNs: BigInt(i),
            interfaceId: 0,
            originalLength: one.bytes.length,
          }),
        );
        builder.add({ frames: told, notes: [] });
        for (const frame of told) habits.add(frame);
        builder.finish();
        for (const story of builder.stories()) {
          const { profile } = profileOf(story, habits.of(story.client.id));
          expect(profileSchema.safeParse(profile).error).toBeUndefined();
        }
      }),
    );
  });
});
