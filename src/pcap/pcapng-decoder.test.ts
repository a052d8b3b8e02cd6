import { describe, expect, it } from 'vitest';
import { Craft, type CraftedFields, concat, crafted } from './testing/crafted-capture.ts';
import { BOTH, one, pcapngSample, read, three, two } from './testing/samples.ts';

describe('PcapngDecoder', () => {
  it.each(BOTH)(
    'reads every kind of pcapng block, first section $order-endian',
    async ({ order, little }) => {
      const { notes, frames, ending } = await read(pcapngSample(little).bytes);

      const microseconds = { resolution: { base: 10, exponent: 6 }, timeOffsetSeconds: 0n };
      expect(notes).toEqual([
        {
          kind: 'section',
          format: 'pcapng',
          byteOrder: order,
          version: '1.0',
          application: 'crafted',
          comments: ['all of it'],
        },
        {
          kind: 'interface',
          id: 0,
          linkType: 1,
          snapLength: 65_535,
          name: 'eth0',
          description: 'the first',
          ...microseconds,
        },
        {
          kind: 'interface',
          id: 1,
          linkType: 113,
          snapLength: 0,
          resolution: { base: 10, exponent: 9 },
          timeOffsetSeconds: 0n,
        },
        { kind: 'statistics', interfaceId: 1, timeNs: 5n, received: 10n, dropped: 3n },
        { kind: 'section', format: 'pcapng', byteOrder: little ? 'big' : 'little', version: '1.0' },
        { kind: 'interface', id: 2, linkType: 6, snapLength: 32, ...microseconds },
      ]);
      expect(frames).toEqual([
        {
          number: 1,
          timeNs: 1_700_000_000_123_456_000n,
          interfaceId: 0,
          linkType: 1,
          bytes: one,
          originalLength: 1514,
        },
        {
          number: 2,
          timeNs: 1_700_000_000_123_456_789n,
          interfaceId: 1,
          linkType: 113,
          bytes: two,
          originalLength: 64,
          comments: ['hello', 'wörld'],
          direction: 'inbound',
        },
        {
          number: 3,
          timeNs: 1_700_000_001_000_000_001n,
          interfaceId: 1,
          linkType: 113,
          bytes: one,
          originalLength: 5,
        },
        { number: 4, timeNs: 0n, interfaceId: 0, linkType: 1, bytes: two, originalLength: 64 },
        {
          number: 8,
          timeNs: 1_700_000_002_000_000_000n,
          interfaceId: 2,
          linkType: 6,
          bytes: three,
          originalLength: 0,
        },
        {
          number: 9,
          timeNs: 0n,
          interfaceId: 2,
          linkType: 6,
          bytes: two.subarray(0, 32),
          originalLength: 1000,
        },
      ]);
      expect(ending).toMatchObject({ kind: 'complete', frames: 6 });
    },
  );

  it.each(
    BOTH.flatMap(({ order, little }) =>
      (
        [
          ['seconds', 0, 1_700_000_000n, 0n, 1_700_000_000_000_000_000n],
          ['milliseconds', 3, 1_700_000_000_123n, 0n, 1_700_000_000_123_000_000n],
          ['nanoseconds', 9, 1_700_000_000_123_456_789n, 0n, 1_700_000_000_123_456_789n],
          ['picoseconds, cut to nanoseconds', 12, 1_000_123_456_789_999n, 0n, 1_000_123_456_789n],
          ['1/1024 s', 0x80 | 10, 1_700_000_000n * 1024n + 512n, 0n, 1_700_000_000_500_000_000n],
          ['1/2^20 s', 0x80 | 20, 1_700_000_000n << 20n, 0n, 1_700_000_000_000_000_000n],
          ['1/2^32 s', 0x80 | 32, (1_700_000_000n << 32n) + 1n, 0n, 1_700_000_000_000_000_000n],
          ['microseconds with an offset', 6, 5_000_001n, 1_700_000_000n, 1_700_000_005_000_001_000n],
          ['nanoseconds with an offset before 1970', 9, 5n, -2n, -1_999_999_995n],
          ['1/2^20 s with an offset', 0x80 | 20, 1n << 19n, 7n, 7_500_000_000n],
        ] as const
      ).map(([unit, octet, stamp, offset, timeNs]) => ({
        order,
        little,
        unit,
        octet,
        stamp,
        offset,
        timeNs,
      })),
    ),
  )('turns a pcapng timestamp in $unit into nanoseconds, $order-endian', async (row) => {
    const c = new Craft(row.little);
    const file = crafted(
      c.section(),
      c.interface(
        1,
        0,
        c.option(9, Uint8Array.of(row.octet)),
        c.option(14, c.u64(row.offset)),
        c.option(0, ''),
      ),
      c.enhancedPacket(0, row.stamp, one),
    );

    const { frames } = await read(file.bytes);

    expect(frames.map((frame) => frame.timeNs)).toEqual([row.timeNs]);
  });

  it('takes a comment without opt_endofopt behind it, an empty one, and nothing behind opt_endofopt', async () => {
    const c = new Craft(true);
    const file = crafted(
      c.section(),
      c.interface(1, 0),
      c.enhancedPacket(0, 1n, one, 5, c.option(1, 'no end')),
      c.enhancedPacket(0, 1n, one, 5, c.option(1, ''), c.option(0, ''), c.option(1, 'not read')),
      c.enhancedPacket(0, 1n, one, 5, c.option(2, c.u32(2)), c.option(0, '')),
      c.enhancedPacket(0, 1n, one, 5, c.option(2, c.u32(3)), c.option(0, '')),
    );

    const { frames } = await read(file.bytes);

    expect(frames.map(({ comments, direction }) => ({ comments, direction }))).toEqual([
      { comments: ['no end'], direction: undefined },
      { comments: [''], direction: undefined },
      { comments: undefined, direction: 'outbound' },
      { comments: undefined, direction: undefined },
    ]);
  });

  const le = new Craft(true);
  const start = [le.section(), le.interface(1, 0)] as const;
  /** Offset of the first block behind these two. */
  const S = crafted(...start).bytes.length;
  const zeros = (length: number): Uint8Array => new Uint8Array(length);
  const stop: readonly (readonly [string, readonly CraftedFields[], string, number, number])[] = [
    ['a section without byte-order magic', [le.block('s', 0x0a0d0d0a, zeros(16))], 'byte-order magic', 8, 0],
    [
      'a section of version 2',
      [le.block('s', 0x0a0d0d0a, concat(le.u32(0x1a2b3c4d), le.u16(2), le.u16(0), le.u64(-1n)))],
      'major version',
      12,
      0,
    ],
    [
      'a section header of 16 bytes',
      [le.block('s', 0x0a0d0d0a, le.u32(0x1a2b3c4d))],
      'block total length',
      4,
      0,
    ],
    [
      'a packet block of 4 GB',
      [...start, le.enhancedPacket(0, 1n, one), le.block('b', 6, zeros(40), 0xffff_fffc)],
      'block total length',
      S + 44,
      1,
    ],
    [
      'an unknown block of 4 GB',
      [...start, le.block('b', 4711, zeros(40), 0xffff_fffc)],
      'block total length',
      S + 4,
      0,
    ],
    ['a block of length 0', [...start, le.block('b', 4711, zeros(40), 0)], 'block total length', S + 4, 0],
    ['a block of length 53', [...start, le.block('b', 4711, zeros(40), 53)], 'block total length', S + 4, 0],
    [
      'a packet block too short for its fields',
      [...start, le.block('b', 6, zeros(16))],
      'block total length',
      S + 4,
      0,
    ],
    [
      'two lengths that differ',
      [...start, [['', concat(le.u32(4711), le.u32(16), le.u32(0), le.u32(20))]]],
      'trailing block total length',
      S + 12,
      0,
    ],
    [
      'a captured length beyond its block',
      [...start, le.block('b', 6, concat(le.u32(0), le.u64(0n), le.u32(9), le.u32(9), zeros(8)))],
      'captured packet length',
      S + 20,
      0,
    ],
    [
      'a simple packet beyond its block',
      [...start, le.simplePacket(one, 9)],
      'captured packet length',
      S + 8,
      0,
    ],
    ['a simple packet before any interface', [le.section(), le.simplePacket(one)], 'interface id', 28, 0],
    ['an interface nobody described', [...start, le.enhancedPacket(1, 1n, one)], 'interface id', S + 8, 0],
    [
      'an interface of the section before',
      [...start, le.section(), le.enhancedPacket(0, 1n, one)],
      'interface id',
      S + 36,
      0,
    ],
    [
      'an option beyond its block',
      [...start, le.enhancedPacket(0, 1n, one, 5, le.u16(1), le.u16(0xffff), le.u32(0))],
      'option length',
      S + 38,
      0,
    ],
    [
      'a counter of four octets',
      [
        ...start,
        le.block('b', 5, concat(le.u32(0), le.u64(0n), le.option(4, le.u64(1n)), le.option(5, le.u32(1)))),
      ],
      'isb_ifdrop',
      S + 36,
      0,
    ],
    [
      'a time resolution of two octets',
      [le.section(), le.interface(1, 0, le.option(9, le.u16(6)))],
      'if_tsresol',
      S,
      0,
    ],
  ];
  it.each(stop)('stops at %s, and names field and byte', async (_name, records, field, offset, frames) => {
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
