import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PLACES } from '../../src/cli/places.ts';
import type { Frame } from '../../src/pcap/frame.ts';
import { LINKTYPE } from '../../src/pcap/link-type.ts';
import type { Story } from '../../src/story/event.ts';
import { StoryBuilder } from '../../src/story/story-builder.ts';
import { checksumState } from '../../src/wire/checksum.ts';
import { parseEthernet } from '../../src/wire/ethernet.ts';
import { IP_PROTOCOL, parseIpv4 } from '../../src/wire/ipv4.ts';
import { parseTcp } from '../../src/wire/tcp.ts';
import { bootStorm, type MadeFrame, noise } from './made-captures.ts';
import { actedBy, loadTemplateBoot } from './template-boot.ts';

const LAB = join(PLACES.captures, 'lab');

async function first(
  count: number,
  frames: AsyncIterable<MadeFrame> | Iterable<MadeFrame>,
): Promise<readonly Frame[]> {
  const found: Frame[] = [];
  for await (const { timeNs, bytes } of frames) {
    const number = found.length + 1;
    found.push({
      number,
      timeNs,
      bytes,
      interfaceId: 0,
      linkType: LINKTYPE.ethernet,
      originalLength: bytes.length,
    });
    if (number === count) break;
  }
  return found;
}

/** Of the clients: a capture may have a host in it that solicits a router and is served by nobody. */
function storiesOf(frames: readonly Frame[]): readonly Story[] {
  const builder = new StoryBuilder();
  builder.add({ frames, notes: [] });
  builder.finish();
  return builder.stories().filter(({ client }) => client.identities.length > 0);
}

/** How often each state of a TCP checksum is found. */
function tcpChecksums(frames: readonly Uint8Array[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const bytes of frames) {
    const ethernet = parseEthernet(bytes);
    const ip =
      ethernet.ok && ethernet.value.etherType === 0x0800 ? parseIpv4(ethernet.value.payload) : undefined;
    if (!ip?.ok) continue;
    expect(ip.value.checksum.correct).toBe(true);
    const { payload, protocol } = ip.value;
    const tcp = protocol === IP_PROTOCOL.tcp ? parseTcp(payload) : undefined;
    if (!tcp?.ok) continue;
    const state = checksumState(payload, tcp.value.checksum, ip.value, protocol);
    counts[state] = (counts[state] ?? 0) + 1;
  }
  return counts;
}

describe('bootStorm', () => {
  it('tells the recorded boots of other clients each time, all of them readable, in the order of time', async () => {
    const frames = await first(20_000, bootStorm(LAB));
    const stories = storiesOf(frames);
    expect(stories.length).toBeGreaterThan(49);
    const addresses = stories.flatMap(({ client }) => client.addresses.slice(0, 1));
    expect(addresses.length).toBeGreaterThan(49);
    expect(new Set(addresses).size).toBe(addresses.length);
    for (const { client, events } of stories) {
      expect(client.mac).toMatch(/^02:be:9c:/);
      expect(events.filter(({ kind }) => kind === 'unreadable')).toEqual([]);
    }
    expect(frames.every(({ timeNs }, i) => i === 0 || timeNs >= (frames[i - 1]?.timeNs ?? 0n))).toBe(true);
  });
});

describe('actedBy', () => {
  it('changes who boots, and nothing of what happens', async () => {
    const boot = await loadTemplateBoot(join(LAB, 'bios-ipxe-rom.pcap'));
    const understudies = Array.from({ length: boot.clients }, (_, i) => ({
      mac: Uint8Array.of(2, 0, 0, 0, 0, i),
      ip: Uint8Array.of(10, 0, 0, i),
      xidMask: 0x55aa55aa,
    }));
    const retold = boot.frames.map((frame) => ({
      timeNs: frame.afterNs,
      bytes: actedBy(frame, understudies),
    }));
    const original = boot.frames.map(({ afterNs, bytes }) => ({ timeNs: afterNs, bytes }));
    const [before, after] = await Promise.all(
      [original, retold].map(async (frames) => storiesOf(await first(frames.length, frames))),
    );
    expect(after?.map(({ client }) => client.mac)).toEqual(['02:00:00:00:00:00']);
    expect(
      after?.map(({ events }) => events.map(({ kind, stage, frames }) => [kind, stage, frames])),
    ).toEqual(before?.map(({ events }) => events.map(({ kind, stage, frames }) => [kind, stage, frames])));
    expect(tcpChecksums(retold.map(({ bytes }) => bytes))).toEqual(
      tcpChecksums(original.map(({ bytes }) => bytes)),
    );
  });
});

describe('noise', () => {
  it('is DISCOVERs, each of another client', async () => {
    const stories = storiesOf(await first(100, noise()));
    expect(stories).toHaveLength(100);
    expect(stories[0]?.events).toMatchObject([{ kind: 'dhcp', messageType: 'discover', stage: 'ipxe' }]);
  });

  it('is of so many clients as asked for', async () => {
    expect(storiesOf(await first(100, noise(10))).map(({ events }) => events.length)).toEqual(
      Array(10).fill(10),
    );
  });
});
