import { describe, expect, it } from 'vitest';
import { type Ipv6Address, ipv6ToBytes, type MacAddress, mac } from '../../wire/address.ts';
import { fromHex } from '../../wire/bytes.ts';
import {
  DHCPV6_TYPE,
  type Dhcpv6ClientMessage,
  type Dhcpv6Message,
  type Dhcpv6Option,
  innermostDhcpv6,
  parseDhcpv6,
  serializeDhcpv6,
} from '../../wire/dhcpv6.ts';
import { ETHER_TYPE, parseEthernet, serializeEthernet } from '../../wire/ethernet.ts';
import { IP_PROTOCOL } from '../../wire/ipv4.ts';
import { type Ipv6Packet, parseIpv6, serializeIpv6 } from '../../wire/ipv6.ts';
import { parseUdp, serializeUdp } from '../../wire/udp.ts';
import { linkLocalOf, multicastMac } from './neighbour-discovery.ts';
import { replayScripts } from './replay-script.ts';
import { AS_RECORDED, act, type Sent, verdicts } from './testing/act.ts';
import { Recording } from './testing/recording.ts';

const CLIENT = mac('00:12:34:56:78:90');
const SERVER = mac('02:00:0a:bc:00:0a');
const RELAY = mac('02:00:00:00:07:01');
const ALL = 'ff02::1:2' as Ipv6Address;
const GIVEN = '2001:db8::66' as Ipv6Address;
const NOTHING = new Uint8Array();
/** DUID-LL of the client; two servers' identifiers, of different length. */
const DUID = fromHex('0003 0001 001234567890');
const SERVER_THEN = fromHex('0003 0001 020000000001');
const SERVER_NOW = fromHex('0002 0000 0009 abcd');

const associated = (address: Ipv6Address): Dhcpv6Option => ({
  code: 3,
  data: Buffer.concat([
    fromHex('00000001 00000000 00000000', '0005 0018'),
    ipv6ToBytes(address),
    fromHex('00000e10 00001c20'),
  ]),
});
const elapsed = (hundredths: number): Dhcpv6Option => ({
  code: 8,
  data: Uint8Array.of(hundredths >> 8, hundredths & 0xff),
});

function message(type: number, ...options: readonly Dhcpv6Option[]): Dhcpv6ClientMessage {
  return {
    ...{ kind: 'message', type, transactionId: 0xabcdef, trailing: NOTHING },
    options: [{ code: 1, data: DUID }, ...options],
  };
}

function frameOf(
  [from, to]: readonly [MacAddress, MacAddress],
  [source, destination]: readonly [Ipv6Address, Ipv6Address],
  said: Dhcpv6Message,
  ports: readonly [number, number] = [546, 547],
): Uint8Array {
  const [sourcePort, destinationPort] = ports;
  const addresses = { source, destination };
  const payload = serializeUdp({ sourcePort, destinationPort, payload: serializeDhcpv6(said) }, addresses);
  const packet = serializeIpv6({ ...addresses, protocol: IP_PROTOCOL.udp, hopLimit: 1, payload });
  return serializeEthernet({ destination: to, source: from, etherType: ETHER_TYPE.ipv6, payload: packet });
}

const asked = (said: Dhcpv6Message): Uint8Array =>
  frameOf([CLIENT, multicastMac(ALL)], [linkLocalOf(CLIENT), ALL], said);
const answered = (said: Dhcpv6Message, to = CLIENT): Uint8Array =>
  frameOf([SERVER, to], [linkLocalOf(SERVER), linkLocalOf(to)], said, [547, to === CLIENT ? 546 : 547]);

type Seen = Sent & { readonly packet: Ipv6Packet; readonly said: Dhcpv6Message };

function seen(sent: readonly Sent[]): readonly Seen[] {
  return sent.flatMap((one) => {
    const ethernet = parseEthernet(one.bytes);
    const packet = ethernet.ok ? parseIpv6(ethernet.value.payload) : undefined;
    const udp = packet?.ok === true ? parseUdp(packet.value.payload) : undefined;
    const said =
      udp?.ok === true && udp.value.destinationPort === 547 ? parseDhcpv6(udp.value.payload) : undefined;
    return packet?.ok === true && said?.ok === true
      ? [{ ...one, packet: packet.value, said: said.value }]
      : [];
  });
}

