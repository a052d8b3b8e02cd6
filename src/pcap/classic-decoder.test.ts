import { describe, expect, it } from 'vitest';
import { Craft, crafted } from './testing/crafted-capture.ts';
import {
  BOTH,
  classicSample,
  MICROSECONDS,
  MODIFIED,
  NANOSECONDS,
  one,
  read,
  three,
  two,
} from './testing/samples.ts';

describe('ClassicDecoder', () => {
  it.each(
    BOTH.flatMap(({ order, little }) => [
      { order, little, kind: 'microsecond', magic: MICROSECONDS, ns: 1000n },
      { order, little, kind: 'nanosecond', magic: NANOSECONDS, ns: 1n },
      { order, little, kind: 'modified', magic: MODIFIED, ns: 1000n },
    ]),
  )('reads a classic $kind pcap, $order-endian', async ({ order, little, magic, ns }) => {
    const { notes, frames, ending } = await read(classicSample(little, magic).bytes);

    expect(notes).toEqual([
      { kind: 'section', format: 'pcap', byteOrder: order, version: '2.4' },
      {
        kind: 'interface',
        id: 0,
        linkType: 1,
        snapLength: 262_144,
        resolution: { base: 10, exponent: magic === NANOSECONDS ? 9 : 6 },
        timeOffsetSeconds: 0n,
      },
    ]);
    const common = { interfaceId: 0, linkType: 1 };
    expect(frames).toEqual([
      {
        ...common,
        number: 1,
        timeNs: 1_700_000_000_000_000_000n + 123_456n * ns,
        bytes: one,
        originalLength: 1514,
      },
      {
        ...common,
        number: 2,
        timeNs: 1_700_000_000_000_000_000n + 999_999n * ns,
        bytes: two,
        originalLength: 64,
      },
      { ...common, number: 3, timeNs: 4_294_967_295_000_000_000n, bytes: three, originalLength: 0 },
    ]);
    expect(ending).toEqual({
      kind: 'complete',
      frames: 3,
      length: classicSample(little, magic).bytes.length,
    });
  });

  it('sorts out the swapped lengths of pcap files before 2.4', async () => {
    const c = new Craft(true);
    const swapped = { captured: 1514, original: 5 };
    const old = crafted(
      c.fileHeader(MICROSECONDS, { minor: 2 }),
      c.packet(1, 0, one, swapped),
      c.packet(2, 0, two),
    );

    const { frames } = await read(old.bytes);

    expect(frames.map((frame) => [frame.bytes.length, frame.originalLength])).toEqual([
      [5, 1514],
      [64, 64],
    ]);
  });

  it('keeps the frame check sequence bits out of the link type', async () => {
    const c = new Craft(false);
    const { notes } = await read(crafted(c.fileHeader(MICROSECONDS, { linkType: 0x24000001 })).bytes);

    expect(notes[1]).toMatchObject({ kind: 'interface', linkType: 1 });
  });

  const le = new Craft(true);
  const be = new Craft(false);
  it.each([
    ['a pcap of version 3', [le.fileHeader(MICROSECONDS, { major: 3 })], 'major version', 4, 0],
    [
      'a packet of 4 GB',
      [le.fileHeader(MICROSECONDS), le.packet(1, 1, one), le.packet(1, 1, two, { captured: 0xffff_ffff })],
      'captured packet length',
      53,
      1,
    ],
    [
      'a packet of 1 MB under a small snap length',
      [be.fileHeader(NANOSECONDS, { snapLength: 64 }), be.packet(1, 1, two, { captured: 1_000_000 })],
      'captured packet length',
      32,
      0,
    ],
    [
      'a packet of 17 MB under a huge snap length',
      [
        be.fileHeader(NANOSECONDS, { snapLength: 0xffff_ffff }),
        be.packet(1, 1, two, { captured: 17 * 2 ** 20 }),
      ],
      'captured packet length',
      32,
      0,
    ],
  ] as const)('stops at %s, and names field and byte', async (_name, records, field, offset, frames) => {
    const { bytes } = crafted(...records);
    for (const chunkLength of [bytes.length, 1]) {
      const whole = await read(bytes, chunkLength);

      expect(whole.frames).toHaveLength(frames);
      expect(whole.ending).toMatchObject({
        kind: 'cut-off',
        frames,
        field,
        offset,
        error: { code: 'WIRE_MALFORMED', field, offset },
      });
    }
  });
});
