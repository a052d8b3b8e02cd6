import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { concat } from './testing/crafted-capture.ts';
import { read } from './testing/samples.ts';
import { epoch, hasTshark, NEEDS_TSHARK, tsharkFields } from './testing/tshark.ts';
import { type PcapngFrame, PcapngWriter } from './write-pcapng.ts';

const hex = (...lines: readonly string[]): Uint8Array =>
  Uint8Array.from(Buffer.from(lines.join('').replace(/\s+/g, ''), 'hex'));

function begun(): { readonly writer: PcapngWriter; readonly start: Uint8Array } {
  const writer = new PcapngWriter();
  const start = concat(
    writer.section({ application: 'pxebench 0.1.0' }),
    writer.interface({ linkType: 1, name: 'br0', snapLength: 262_144 }),
    writer.interface({ linkType: 1, name: 'tap0', description: 'the cable of client 1' }),
  );
  return { writer, start };
}

describe('PcapngWriter', () => {
  it('writes a section header byte for byte', () => {
    expect(new PcapngWriter().section({ application: 'px', comments: ['abcd'] })).toEqual(
      hex(
        '0a0d0d0a 30000000', // block type, block total length
        '4d3c2b1a 0100 0000', // byte-order magic, version
        'ffffffffffffffff', // section length: unknown
        '0100 0400 61626364', // opt_comment
        '0400 0200 7078 0000', // shb_userappl, padded
        '0000 0000', // opt_endofopt
        '30000000', // block total length
      ),
    );
  });

  it('writes an interface description byte for byte, in nanoseconds', () => {
    expect(new PcapngWriter().interface({ linkType: 113, name: 'eth0', snapLength: 0x1234 })).toEqual(
      hex(
        '01000000 28000000', // block type, block total length
        '7100 0000 34120000', // link type, reserved, snap length
        '0200 0400 65746830', // if_name
        '0900 0100 09 000000', // if_tsresol
        '0000 0000', // opt_endofopt
        '28000000', // block total length
      ),
    );
  });

  it('writes an enhanced packet byte for byte, with no options and with all', () => {
    const { writer } = begun();
    const frame = { interfaceId: 1, timeNs: 0x1797_9cfe_362a_0001n, bytes: Uint8Array.of(1, 2, 3, 4, 5) };

    expect(writer.frame(frame)).toEqual(
      hex(
        '06000000 28000000', // block type, block total length
        '01000000', // interface id
        'fe9c9717 01002a36', // timestamp, high half first
        '05000000 05000000', // captured and original length
        '0102030405 000000', // packet data, padded
        '28000000', // block total length
      ),
    );
    expect(
      writer.frame({
        ...frame,
        originalLength: 1514,
        comments: ['é', ''],
        direction: 'outbound',
        dropCount: 3n,
        packetId: 2n,
      }),
    ).toEqual(
      hex(
        '06000000 58000000',
        '01000000',
        'fe9c9717 01002a36',
        '05000000 ea050000',
        '0102030405 000000',
        '0100 0200 c3a9 0000', // opt_comment
        '0100 0000', // opt_comment, empty
        '0200 0400 02000000', // epb_flags
        '0400 0800 0300000000000000', // epb_dropcount
        '0500 0800 0200000000000000', // epb_packetid
        '0000 0000', // opt_endofopt
        '58000000',
      ),
    );
  });

  it('writes interface statistics byte for byte', () => {
    const { writer } = begun();

    expect(
      writer.statistics({ interfaceId: 0, timeNs: 1n << 32n, endNs: 2n, received: 10n, dropped: 0n }),
    ).toEqual(
      hex(
        '05000000 40000000', // block type, block total length
        '00000000', // interface id
        '01000000 00000000', // timestamp
        '0300 0800 00000000 02000000', // isb_endtime, high half first
        '0400 0800 0a00000000000000', // isb_ifrecv
        '0500 0800 0000000000000000', // isb_ifdrop
        '0000 0000', // opt_endofopt
        '40000000', // block total length
      ),
    );
  });

  it('writes what the reader reads: every frame, comment and nanosecond', async () => {
    const frames: fc.Arbitrary<PcapngFrame> = fc.record(
      {
        interfaceId: fc.constantFrom(0, 1),
        timeNs: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
        bytes: fc.uint8Array({ maxLength: 70 }),
        originalLength: fc.nat(0xffff_ffff),
        comments: fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1, maxLength: 3 }),
        direction: fc.constantFrom('inbound', 'outbound'),
      },
      { requiredKeys: ['interfaceId', 'timeNs', 'bytes'] },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(frames), fc.integer({ min: 1, max: 200 }), async (written, chunkLength) => {
        const { writer, start } = begun();
        const file = concat(start, ...written.map((frame) => writer.frame(frame)));

        const whole = await read(file, chunkLength);

        expect(whole.ending).toEqual({ kind: 'complete', frames: written.length, length: file.length });
        expect(whole.frames).toEqual(
          written.map((frame, i) => ({
            number: i + 1,
            linkType: 1,
            originalLength: frame.bytes.length,
            ...frame,
          })),
        );
      }),
    );
  });

  it('writes sections, interfaces and statistics that the reader reads', async () => {
    const { writer, start } = begun();
    const { notes } = await read(
      concat(
        start,
        writer.statistics({ interfaceId: 1, timeNs: 5n, received: 9n, dropped: 2n, comments: ['end'] }),
      ),
    );

    const nanoseconds = { resolution: { base: 10, exponent: 9 }, timeOffsetSeconds: 0n };
    expect(notes).toEqual([
      {
        kind: 'section',
        format: 'pcapng',
        byteOrder: 'little',
        version: '1.0',
        application: 'pxebench 0.1.0',
      },
      { kind: 'interface', id: 0, linkType: 1, name: 'br0', snapLength: 262_144, ...nanoseconds },
      {
        kind: 'interface',
        id: 1,
        linkType: 1,
        name: 'tap0',
        description: 'the cable of client 1',
        snapLength: 0,
        ...nanoseconds,
      },
      { kind: 'statistics', interfaceId: 1, timeNs: 5n, received: 9n, dropped: 2n, comments: ['end'] },
    ]);
  });

  const frame = { interfaceId: 0, timeNs: 0n, bytes: new Uint8Array(1) };
  it.each([
    ['interface id', (w: PcapngWriter) => w.frame({ ...frame, interfaceId: 2 })],
    ['interface id', (w: PcapngWriter) => w.statistics({ interfaceId: -1, timeNs: 0n })],
    ['timestamp', (w: PcapngWriter) => w.frame({ ...frame, timeNs: -1n })],
    ['timestamp', (w: PcapngWriter) => w.frame({ ...frame, timeNs: 1n << 64n })],
    ['original packet length', (w: PcapngWriter) => w.frame({ ...frame, originalLength: 2 ** 32 })],
    ['opt_comment', (w: PcapngWriter) => w.frame({ ...frame, comments: ['é'.repeat(32_768)] })],
    ['block total length', (w: PcapngWriter) => w.frame({ ...frame, bytes: new Uint8Array(16 * 2 ** 20) })],
    ['link type', (w: PcapngWriter) => w.interface({ linkType: 65_536, name: 'x' })],
    ['isb_ifdrop', (w: PcapngWriter) => w.statistics({ interfaceId: 0, timeNs: 0n, dropped: -1n })],
  ])('throws WIRE_UNENCODABLE for a value that %s cannot hold', (field, write) => {
    expect(() => write(begun().writer)).toThrow(expect.objectContaining({ code: 'WIRE_UNENCODABLE', field }));
  });
});

