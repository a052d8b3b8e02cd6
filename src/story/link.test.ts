import { globSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Frame } from '../pcap/frame.ts';
import { LINKTYPE } from '../pcap/link-type.ts';
import { openCapture } from '../pcap/open-capture.ts';
import { hasTshark, NEEDS_TSHARK, tsharkFields } from '../pcap/testing/tshark.ts';
import { PcapngWriter } from '../pcap/write-pcapng.ts';
import type { Story } from './event.ts';
import { openFrame } from './packet.ts';
import { StoryBuilder } from './story-builder.ts';
import { RELINKS, relinked, TOKEN_RING } from './testing/relink.ts';

const CAPTURES = new URL('../../captures/', import.meta.url).pathname;
const captures = globSync('**/*.{pcap,pcapng}', { cwd: CAPTURES }).sort();
const kinds = Object.entries(RELINKS);

async function framesOf(path: string): Promise<readonly Frame[]> {
  await using file = await openCapture(path);
  const frames: Frame[] = [];
  for await (const batch of file.batches()) frames.push(...batch.frames);
  return frames;
}

/** Every client's story after the other, DHCP messages read. */
function told(frames: readonly Frame[]): readonly Story[] {
  const builder = new StoryBuilder();
  builder.add({ frames, notes: [] });
  builder.finish();
  return builder.stories().map((story) => ({
    ...story,
    events: story.events.map((event) =>
      event.kind === 'dhcp' ? { ...event, message: event.message } : event,
    ),
  }));
}

const isCooked = ({ linkType }: { readonly linkType: number }): boolean =>
  linkType === LINKTYPE.linuxSll || linkType === LINKTYPE.linuxSll2;

/** A cooked capture has the sender's address only: who never sends (uefi-x64-dumb has one) is known by the IP address. */
function asCooked(frames: readonly Frame[]): readonly unknown[] {
  const senders = new Set(
    frames.map((frame) => {
      const opened = openFrame(frame);
      return opened.kind === 'packet' ? opened.packet.sourceMac : undefined;
    }),
  );
  return told(frames).map((story) => {
    const { client } = story;
    if (client.mac === undefined || senders.has(client.mac)) return story;
    const wasSeenInDhcp =
      client.identities.length > 0 || story.events.some(({ kind }) => kind === 'dhcp' || kind === 'dhcpv6');
    return wasSeenInDhcp
      ? story
      : { ...story, client: { ...client, id: client.addresses[0], mac: undefined } };
  });
}

const ethernetCaptures: { readonly capture: string; readonly frames: readonly Frame[] }[] = [];
for (const capture of captures) {
  const frames = await framesOf(CAPTURES + capture);
  if (frames.every(({ linkType }) => linkType === LINKTYPE.ethernet))
    ethernetCaptures.push({ capture, frames });
}

