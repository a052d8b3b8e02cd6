import { describe, expect, it } from 'vitest';
import { ipv4, type MacAddress, mac } from '../wire/address.ts';
import { buildDhcpMessage, type DhcpMessageSpec } from '../wire/dhcp/build-message.ts';
import { BOOTREPLY } from '../wire/dhcp/message.ts';
import { serializeMessageType } from '../wire/dhcp/opt-message-type.ts';
import { textOption } from '../wire/dhcp/opt-text.ts';
import { blockNumber } from '../wire/tftp.ts';
import { DEFAULT_LIMITS } from './client-book.ts';
import type { Story } from './event.ts';
import { StoryBuilder } from './story-builder.ts';
import { storyOf } from './testing/stories.ts';
import { TestWire } from './testing/wire.ts';

const CLIENT = mac('00:12:34:56:78:90');
type Options = NonNullable<DhcpMessageSpec['options']>;

const PXE: Options = [{ code: 60, data: textOption('PXEClient:Arch:00007:UNDI:003001') }];
const IPXE: Options = [...PXE, { code: 77, data: textOption('iPXE') }];
const UDHCP: Options = [{ code: 60, data: textOption('udhcp 1.35.0') }];

function discover(xid: number, options: Options, chaddr: MacAddress = CLIENT): Uint8Array {
  return buildDhcpMessage({
    xid,
    chaddr,
    options: [{ code: 53, data: serializeMessageType('discover') }, ...options],
  });
}

function ack(xid: number, address: string): Uint8Array {
  const options = [{ code: 53, data: serializeMessageType('ack') }];
  return buildDhcpMessage({ op: BOOTREPLY, xid, chaddr: CLIENT, yiaddr: ipv4(address), options });
}