describe('dhcpv6Exchange', () => {
  const solicit = message(DHCPV6_TYPE.solicit, elapsed(0));
  const advertise = (server: Uint8Array, address: Ipv6Address): Dhcpv6ClientMessage =>
    message(DHCPV6_TYPE.advertise, { code: 2, data: server }, associated(address));
  const request = message(DHCPV6_TYPE.request, { code: 2, data: SERVER_THEN }, associated(GIVEN), elapsed(0));
  const recording = new Recording()
    .frame(0, asked(solicit))
    .frame(0.01, answered(advertise(SERVER_THEN, GIVEN)))
    .frame(1, asked(request))
    .frame(1.01, answered({ ...advertise(SERVER_THEN, GIVEN), type: DHCPV6_TYPE.reply }));
  const scripts = replayScripts(recording.frames);

  it('sends what was recorded, octet by octet, while the server chooses the same', () => {
    const then = act(scripts, (bytes) =>
      seen([{ bytes, at: 0 }]).map(({ said }) =>
        answered({ ...advertise(SERVER_THEN, GIVEN), type: said.type === 1 ? 2 : 7 }),
      ),
    );
    expect(verdicts(then.results)).toEqual(['DHCPv6 SOLICIT: same', 'DHCPv6 REQUEST: same']);
    expect(then.sent.map(({ bytes }) => bytes)).toEqual([
      ...[recording.frames[0]?.bytes, recording.frames[2]?.bytes],
    ]);
  });

  it('speaks of the server and the address of now', () => {
    const now = '2001:db8:1::7' as Ipv6Address;
    const { results, sent } = act(scripts, (bytes) =>
      seen([{ bytes, at: 0 }]).map(({ said }) =>
        answered({ ...advertise(SERVER_NOW, now), type: said.type === 1 ? 2 : 7 }),
      ),
    );
    expect(verdicts(results)).toEqual(['DHCPv6 SOLICIT: same', 'DHCPv6 REQUEST: same']);
    const last = seen(sent).at(-1)?.said;
    expect(last?.options).toEqual([
      ...[
        { code: 1, data: DUID },
        { code: 2, data: SERVER_NOW },
      ],
      { code: 3, data: Uint8Array.from(associated(now).data) },
      { code: 8, data: Uint8Array.of(0, 0) },
    ]);
  });

  it('says what differs by the option’s name', () => {
    const { results } = act(scripts, (bytes) =>
      seen([{ bytes, at: 0 }]).map(() =>
        answered(
          message(DHCPV6_TYPE.advertise, { code: 2, data: SERVER_NOW }, { code: 13, data: fromHex('0002') }),
        ),
      ),
    );
    expect(results[0]?.differences.map(({ field, got }) => [field, got])).toEqual([
      ['option 3 (IA_NA)', undefined],
      ['option 13 (status)', 'status 2'],
    ]);
  });

  it('renews transaction id and elapsed time by choice, and keeps the client’s DUID', () => {
    const again = message(DHCPV6_TYPE.solicit, elapsed(400));
    const retried = new Recording().frame(0, asked(solicit)).frame(4, asked(again));
    const options = { ...AS_RECORDED, renew: { xid: () => 0x12345678, secs: true } };
    const { sent, results } = act(replayScripts(retried.frames), () => [], options);
    expect(results).toMatchObject([{ verdict: 'same', note: 'nobody answered, then or now' }]);
    const messages = seen(sent).map(({ said }) => said);
    expect(messages).toMatchObject([
      { transactionId: 0x345678, options: [{ code: 1, data: DUID }, { data: Uint8Array.of(0, 0) }] },
      // A second later: --fast.
      { transactionId: 0x345678, options: [{ code: 1, data: DUID }, { data: Uint8Array.of(0, 100) }] },
    ]);
  });

  it('speaks for a client as its relay, and takes the relay’s answers only', () => {
    const enclosing = (inner: Dhcpv6Message, type: number): Dhcpv6Message => ({
      ...{ kind: 'relay', type, hops: 0, link: GIVEN, peer: linkLocalOf(CLIENT), trailing: NOTHING },
      options: [{ code: 9, data: serializeDhcpv6(inner) }],
    });
    const forward = enclosing(solicit, DHCPV6_TYPE.relayForward);
    const reply = enclosing(advertise(SERVER_THEN, GIVEN), DHCPV6_TYPE.relayReply);
    const server = '2001:db8:2::1' as Ipv6Address;
    const relayed = new Recording()
      .frame(0, frameOf([RELAY, SERVER], [GIVEN, server], forward, [547, 547]))
      .frame(0.01, frameOf([SERVER, RELAY], [server, GIVEN], reply, [547, 547]));
    const own = replayScripts(relayed.frames);
    expect(own.map((script) => script.mac)).toEqual([CLIENT]);
    const link = '2001:db8:9::1' as Ipv6Address;
    const options = { ...AS_RECORDED, relays: { v4: new Map(), v6: new Map([[GIVEN, link]]) } };
    const { results, sent } = act(
      own,
      (bytes) => seen([{ bytes, at: 0 }]).map(() => answered(reply, RELAY)),
      options,
    );
    expect(verdicts(results)).toEqual(['DHCPv6 SOLICIT by a relay: same']);
    const [question] = seen(sent);
    expect(question?.said).toMatchObject({ kind: 'relay', type: 12, link });
    expect(question?.packet.source).toBe(linkLocalOf(RELAY));
    expect(question !== undefined && innermostDhcpv6(question.said)).toMatchObject({ type: 1 });
    const direct = act(own, (bytes) =>
      seen([{ bytes, at: 0 }]).map(() => answered(advertise(SERVER_NOW, GIVEN))),
    );
    expect(direct.results).toMatchObject([{ verdict: 'missing' }]);
  });
});