describe('openLink', () => {
  it('is tried with nearly all captures', () => {
    expect(ethernetCaptures.length).toBeGreaterThan(25);
  });

  it.each(kinds)('tells the same stories of every capture as %s', (_, kind) => {
    for (const { capture, frames } of ethernetCaptures) {
      // Each message is in it twice, at one interface: of which cooked captures (v1) do not know that it is one.
      if (kind.linkType === LINKTYPE.linuxSll && capture.includes('overload52-udhcp')) continue;
      const other = frames.map((frame) => relinked(frame, kind));
      const expected = isCooked(kind) ? asCooked(frames) : told(frames);
      expect({ capture, stories: told(other) }).toEqual({ capture, stories: expected });
    }
  });

  it.skipIf(!hasTshark).each(kinds)(`reads %s as tshark does ${NEEDS_TSHARK}`, async (_, kind) => {
    const frames = (await framesOf(`${CAPTURES}lab/bios-ipxe-rom.pcap`)).slice(0, 300);
    await using undo = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), 'pxebench-link-'));
    undo.defer(() => rm(folder, { recursive: true }));
    const other = frames.map((frame) => relinked(frame, kind));
    const writer = new PcapngWriter();
    const blocks = [
      writer.section({ application: 'pxebench' }),
      writer.interface({ linkType: kind.linkType, name: 'made' }),
      ...other.map((frame) => writer.frame({ ...frame, interfaceId: 0 })),
    ];
    const path = join(folder, 'made.pcapng');
    await writeFile(path, Buffer.concat(blocks));

    const ours = other.map((frame) => {
      const opened = openFrame(frame);
      if (opened.kind !== 'packet') return ['', '', '', '', ''];
      const { source, transport, sourceMac } = opened.packet;
      const port = transport.kind === 'udp' ? `${transport.udp.destinationPort}` : '';
      const tcp = transport.kind === 'tcp' ? `${transport.tcp.destinationPort}` : '';
      return [source, port, tcp, sourceMac ?? '', transport.kind === 'udp' ? `${transport.udp.length}` : ''];
    });
    const rows = await tsharkFields(path, [
      ...['ip.src', 'ipv6.src', 'udp.dstport', 'tcp.dstport'],
      ...['eth.src', 'sll.src.eth', 'wlan.sa', 'tr.src', 'udp.length'],
    ]);
    const theirs = rows.map(
      ([ip4 = '', ip6 = '', udp = '', tcp = '', eth = '', sll = '', wlan = '', tr = '', length = '']) =>
        ip4 + ip6 === '' ? ['', '', '', '', ''] : [ip4 + ip6, udp, tcp, tr || wlan || sll || eth, length],
    );
    expect(ours).toEqual(theirs);
    expect(ours.filter(([source]) => source !== '').length).toBeGreaterThan(200);
  });

  it('opens what a client sends on a Token Ring as on Ethernet', async () => {
    const frames = await framesOf(`${CAPTURES}lab/bios-ipxe-rom.pcap`);
    // A source with the group bit cannot be on a ring: there the bit announces routing information.
    const sent = frames.filter(({ bytes }) => ((bytes[6] as number) & 0x80) === 0);
    expect(sent.length).toBeGreaterThan(50);
    expect(told(sent.map((frame) => relinked(frame, TOKEN_RING)))).toEqual(told(sent));
  });

  it('never throws, whatever the octets and the link type', () => {
    const [{ frames } = { frames: [] }] = ethernetCaptures;
    const samples = kinds.flatMap(([, kind]) => frames.slice(0, 3).map((frame) => relinked(frame, kind)));
    const changed = fc
      .record({
        sample: fc.constantFrom(...samples),
        changes: fc.array(fc.tuple(fc.nat({ max: 90 }), fc.nat({ max: 255 })), { maxLength: 4 }),
        cut: fc.nat({ max: 120 }),
      })
      .map(({ sample, changes, cut }): Frame => {
        const bytes = sample.bytes.slice(0, Math.max(0, 120 - cut));
        for (const [at, to] of changes) if (at < bytes.length) bytes[at] = to;
        return { ...sample, bytes };
      });
    fc.assert(
      fc.property(changed, (frame) => {
        expect(openFrame(frame).kind).toMatch(/^(packet|not-ip|unreadable|unopened)$/);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    { what: 'encrypted', change: { 1: 0x42 }, why: 'encrypted' },
    { what: 'one of several fragments', change: { 1: 0x06 }, why: 'aggregated' },
  ])('says that 802.11 data is $what', ({ change, why }) => {
    const frame = ethernetCaptures[0]?.frames[0];
    if (frame === undefined) throw new Error('no frame');
    const made = relinked(frame, RELINKS['802.11']);
    Object.assign(made.bytes, change);
    expect(openFrame(made)).toEqual({ kind: 'unopened', why });
  });

  it('leaves a frame alone whose check sequence radiotap says does not hold', () => {
    const frame = ethernetCaptures[0]?.frames[0];
    if (frame === undefined) throw new Error('no frame');
    const made = relinked(frame, RELINKS['802.11 with radiotap']);
    made.bytes[24] = 0x70;
    expect(openFrame(made)).toEqual({ kind: 'unopened', why: 'damaged' });
  });

  it('takes no link address from the loopback, which has none to tell anybody apart', () => {
    const frame = ethernetCaptures[0]?.frames[0];
    if (frame === undefined) throw new Error('no frame');
    const made = relinked(frame, RELINKS['Linux cooked']);
    made.bytes.set([772 >> 8, 772 & 0xff], 2);
    expect(openFrame(made)).toMatchObject({ packet: { sourceMac: undefined } });
  });
});