describe.skipIf(!hasTshark)(`PcapngWriter against tshark ${NEEDS_TSHARK}`, () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pxebench-write-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('writes what tshark reads, comments, direction and interface names included', async () => {
    const { writer, start } = begun();
    const frames: readonly PcapngFrame[] = [
      {
        interfaceId: 0,
        timeNs: 1_700_000_000_123_456_789n,
        bytes: new Uint8Array(60),
        comments: ['DISCOVER of the firmware', 'second comment: ü'],
        direction: 'inbound',
        packetId: 17n,
      },
      {
        interfaceId: 1,
        timeNs: 1_700_000_001_000_000_001n,
        bytes: new Uint8Array(61),
        originalLength: 1514,
        direction: 'outbound',
        dropCount: 5n,
      },
      { interfaceId: 1, timeNs: 0n, bytes: new Uint8Array(14) },
    ];
    const path = join(folder, 'written.pcapng');
    await writeFile(
      path,
      concat(
        start,
        ...frames.map((one) => writer.frame(one)),
        writer.statistics({ interfaceId: 0, timeNs: 1n, received: 2n, dropped: 1n }),
      ),
    );

    const rows = await tsharkFields(path, [
      ...['frame.number', 'frame.time_epoch', 'frame.cap_len', 'frame.len'],
      ...[
        'frame.interface_name',
        'frame.comment',
        'frame.packet_flags_direction',
        'frame.packet_id',
        'frame.drop_count',
      ],
    ]);

    expect(rows).toEqual([
      [
        '1',
        epoch(1_700_000_000_123_456_789n),
        '60',
        '60',
        'br0',
        'DISCOVER of the firmware,second comment: ü',
        '0x00000001',
        '17',
        '',
      ],
      ['2', epoch(1_700_000_001_000_000_001n), '61', '1514', 'tap0', '', '0x00000002', '', '5'],
      ['3', epoch(0n), '14', '14', 'tap0', '', '', '', ''],
    ]);
  });
});
