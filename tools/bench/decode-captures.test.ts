import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PLACES } from '../../src/cli/places.ts';
import { LINKTYPE } from '../../src/pcap/link-type.ts';
import type { StoryEvent } from '../../src/story/event.ts';
import { StoryBuilder } from '../../src/story/story-builder.ts';
import { BOOT_SERVER, bootFlows, machine, seededContent } from './boot-flows.ts';
import { httpDownload, tftpDownload } from './downloads.ts';
import type { MadeFrame } from './made-captures.ts';
import { smallFrames } from './small-frames.ts';

async function toldIn(frames: AsyncIterable<MadeFrame> | Iterable<MadeFrame>, count: number) {
  const builder = new StoryBuilder();
  let number = 0;
  let octets = 0;
  for await (const { timeNs, bytes } of frames) {
    number++;
    octets += bytes.length;
    const frame = { number, timeNs, bytes, interfaceId: 0, linkType: LINKTYPE.ethernet };
    builder.add({ notes: [], frames: [{ ...frame, originalLength: bytes.length }] });
    if (number === count) break;
  }
  builder.finish();
  const events = builder.stories().flatMap((story) => story.events);
  const of = <K extends StoryEvent['kind']>(kind: K) =>
    events.filter((event): event is Extract<StoryEvent, { kind: K }> => event.kind === kind);
  return { of, octets, unreadable: builder.summary().unreadable.frames + of('unreadable').length };
}

function* timed(frames: Iterable<Uint8Array>): Generator<MadeFrame> {
  for (const bytes of frames) yield { timeNs: 0n, bytes };
}

const content = seededContent(100_000);
const sha256 = createHash('sha256').update(content).digest('hex');
const download = { client: machine(1), server: BOOT_SERVER, port: 2_070, file: 'initrd.img', content };

describe('httpDownload', () => {
  it('is one request and the whole file', async () => {
    const { of, unreadable } = await toldIn(timed(httpDownload(download)), 1_000);

    expect(of('http')).toMatchObject([{ target: '/initrd.img', response: { complete: true, sha256 } }]);
    expect(unreadable).toBe(0);
  });
});

describe('tftpDownload', () => {
  it.each([undefined, 1408])('is one transfer of the whole file, blksize %s', async (blksize) => {
    const { of, unreadable } = await toldIn(timed(tftpDownload(download, blksize)), 1_000);

    expect(of('tftp')).toMatchObject([{ file: 'initrd.img', outcome: 'complete', octets: 100_000, sha256 }]);
    expect(unreadable).toBe(0);
  });
});

describe('bootFlows', () => {
  it('is the same each time, readable, and holds DHCP, TFTP, HTTP and DNS', async () => {
    const flows = () => toldIn(bootFlows(join(PLACES.captures, 'lab')), 30_000);
    const [first, again] = [await flows(), await flows()];

    for (const kind of ['dhcp', 'tftp', 'http', 'dns'] as const) {
      expect(first.of(kind).length).toBeGreaterThan(10);
      expect(again.of(kind).length).toBe(first.of(kind).length);
    }
    expect(again.octets).toBe(first.octets);
    expect(first.unreadable).toBe(0);
  });
});

describe('smallFrames', () => {
  it('holds small frames of DHCP, TFTP and DNS, all of them answered, and of others', async () => {
    const { of, octets, unreadable } = await toldIn(smallFrames(), 50_000);

    expect(of('dhcp').length).toBeGreaterThan(400);
    expect(of('dns').filter(({ answer }) => answer !== undefined).length).toBeGreaterThan(1_000);
    expect(of('tftp').filter(({ outcome }) => outcome === 'complete').length).toBeGreaterThan(25);
    expect(of('tcp')).toHaveLength(1);
    expect(octets / 50_000).toBeLessThan(300);
    expect(unreadable).toBe(0);
  });
});
