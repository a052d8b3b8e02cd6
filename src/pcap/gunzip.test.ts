import { crc32, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { collectCapture } from './read-capture.ts';
import { Craft, concat, crafted } from './testing/crafted-capture.ts';
import { classicSample, MICROSECONDS, NANOSECONDS, pcapngSample, read } from './testing/samples.ts';

describe('gunzip, as readCapture uses it', () => {
  const plain = pcapngSample(true).bytes;
  const packed = gzipSync(plain);

  it.each([1, 5, 4096])('reads pcap and pcapng within gzip from chunks of %i bytes', async (chunkLength) => {
    for (const bytes of [plain, classicSample(false, NANOSECONDS).bytes]) {
      expect(await read(gzipSync(bytes), chunkLength)).toEqual(await read(bytes));
    }
  });

  it('reads a file of several members, and takes zeros behind the last for padding', async () => {
    const members = concat(gzipSync(plain.subarray(0, 100)), gzipSync(plain.subarray(100)));

    expect(await read(members)).toEqual(await read(plain));
    expect(await read(members, 1)).toEqual(await read(plain));
    expect(await read(concat(packed, new Uint8Array(512)))).toEqual(await read(plain));
    expect(await read(concat(packed, new Uint8Array(512)), 9)).toEqual(await read(plain));
  });

  it('is not confused by empty chunks', async () => {
    async function* source(): AsyncGenerator<Uint8Array> {
      for (const octet of packed) {
        yield new Uint8Array(0);
        yield Uint8Array.of(octet);
      }
    }
    expect(await collectCapture(source())).toEqual(await read(plain));
  });

  it('yields from every prefix what is in it, and says that it is cut off', async () => {
    const whole = await read(plain);
    let most = 0;
    for (let length = 2; length < packed.length; length++) {
      const { frames, ending } = await read(packed.subarray(0, length));
      expect(frames).toEqual(whole.frames.slice(0, frames.length));
      expect(ending).toMatchObject({
        kind: 'cut-off',
        field: 'gzip stream',
        error: { code: 'WIRE_TRUNCATED' },
      });
      expect(ending).toMatchObject({
        message: expect.stringContaining(`the packed data end at their byte ${length},`),
      });
      most = Math.max(most, frames.length);
    }
    // Where only the trailer is missing, all frames are there.
    expect(most).toBe(whole.frames.length);
  });

  it('loses no frame to a wrong checksum, and says so', async () => {
    const wrong = packed.slice();
    const at = wrong.length - 8;
    wrong[at] = 255 - (wrong[at] ?? 0);
    for (const chunkLength of [1, 3, wrong.length]) {
      const { frames, ending } = await read(wrong, chunkLength);
      expect(frames).toEqual((await read(plain)).frames);
      expect(ending).toMatchObject({
        kind: 'cut-off',
        offset: plain.length,
        field: 'gzip stream',
        error: { code: 'WIRE_MALFORMED' },
      });
    }
  });

  it('yields every frame before the damage in a small file', async () => {
    const c = new Craft(true);
    const noise = Array.from({ length: 50 }, (_, i) =>
      Uint8Array.from({ length: 84 }, (_, j) => i ^ (j * 7)),
    );
    const file = crafted(c.fileHeader(MICROSECONDS), ...noise.map((bytes, i) => c.packet(i, 0, bytes))).bytes;
    // Stored as it is, and no block header behind it begins with 7 set bits.
    const damaged = concat(stored(file), new Uint8Array(64).fill(0xff));

    for (const chunkLength of [damaged.length, 1000]) {
      const { frames, ending } = await read(damaged, chunkLength);

      // The last octets may be lost with zlib's smallest output buffer, 64: less than one of these packets.
      expect(frames.length).toBeGreaterThanOrEqual(noise.length - 1);
      expect(frames.map((frame) => frame.bytes)).toEqual(noise.slice(0, frames.length));
      expect(ending).toMatchObject({ kind: 'cut-off', error: { code: 'WIRE_MALFORMED' } });
    }
  });

  it('yields nothing twice, wherever a file is damaged', async () => {
    const whole = await read(plain);
    for (let at = 2; at < packed.length; at++) {
      const damaged = packed.slice();
      damaged[at] = 255 - (damaged[at] ?? 0);
      const { frames } = await read(damaged, 50);
      // A changed octet may also unpack to something else; the number of frames can only fall.
      expect(frames.length).toBeLessThanOrEqual(whole.frames.length);
    }
  });

  it('reads a large file whose damage is far in, up to there but for 64 KiB', async () => {
    const c = new Craft(true);
    const payload = Uint8Array.from({ length: 984 }, (_, j) => j * 7);
    const packets = Array.from({ length: 60 }, (_, i) => c.packet(i, 0, payload));
    const members = Array.from({ length: 10 }, (_, i) =>
      stored(crafted(...(i === 0 ? [c.fileHeader(MICROSECONDS)] : []), ...packets).bytes, true),
    );
    const { frames, ending } = await read(concat(...members, new Uint8Array(64).fill(0xff)));

    expect(frames.length).toBeGreaterThanOrEqual(600 - 66);
    expect(frames.every((frame) => frame.bytes.length === 984 && frame.bytes[1] === 7)).toBe(true);
    expect(ending).toMatchObject({ kind: 'cut-off', error: { code: 'WIRE_MALFORMED' } });
  });
});

/** RFC 1952 header and one RFC 1951 stored block, the last of a whole member or not the last of a broken one. */
function stored(bytes: Uint8Array, whole = false): Uint8Array {
  const length = Uint8Array.of(bytes.length & 255, bytes.length >> 8);
  const trailer = new Uint8Array(8);
  new DataView(trailer.buffer).setUint32(0, crc32(bytes), true);
  new DataView(trailer.buffer).setUint32(4, bytes.length, true);
  return concat(
    Uint8Array.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, whole ? 1 : 0]),
    length,
    length.map((octet) => 255 - octet),
    bytes,
    whole ? trailer : new Uint8Array(0),
  );
}
