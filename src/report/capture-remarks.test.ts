import { describe, expect, it } from 'vitest';
import type { CaptureBatch } from '../pcap/capture-item.ts';
import type { Frame } from '../pcap/frame.ts';
import { LINKTYPE } from '../pcap/link-type.ts';
import { openCapture } from '../pcap/open-capture.ts';
import { StoryBuilder } from '../story/story-builder.ts';
import { fragmented } from '../story/testing/fragmented.ts';
import { RELINKS, relinked } from '../story/testing/relink.ts';
import { captureRemarks } from './capture-remarks.ts';

const CAPTURE = new URL('../../captures/lab/bios-ipxe-rom.pcap', import.meta.url).pathname;

const frames: Frame[] = [];
await using file = await openCapture(CAPTURE);
for await (const batch of file.batches()) frames.push(...batch.frames);
/** The DISCOVER, of more than 300 octets. */
const discover = frames.find(({ bytes }) => bytes.length > 300) as Frame;
const { number } = discover;

function built(changed: readonly Frame[], notes: CaptureBatch['notes'] = []): StoryBuilder {
  const builder = new StoryBuilder();
  builder.add({ frames: changed, notes });
  builder.finish();
  return builder;
}

function remarksOn(changed: readonly Frame[], notes: CaptureBatch['notes'] = []): readonly string[] {
  return captureRemarks('x.pcap', built(changed, notes).summary());
}

describe('captureRemarks', () => {
  it('has nothing to say of a whole capture', () => {
    expect(remarksOn(frames)).toEqual([]);
  });

  it('says in one sentence what a snap length cut, and the story is told all the same', () => {
    const kept = 700;
    const cut = frames.map((frame) => ({ ...frame, bytes: frame.bytes.subarray(0, kept) }));
    const long = frames.filter(({ bytes }) => bytes.length > kept);
    const octets = long.reduce((sum, { bytes }) => sum + bytes.length - kept, 0);
    const first = long.slice(0, 3).map(({ number }) => number);

    expect(remarksOn(cut)).toEqual([
      `the snap length cut ${long.length.toLocaleString('en')} of ${frames.length.toLocaleString('en')} frames (${first.join(', ')} …) to at most 700 octets, ${octets.toLocaleString('en')} are missing in all: what they carried is told as far as it is there`,
    ]);
    const requests = (builder: StoryBuilder): readonly (string | undefined)[] =>
      builder
        .stories()
        .flatMap(({ events }) => events.map((event) => (event.kind === 'http' ? event.target : undefined)));
    expect(requests(built(cut)).filter((target) => target !== undefined)).toEqual(
      requests(built(frames)).filter((target) => target !== undefined),
    );
  });

  it('does not blame a DHCP message for options that the snap length cut', () => {
    const cut = { ...discover, bytes: discover.bytes.subarray(0, 300) };
    const [story] = built([cut]).stories();
    expect(story?.events.map(({ kind }) => kind)).toEqual(['dhcp']);

    // The same octets, with lengths in IP and UDP that say that this is all.
    const whole = cut.bytes.slice();
    new DataView(whole.buffer).setUint16(16, 300 - 14);
    new DataView(whole.buffer).setUint16(38, 300 - 34);
    const [blamed] = built([{ ...discover, bytes: whole, originalLength: 300 }]).stories();
    expect(blamed?.events.map(({ kind }) => kind)).toEqual(['unreadable', 'dhcp']);
  });

  it('sums up the messages that are cut within their fixed part', () => {
    const cut = Array.from({ length: 5 }, (_, i) => ({
      ...discover,
      number: i + 1,
      bytes: discover.bytes.subarray(0, 96),
    }));
    const builder = built(cut);
    expect(captureRemarks('x.pcap', builder.summary()).at(-1)).toBe(
      '5 DHCP messages (1, 2, 3 …) are cut before they say what they are: not told',
    );
    expect(builder.stories()).toEqual([]);
  });

  it('names the link type and the interface whose frames it does not decode, and tells the rest', () => {
    const note = {
      kind: 'interface',
      snapLength: 0,
      resolution: { base: 10, exponent: 9 },
      timeOffsetSeconds: 0n,
    } as const;
    const notes = [
      { ...note, id: 0, linkType: 1, name: 'eth0' },
      { ...note, id: 1, linkType: 189, name: 'usbmon1' },
    ];
    const usb = { ...discover, number: 9001, interfaceId: 1, linkType: 189 };
    const builder = built([...frames, usb], notes);

    expect(captureRemarks('x.pcap', builder.summary())).toEqual([
      `1 of ${(frames.length + 1).toLocaleString('en')} frames (9001) of link type 189 (USB, Linux), all of interface usbmon1, were not decoded`,
    ]);
    expect(builder.stories()).toEqual(built(frames).stories());
  });

  it('says of a link type without a name what its number is', () => {
    expect(remarksOn([{ ...discover, linkType: 4711 }])).toEqual([
      `1 of 1 frames (${number}) of link type 4711 were not decoded`,
    ]);
  });

  it('counts encrypted 802.11 data as such', () => {
    const secret = relinked(discover, RELINKS['802.11']);
    secret.bytes[1] = 0x42;
    expect(secret.linkType).toBe(LINKTYPE.ieee80211);
    expect(remarksOn([secret])).toEqual([
      `1 of 1 frames (${number}) are encrypted 802.11 data and were not decoded: capture on the wired side of the access point`,
    ]);
  });

  it('says where fragments are missing', () => {
    const [head, ...rest] = fragmented(discover, 200, 1);
    expect(rest.length).toBeGreaterThan(0);
    expect(remarksOn([head as Frame])).toEqual([
      `1 DHCP message (${number}) is cut before it says what it is: not told`,
      `fragments of 1 IP packet are missing (first: frame ${number}): a capture filter by port lets only first fragments through`,
    ]);
    expect(remarksOn([head as Frame, ...rest])).toEqual([]);
  });
});