/** HTTP over a connection of its own, so that something was fetched. */
function fetched(wire: TestWire): TestWire {
  return wire
    .tcp('client', 80, 100, 0, ['syn'])
    .tcp('server', 80, 500, 101, ['syn', 'ack'])
    .tcp('client', 80, 101, 501, ['ack', 'psh'], 'GET / HTTP/1.1\r\n\r\n')
    .tcp('server', 80, 501, 119, ['ack', 'psh'], 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
}

function stagesOf(wire: TestWire): readonly string[] {
  return wire.story().events.flatMap((event) => (event.kind === 'dhcp' ? [event.stage] : []));
}

describe('StoryBuilder', () => {
  it('tells firmware from iPXE by what its DHCP messages say', () => {
    const wire = new TestWire()
      .udp('client', 68, 67, discover(1, PXE))
      .udp('client', 68, 67, discover(2, IPXE));
    expect(stagesOf(wire)).toEqual(['firmware', 'ipxe']);
  });

  it('gives a reply to the stage that asked, by its xid, however late it comes', () => {
    const wire = new TestWire()
      .udp('client', 68, 67, discover(1, PXE))
      .udp('client', 68, 67, discover(2, IPXE))
      .udp('server', 67, 68, ack(1, '10.188.0.66'))
      .udp('server', 67, 68, ack(2, '10.188.0.66'));
    expect(stagesOf(wire)).toEqual(['firmware', 'ipxe', 'firmware', 'ipxe']);
  });

  it('takes another kind of client for the operating system only after something was fetched', () => {
    const before = new TestWire()
      .udp('client', 68, 67, discover(1, PXE))
      .udp('client', 68, 67, discover(2, UDHCP));
    expect(stagesOf(before)).toEqual(['firmware', 'firmware']);
    const after = fetched(new TestWire().udp('client', 68, 67, discover(1, PXE))).udp(
      'client',
      68,
      67,
      discover(2, UDHCP),
    );
    expect(stagesOf(after)).toEqual(['firmware', 'os']);
  });

  it('knows the client by its address where a frame has another link address', async () => {
    const { client } = await storyOf('lab/uefi-x64-dumb.pcap');
    expect(client).toMatchObject({
      mac: '00:12:34:56:78:92',
      addresses: expect.arrayContaining(['10.188.0.68']),
      uuid: '44454c4c-3900-104e-804e-b9c04f4d344a',
    });
    expect(client.identities.map(({ isIpxe }) => isIpxe)).toEqual([false, true]);
  });

  it('says which octets of a boot protocol could not be read', () => {
    const wire = new TestWire()
      .udp('client', 68, 67, discover(1, PXE).subarray(0, 100))
      .udp('client', 2000, 69, Buffer.from('\0\x01boot', 'latin1'));
    expect(wire.story().events).toMatchObject([
      { kind: 'unreadable', protocol: 'DHCP', error: { code: 'WIRE_TRUNCATED' }, frames: [1] },
      { kind: 'unreadable', protocol: 'TFTP request', error: { code: 'WIRE_TRUNCATED' }, frames: [2] },
    ]);
  });

  it('puts what the machine did between the frames by its time', () => {
    const builder = new StoryBuilder();
    const { frames } = new TestWire()
      .udp('client', 68, 67, discover(1, PXE))
      .udp('client', 68, 67, discover(1, PXE));
    builder.add({ frames, notes: [] });
    builder.addMachine(CLIENT, 'power-on', 0n);
    builder.addConsole(CLIENT, 'between', 1_500_000n);
    expect(builder.storyOf(CLIENT).events.map(({ kind }) => kind)).toEqual([
      'machine',
      'dhcp',
      'console',
      'dhcp',
    ]);
  });

  it('keeps no more than its limits allow, and counts the rest', () => {
    const wire = new TestWire();
    for (let n = 0; n < 10; n++) wire.udp('client', 68, 67, discover(n, PXE, mac(`00:00:00:00:00:0${n}`)));
    const few = new StoryBuilder({ clients: 3, octets: 1_000_000 });
    few.add({ frames: wire.frames, notes: [] });
    expect(few.stories()).toHaveLength(3);
    expect(few.summary()).toMatchObject({ frames: 10, clientsDropped: 7 });
    // The one that comes while there is room is kept, however large.
    const short = new StoryBuilder({ clients: 100, octets: 1 });
    short.add({ frames: wire.frames, notes: [] });
    expect(short.stories().map(({ events, dropped }) => [events.length, dropped])).toEqual([
      [1, 0],
      ...Array(9).fill([0, 1]),
    ]);
  });

  it('tells everything but hashes where contents are counted only', () => {
    const wire = fetched(new TestWire().udp('client', 68, 67, discover(1, PXE)))
      .tftp('client', 2000, 69, { kind: 'rrq', file: 'a', mode: 'octet', options: [] })
      .tftp('server', 2000, 3000, { kind: 'data', block: blockNumber(1), data: new Uint8Array(5) })
      .tftp('client', 2000, 3000, { kind: 'ack', block: blockNumber(1) });
    const eventsOf = (builder: StoryBuilder): Story['events'] => {
      builder.add({ frames: wire.frames, notes: [] });
      builder.finish();
      return builder.storyOf(CLIENT).events;
    };
    const hashed = eventsOf(new StoryBuilder());
    const counted = eventsOf(new StoryBuilder(DEFAULT_LIMITS, 'counted'));

    const without = hashed.map((event) => {
      if (event.kind === 'tftp') return { ...event, sha256: undefined };
      return event.kind === 'http' ? { ...event, response: { ...event.response, sha256: undefined } } : event;
    });
    expect(counted).toEqual(without);
    expect(hashed).not.toEqual(without);
    expect(hashed.map(({ kind }) => kind)).toEqual(['dhcp', 'http', 'tftp']);
  });

  it('names the link types it does not decode', () => {
    const [frame] = new TestWire().udp('client', 68, 67, discover(1, PXE)).frames;
    if (frame === undefined) throw new Error('no frame');
    const builder = new StoryBuilder();
    builder.add({
      frames: [
        { ...frame, linkType: 189 },
        { ...frame, linkType: 189 },
      ],
      notes: [],
    });
    expect(builder.summary().undecoded).toEqual(
      new Map([[189, { frames: 2, first: [1, 1], interfaces: ['0'] }]]),
    );
  });

  it('never throws, whatever a frame holds', () => {
    const { frames } = fetched(new TestWire().udp('client', 68, 67, discover(1, IPXE))).udp(
      'client',
      2000,
      69,
      Buffer.from('\0\x01a\0octet\0', 'latin1'),
    );
    for (const frame of frames) {
      for (let length = 0; length <= frame.bytes.length; length++) {
        const builder = new StoryBuilder();
        builder.add({ frames: [{ ...frame, bytes: frame.bytes.subarray(0, length) }], notes: [] });
        builder.finish();
        expect(builder.summary().frames).toBe(1);
      }
    }
  });
});
