import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { constants, createGzip, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collectCapture, readCapture, readCaptureBatches } from './read-capture.ts';
import { chunked, concat } from './testing/crafted-capture.ts';
import {
  BOTH,
  classicSample,
  MICROSECONDS,
  NANOSECONDS,
  PCAPNG_SILENT_BLOCKS,
  pcapngSample,
  read,
} from './testing/samples.ts';
import { epoch, hasTshark, NEEDS_TSHARK, tsharkFields } from './testing/tshark.ts';

describe('readCapture', () => {
  it('yields interfaces before their frames and the ending last', async () => {
    const kinds: string[] = [];
    for await (const item of readCapture(chunked(pcapngSample(true).bytes, 50))) kinds.push(item.kind);

    expect(kinds).toEqual([
      ...['section', 'interface', 'interface', 'frame', 'frame', 'frame', 'frame', 'statistics'],
      ...['section', 'interface', 'frame', 'frame', 'ending'],
    ]);
  });

  it.each(['plain', 'gzip'])('delivers a frame as soon as its block is complete (%s)', async (packing) => {
    const { bytes, recordEnds } = pcapngSample(true);
    const pipe = new Pipe();
    const packer = createGzip({ flush: constants.Z_SYNC_FLUSH });
    packer.on('data', (data: Uint8Array) => pipe.write(data));
    const write = (data: Uint8Array): void =>
      packing === 'gzip' ? void packer.write(data) : pipe.write(data);
    const batches = readCaptureBatches(pipe);

    let from = 0;
    for (const [i, end] of recordEnds.entries()) {
      write(bytes.slice(from, end));
      from = end;
      // Nothing more is written before the batch is there: a reader that waited for more would wait for ever.
      if (!PCAPNG_SILENT_BLOCKS.includes(i)) {
        const { value } = await batches.next();
        expect((value?.frames.length ?? 0) + (value?.notes.length ?? 0)).toBe(1);
      }
    }
    pipe.end();
    expect((await batches.next()).value?.ending).toMatchObject({ frames: 6 });
    packer.destroy();
  });

  it('passes an error of its source on', async () => {
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield classicSample(true, MICROSECONDS).bytes.subarray(0, 50);
      throw new Error('EIO');
    }
    await expect(collectCapture(failing())).rejects.toThrow('EIO');
    await expect(
      collectCapture(
        (async function* () {
          yield gzipSync(classicSample(true, MICROSECONDS).bytes).subarray(0, 30);
          throw new Error('EIO');
        })(),
      ),
    ).rejects.toThrow('EIO');
  });

  it.each([
    { name: 'plain', bytes: concat(classicSample(true, MICROSECONDS).bytes) },
    { name: 'gzip', bytes: gzipSync(classicSample(true, MICROSECONDS).bytes) },
  ])(
    'closes its source when the reader stops early or the capture cannot be read on ($name)',
    async ({ bytes }) => {
      let closed = 0;
      async function* source(then: Uint8Array): AsyncGenerator<Uint8Array> {
        try {
          yield bytes;
          for (;;) yield then;
        } finally {
          closed += 1;
        }
      }
      for await (const batch of readCaptureBatches(source(bytes))) {
        expect(batch.frames.length).toBeGreaterThan(0);
        break;
      }
      expect(closed).toBe(1);
      // A packet header of ff claims 4 GB; behind gzip it is garbage.
      const { ending } = await collectCapture(source(new Uint8Array(64).fill(0xff)));
      expect(ending).toMatchObject({ kind: 'cut-off', frames: 3 });
      expect(closed).toBe(2);
    },
  );
});

describe.skipIf(!hasTshark)(`readCapture against tshark ${NEEDS_TSHARK}`, () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pxebench-pcap-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each(
    BOTH.flatMap(({ order, little }) => [
      { name: `pcap, ${order}-endian`, bytes: classicSample(little, MICROSECONDS).bytes },
      { name: `nanosecond pcap, ${order}-endian`, bytes: classicSample(little, NANOSECONDS).bytes },
      { name: `pcapng, ${order}-endian`, bytes: pcapngSample(little).bytes },
      { name: `pcapng in gzip, ${order}-endian`, bytes: gzipSync(pcapngSample(little).bytes) },
    ]),
  )('reads what tshark reads of a $name', async ({ bytes }) => {
    const path = join(folder, 'crafted');
    await writeFile(path, bytes);

    const { frames } = await read(bytes);
    const rows = await tsharkFields(path, [
      'frame.number',
      'frame.time_epoch',
      'frame.len',
      'frame.cap_len',
      'frame.comment',
    ]);

    // tshark numbers custom and journal blocks too, and prints them.
    const numbers = frames.map((frame) => String(frame.number));
    expect(
      frames.map((frame) => [
        String(frame.number),
        frame.timeNs === 0n ? '' : epoch(frame.timeNs),
        String(frame.originalLength),
        String(frame.bytes.length),
        frame.comments?.join(',') ?? '',
      ]),
    ).toEqual(rows.filter(([number = '']) => numbers.includes(number)));
  });
});

/** A byte stream that somebody else writes to, as a pipe is. */
class Pipe implements AsyncIterable<Uint8Array> {
  readonly #chunks: Uint8Array[] = [];
  #ended = false;
  #wake = (): void => {};

  write(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#wake();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) yield chunk;
      else if (this.#ended) return;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
