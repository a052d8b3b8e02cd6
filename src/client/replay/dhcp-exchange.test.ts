import { describe, expect, it } from 'vitest';
import { type Ipv4Address, ipv4, ipv4ToBytes, mac, UNSPECIFIED_IPV4 } from '../../wire/address.ts';
import { ARP_OPERATION, parseArp, serializeArp } from '../../wire/arp.ts';
import { buildDhcpMessage, type DhcpMessageSpec } from '../../wire/dhcp/build-message.ts';
import { BOOTREPLY, type DhcpMessage, optionData, parseDhcpMessage } from '../../wire/dhcp/message.ts';
import { MESSAGE_TYPE } from '../../wire/dhcp/opt-message-type.ts';
import { ETHER_TYPE, parseEthernet, serializeEthernet } from '../../wire/ethernet.ts';
import { type Ipv4Packet, parseIpv4 } from '../../wire/ipv4.ts';
import { parseUdp, type Udp } from '../../wire/udp.ts';
import { replayScripts } from './replay-script.ts';
import { AS_RECORDED, act, type Sent, verdicts } from './testing/act.ts';
import { datagramFrame, Recording, type Way } from './testing/recording.ts';

const CLIENT = mac('00:12:34:56:78:90');
const SERVER = { mac: mac('02:00:0a:bc:00:0a'), ip: ipv4('10.188.0.10') };
const PROXY = { mac: mac('02:00:0a:bc:00:14'), ip: ipv4('10.188.0.20') };
const RELAY = { mac: mac('02:00:00:00:07:01'), ip: ipv4('192.168.7.1') };
const GIVEN = ipv4('10.188.0.66');
const XID = 0x12345678;
const CLIENT_ID = { code: 61, data: Uint8Array.of(1, 0, 0x12, 0x34, 0x56, 0x78, 0x90) };

const type = (value: number): { code: number; data: Uint8Array } => ({
  code: 53,
  data: Uint8Array.of(value),
});
const address = (code: number, value: Ipv4Address): { code: number; data: Uint8Array } => ({
  code,
  data: ipv4ToBytes(value),
});
const FROM_CLIENT: Way = { from: CLIENT, source: UNSPECIFIED_IPV4, ports: [68, 67] };
const from = ({ mac: hardware, ip }: typeof SERVER): Way => ({ from: hardware, source: ip, ports: [67, 68] });
const discover = (more: Partial<DhcpMessageSpec> = {}): DhcpMessageSpec => ({
  ...{ xid: XID, chaddr: CLIENT, options: [type(MESSAGE_TYPE.discover), CLIENT_ID] },
  ...more,
});
const offer = (server: typeof SERVER, more: Partial<DhcpMessageSpec> = {}): DhcpMessageSpec => ({
  ...{ op: BOOTREPLY, xid: XID, chaddr: CLIENT, yiaddr: GIVEN, siaddr: server.ip, file: 'boot.efi' },
  options: [type(MESSAGE_TYPE.offer), address(54, server.ip)],
  ...more,
});

type Seen = Sent & { readonly packet: Ipv4Packet; readonly udp: Udp; readonly message: DhcpMessage };

/** DHCP messages among what was sent. */
function dhcpOf(sent: readonly Sent[]): readonly Seen[] {
  return sent.flatMap((one) => {
    const ethernet = parseEthernet(one.bytes);
    const packet = ethernet.ok ? parseIpv4(ethernet.value.payload) : undefined;
    const udp = packet?.ok === true ? parseUdp(packet.value.payload) : undefined;
    const message = udp?.ok === true ? parseDhcpMessage(udp.value.payload) : undefined;
    if (packet?.ok !== true || udp?.ok !== true || message?.ok !== true) return [];
    return [{ ...one, packet: packet.value, udp: udp.value, message: message.value }];
  });
}

/** Answers to every DHCP message of the client. */
const answering =
  (make: (message: DhcpMessage) => readonly Uint8Array[]) =>
  (bytes: Uint8Array): readonly Uint8Array[] =>
    dhcpOf([{ bytes, at: 0 }]).flatMap(({ message }) => make(message));

const sends = (server: typeof SERVER, spec: DhcpMessageSpec): Uint8Array =>
  datagramFrame(from(server), buildDhcpMessage(spec));

