import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CaptureParser } from './capture-parser.ts';
import { collectCapture } from './read-capture.ts';
import { Craft, concat, crafted } from './testing/crafted-capture.ts';
import {
  BOTH,
  classicSample,
  MICROSECONDS,
  MODIFIED,
  NANOSECONDS,
  one,
  pcapngSample,
  read,
} from './testing/samples.ts';

describe('CaptureParser', () => {
  const files = BOTH.flatMap(({ order, little }) => [
    { name: `pcap, ${order}-endian`, file: classicSample(little, MICROSECONDS) },
    { name: `modified pcap, ${order}-endian`, file: classicSample(little, MODIFIED) },
    { name: `pcapng, ${order}-endian`, file: pcapngSample(little) },
  ]);

  it.each(files)(
    'says of every prefix of a $name where it ends, and yields all frames up to there',
    async ({ file }) => {
      const whole = await read(file.bytes);
      for (let length = 0; length < file.bytes.length; length++) {
        const { frames, ending } = await read(file.bytes.subarray(0, length));

        expect(frames).toEqual(whole.frames.slice(0, frames.length));
        if (file.recordEnds.includes(length)) {
          expect(ending).toEqual({ kind: 'complete', frames: frames.length, length });
          continue;
        }
        const cut = file.fields.find((field) => length >= field.start && length < field.start + field.length);
        const magic = length < 4;
        // Inside a section header's first 12 octets the reader wants the byte-order magic, the start of its body.
        const field =
          cut?.field === 'section header block body' && length < cut.start + 4
            ? 'byte-order magic'
            : cut?.field;
        expect(ending).toMatchObject({
          kind: 'cut-off',
          frames: frames.length,
          length,
          offset: magic ? 0 : cut?.start,
          field: magic ? 'magic number' : field,
          error: { code: 'WIRE_TRUNCATED', offset: magic ? 0 : cut?.start },
        });
      }
    },
  );

  it('names the byte, the field and the frames before it in one sentence', async () => {
    const { ending } = await read(classicSample(true, MICROSECONDS).bytes.subarray(0, 100));

    expect(ending).toMatchObject({
      message:
        'The capture ends at byte 100, after 1 frame: packet data: need 64 bytes, have 39 (at byte 61)',
    });
  });

  it.each([
    { what: 'an empty file', bytes: new Uint8Array(0), shows: /got an empty file/ },
    {
      what: 'text',
      bytes: Buffer.from('From: me'),
      shows: /pcap, pcapng or gzip.*46726f6d3a206d65 \("From: me"\)/,
    },
    {
      what: 'an ELF file',
      bytes: Buffer.from('7f454c460201010000000000000000000000', 'hex'),
      shows: /7f454c460201010000000000 ?00000000 \("\.ELF/,
    },
    { what: 'xz', bytes: Buffer.from('fd377a585a000000', 'hex'), shows: /which is xz/ },
    { what: 'zstd', bytes: Buffer.from('28b52ffd00000000', 'hex'), shows: /which is zstd/ },
    { what: 'gzip inside gzip', bytes: gzipSync(gzipSync(one)), shows: /which is gzip inside gzip/ },
    { what: 'three octets', bytes: Buffer.from('d4c3b2', 'hex'), shows: /got only d4c3b2/ },
  ])('shows the first bytes of $what and says what can be read', async ({ bytes, shows }) => {
    const { ending } = await read(bytes);

    expect(ending).toMatchObject({
      kind: 'cut-off',
      offset: 0,
      field: 'magic number',
      message: expect.stringMatching(shows),
    });
  });

  it('does not allocate what a length claims', () => {
    // 16 MiB is the most that is believed; only 40 octets of it come.
    const le = new Craft(true);
    const claims = crafted(
      le.section(),
      le.interface(1, 0),
      le.block('b', 6, new Uint8Array(40), 16 * 2 ** 20),
    ).bytes;
    const before = process.memoryUsage().arrayBuffers;
    const parsers = Array.from({ length: 20 }, () => {
      const parser = new CaptureParser();
      for (let at = 0; at < claims.length; at += 7) parser.push(claims.slice(at, at + 7));
      return parser;
    });

    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20);
    for (const parser of parsers) {
      expect(parser.end().ending).toMatchObject({ kind: 'cut-off', field: 'enhanced packet block body' });
    }
  });

  it.each([1, 2, 3, 7, 11, 16, 28, 64, 100])(
    'reads the same frames from chunks of %i bytes',
    async (chunkLength) => {
      for (const { bytes } of [
        classicSample(true, NANOSECONDS),
        classicSample(false, MODIFIED),
        pcapngSample(true),
        pcapngSample(false),
      ]) {
        expect(await read(bytes, chunkLength)).toEqual(await read(bytes));
      }
    },
  );

  it('reads the same frames whatever the chunk boundaries', async () => {
    const { bytes } = pcapngSample(false);
    const whole = await read(bytes);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(bytes.length)), async (boundaries) => {
        const cuts = [0, ...boundaries.sort((a, b) => a - b), bytes.length];
        const chunks = cuts.slice(1).map((end, i) => bytes.slice(cuts[i], end));
        expect(await collectCapture(chunksOf(chunks))).toEqual(whole);
      }),
    );
  });

  it('keeps every frame valid for as long as it is held', async () => {
    const c = new Craft(true);
    const payloads = Array.from({ length: 300 }, (_, i) => new Uint8Array(i % 97).fill(i));
    const { bytes } = crafted(
      c.fileHeader(MICROSECONDS),
      ...payloads.map((payload, i) => c.packet(i, 0, payload)),
    );

    const { frames } = await read(bytes, 41);

    expect(frames.map((frame) => frame.bytes)).toEqual(payloads);
  });

  it('never throws, whatever the bytes', async () => {
    const le = new Craft(true);
    const be = new Craft(false);
    const beginnings = [
      new Uint8Array(0),
      ...[MICROSECONDS, NANOSECONDS, MODIFIED].map((magic) => crafted(le.fileHeader(magic)).bytes),
      crafted(be.section(), be.interface(1, 0)).bytes,
      crafted(le.section(), le.interface(1, 0)).bytes,
      Uint8Array.of(0x1f, 0x8b, 8, 0),
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...beginnings),
        fc.uint8Array({ maxLength: 200 }),
        fc.integer({ min: 1, max: 50 }),
        async (beginning, noise, chunkLength) => {
          const { ending } = await read(concat(beginning, noise), chunkLength);
          expect(['complete', 'cut-off']).toContain(ending.kind);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('never throws for a good file with a few octets changed, and says the same whatever the chunks', async () => {
    const files = [
      classicSample(true, MICROSECONDS).bytes,
      classicSample(false, MODIFIED).bytes,
      pcapngSample(true).bytes,
      pcapngSample(false).bytes,
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...files),
        fc.array(fc.tuple(fc.nat(2000), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 50 }),
        async (file, changes, chunkLength) => {
          const damaged = file.slice();
          for (const [at, octet] of changes) damaged[at % file.length] = octet;
          const whole = await read(damaged);
          const pieces = await read(damaged, chunkLength);
          expect(pieces.frames).toEqual(whole.frames);
          expect(pieces.notes).toEqual(whole.notes);
          // How much of the file was seen when an error ended the reading depends on the chunks; the error does not,
          // but for a file that is no capture, of which the first chunk is shown.
          expect(pieces.ending.kind).toEqual(whole.ending.kind);
          if (pieces.ending.kind === 'cut-off' && whole.ending.kind === 'cut-off') {
            expect(pieces.ending.offset).toEqual(whole.ending.offset);
            expect(pieces.ending.field).toEqual(whole.ending.field);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('ignores what is pushed after the ending', () => {
    const parser = new CaptureParser();

    expect(parser.push(Buffer.from('no capture')).ending).toMatchObject({ kind: 'cut-off', offset: 0 });
    expect(parser.push(classicSample(true, MICROSECONDS).bytes)).toEqual({ frames: [], notes: [] });
    expect(parser.end()).toEqual({ frames: [], notes: [] });
  });

  it('hands out Uint8Arrays, whose slice() is a copy, where it is given Buffers', () => {
    const [frame] = new CaptureParser().push(Buffer.from(classicSample(true, MICROSECONDS).bytes)).frames;

    expect(Object.getPrototypeOf(frame?.bytes)).toBe(Uint8Array.prototype);
  });
});

async function* chunksOf(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}