describe('dhcpExchange', () => {
  const plain = new Recording().dhcp(0, FROM_CLIENT, discover()).dhcp(0.01, from(SERVER), offer(SERVER));

  it('asks again as often as was recorded, and no more once somebody answers', () => {
    const retried = new Recording()
      .dhcp(0, FROM_CLIENT, discover())
      .dhcp(4, FROM_CLIENT, discover({ secs: 4 }))
      .dhcp(12, FROM_CLIENT, discover({ secs: 12 }))
      .dhcp(12.01, from(SERVER), offer(SERVER));
    const scripts = replayScripts(retried.frames);
    const slow = { ...AS_RECORDED, fast: false };
    const silent = act(scripts, () => [], slow);
    expect(dhcpOf(silent.sent).map(({ at, message }) => [at, message.secs])).toEqual([
      ...[
        [0, 0],
        [4_000, 4],
        [12_000, 12],
      ],
    ]);
    expect(silent.results).toMatchObject([
      {
        verdict: 'missing',
        note: 'nobody answered 3 tries, the last within 6 s; the recording had OFFER in frame 4',
      },
    ]);
    const second = act(
      scripts,
      answering(({ secs }) => (secs === 4 ? [sends(SERVER, offer(SERVER))] : [])),
      slow,
    );
    expect(second.sent).toHaveLength(2);
    expect(second.results).toMatchObject([{ verdict: 'same', note: 'answered after 2 tries' }]);
  });

  it('tells a second server that the recording does not have, and an answer that comes twice', () => {
    const scripts = replayScripts(plain.frames);
    const other = answering(() => [sends(SERVER, offer(SERVER)), sends(PROXY, offer(PROXY))]);
    expect(act(scripts, other).results).toMatchObject([
      { what: 'DHCP DISCOVER', verdict: 'same' },
      { what: 'DHCP OFFER from 10.188.0.20', verdict: 'extra', recorded: [1, 2] },
    ]);
    const twice = answering(() => [sends(SERVER, offer(SERVER)), sends(SERVER, offer(SERVER))]);
    expect(act(scripts, twice).results).toMatchObject([
      { what: 'DHCP DISCOVER', verdict: 'same' },
      { what: 'DHCP OFFER from 10.188.0.10', verdict: 'extra', note: 'said 2 times to 1 try: #2 #3' },
    ]);
  });

  it('waits for the proxy that the recording has, whoever is first, and says that it is missing', () => {
    const proxied = offer(PROXY, { yiaddr: UNSPECIFIED_IPV4 });
    const both = new Recording()
      .dhcp(0, FROM_CLIENT, discover())
      .dhcp(0.01, from(SERVER), offer(SERVER, { file: '' }))
      .dhcp(0.02, from(PROXY), proxied);
    const scripts = replayScripts(both.frames);
    const reversed = answering(() => [sends(PROXY, proxied), sends(SERVER, offer(SERVER, { file: '' }))]);
    expect(verdicts(act(scripts, reversed).results)).toEqual(['DHCP DISCOVER: same']);
    const one = answering(() => [sends(SERVER, offer(SERVER, { file: '' }))]);
    expect(act(scripts, one).results).toMatchObject([
      {
        verdict: 'differs',
        differences: [{ field: 'answer', recorded: 'OFFER without an address in frame 3', got: undefined }],
      },
    ]);
  });

  it('asks nobody on port 4011 in whose place nobody has come', () => {
    const proxied = offer(PROXY, { yiaddr: UNSPECIFIED_IPV4 });
    const boot: Way = {
      from: CLIENT,
      to: PROXY.mac,
      source: GIVEN,
      destination: PROXY.ip,
      ports: [68, 4011],
    };
    const request = discover({ options: [type(MESSAGE_TYPE.request)] });
    const recording = new Recording()
      .dhcp(0, FROM_CLIENT, discover())
      .dhcp(0.01, from(SERVER), offer(SERVER, { file: '' }))
      .dhcp(0.02, from(PROXY), proxied)
      .dhcp(1, boot, request);
    const one = answering(() => [sends(SERVER, offer(SERVER, { file: '' }))]);
    const { results } = act(replayScripts(recording.frames), one);
    expect(results[1]).toMatchObject({
      verdict: 'skipped',
      note: 'nobody stands for 10.188.0.20 now: the answer that named it has not come',
    });
  });

  it('takes boot file and next server for the same wherever they stand', () => {
    const options = [
      type(MESSAGE_TYPE.offer),
      ...[address(54, SERVER.ip), { code: 66, data: Buffer.from('10.188.0.10') }],
      { code: 67, data: Buffer.from('boot.efi\0') },
    ];
    const inOptions = offer(SERVER, { siaddr: UNSPECIFIED_IPV4, file: '', options });
    const { results } = act(
      replayScripts(plain.frames),
      answering(() => [sends(SERVER, inOptions)]),
    );
    expect(results).toMatchObject([{ verdict: 'same', differences: [] }]);
    const named = offer(SERVER, { sname: 'other.example.com' });
    expect(
      act(
        replayScripts(plain.frames),
        answering(() => [sends(SERVER, named)]),
      ).results,
    ).toMatchObject([
      {
        verdict: 'differs',
        differences: [
          { field: 'next server', recorded: '10.188.0.10', got: '10.188.0.10, other.example.com' },
        ],
      },
    ]);
  });

  it('renews xid and secs by choice, the same for what was the same, and keeps option 61', () => {
    const recording = new Recording()
      .dhcp(0, FROM_CLIENT, discover({ secs: 0 }))
      .dhcp(9, FROM_CLIENT, discover({ secs: 9 }));
    const options = { ...AS_RECORDED, renew: { xid: (xid: number) => xid ^ 0xff, secs: true } };
    const { sent } = act(replayScripts(recording.frames), () => [], options);
    const messages = dhcpOf(sent).map(({ message }) => message);
    // In virtual time the second try is sent a second after the first.
    expect(messages.map(({ xid, secs }) => [xid, secs])).toEqual([
      ...[
        [XID ^ 0xff, 0],
        [XID ^ 0xff, 1],
      ],
    ]);
    for (const message of messages) expect(optionData(message, 61)).toEqual(CLIENT_ID.data);
  });

  it('says whether the capture holds only the client’s side', () => {
    const alone = new Recording().dhcp(0, FROM_CLIENT, discover());
    const { results } = act(
      replayScripts(alone.frames),
      answering(() => [sends(SERVER, offer(SERVER))]),
    );
    expect(results).toMatchObject([{ verdict: 'got', note: 'the capture holds only the client’s side' }]);
  });

  describe('of a relay', () => {
    const information = { code: 82, data: Uint8Array.of(1, 4, 0x65, 0x74, 0x68, 0x30) };
    const toServer: Way = {
      ...{ from: RELAY.mac, to: SERVER.mac, source: RELAY.ip, destination: SERVER.ip },
      ports: [67, 67],
    };
    const toRelay: Way = {
      ...{ from: SERVER.mac, to: RELAY.mac, source: SERVER.ip, destination: RELAY.ip },
      ports: [67, 67],
    };
    const asked = discover({
      ...{ giaddr: RELAY.ip, hops: 1 },
      options: [type(MESSAGE_TYPE.discover), CLIENT_ID, information],
    });
    const answered = offer(SERVER, {
      giaddr: RELAY.ip,
      options: [type(MESSAGE_TYPE.offer), address(54, SERVER.ip), information],
    });
    const relayed = new Recording().dhcp(0, toServer, asked).dhcp(0.01, toRelay, answered);
    const scripts = replayScripts(relayed.frames);
    const arp = (bytes: Uint8Array): ReturnType<typeof parseArp> | undefined => {
      const ethernet = parseEthernet(bytes);
      return ethernet.ok && ethernet.value.etherType === ETHER_TYPE.arp
        ? parseArp(ethernet.value.payload)
        : undefined;
    };
    /** The server's kernel answers ARP, the server the relay. */
    const server =
      (answer: DhcpMessageSpec, way: Way) =>
      (bytes: Uint8Array): readonly Uint8Array[] => {
        const question = arp(bytes);
        if (question?.ok === true && question.value.kind === 'ipv4') {
          const { senderMac: targetMac, senderIp: targetIp, targetIp: senderIp } = question.value;
          const payload = serializeArp({
            ...{ kind: 'ipv4', operation: ARP_OPERATION.reply, senderMac: SERVER.mac, senderIp },
            ...{ targetMac, targetIp },
          });
          const link = { destination: targetMac, source: SERVER.mac, etherType: ETHER_TYPE.arp };
          return [serializeEthernet({ ...link, payload })];
        }
        return answering(() => [datagramFrame(way, buildDhcpMessage(answer))])(bytes);
      };

    it('sends what the relay sent, from its MAC to the server, with option 82', () => {
      const { results, sent } = act(scripts, server(answered, toRelay));
      expect(verdicts(results)).toEqual(['DHCP DISCOVER by relay 192.168.7.1: same']);
      expect(arp(sent[0]?.bytes ?? new Uint8Array())).toMatchObject({
        ok: true,
        value: { senderMac: RELAY.mac, senderIp: RELAY.ip, targetIp: SERVER.ip },
      });
      expect(sent.at(-1)?.bytes).toEqual(relayed.frames[0]?.bytes);
    });

    it('does not take for the relay’s what is sent to the client', () => {
      const { results } = act(scripts, server(answered, from(SERVER)));
      expect(results).toMatchObject([{ verdict: 'missing' }]);
    });

    it('hears what is on the way to it by a router', () => {
      const byRouter = { ...toRelay, to: mac('02:00:0a:bc:00:01') };
      expect(act(scripts, server(answered, byRouter)).results).toMatchObject([{ verdict: 'same' }]);
    });

    it('stands at another address by choice, in giaddr and in the header', () => {
      const now = ipv4('10.188.0.2');
      const options = { ...AS_RECORDED, relays: { v4: new Map([[RELAY.ip, now]]), v6: new Map() } };
      const moved = { ...toRelay, destination: now };
      const { results, sent } = act(scripts, server({ ...answered, giaddr: now }, moved), options);
      expect(results).toMatchObject([{ verdict: 'same' }]);
      const [question] = dhcpOf(sent);
      expect(question?.packet.source).toBe(now);
      expect(question?.message.giaddr).toBe(now);
      expect(question?.message.options.find(({ code }) => code === 82)?.data).toEqual(information.data);
    });
  });
});
