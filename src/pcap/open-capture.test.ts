import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Frame } from './frame.ts';
import { openCapture } from './open-capture.ts';
import { concat } from './testing/crafted-capture.ts';
import { pcapngSample, read } from './testing/samples.ts';
import { PcapngWriter } from './write-pcapng.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pxebench-open-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('openCapture', () => {
  it('reads a file, by batches or one by one', async () => {
    const path = join(folder, 'sample.pcapng');
    const { bytes } = pcapngSample(true);
    await writeFile(path, bytes);

    await using byBatch = await openCapture(path);
    const frames = [];
    for await (const batch of byBatch.batches()) frames.push(...batch.frames);
    expect(frames).toEqual((await read(bytes)).frames);

    await using oneByOne = await openCapture(path);
    const kinds = [];
    for await (const item of oneByOne.items()) kinds.push(item.kind);
    expect(kinds.at(-1)).toBe('ending');
    expect(kinds.filter((kind) => kind === 'frame')).toHaveLength(frames.length);
  });

  it('reads a file larger than its chunks', async () => {
    const path = join(folder, 'large.pcapng');
    const writer = new PcapngWriter();
    const blocks = [writer.section({ application: 'test' }), writer.interface({ linkType: 1, name: 'eth0' })];
    for (let i = 0; i < 1000; i++) {
      blocks.push(
        writer.frame({ interfaceId: 0, timeNs: BigInt(i), bytes: new Uint8Array(1000 + i).fill(i) }),
      );
    }
    await writeFile(path, concat(...blocks));

    await using capture = await openCapture(path);
    const held = [];
    for await (const batch of capture.batches()) held.push(...batch.frames);

    expect(held).toHaveLength(1000);
    expect(
      held.every(
        (frame, i) => frame.bytes.length === 1000 + i && frame.bytes.every((octet) => octet === i % 256),
      ),
    ).toBe(true);
  });

  it('reads into the same memory again where it may, and every frame is right until the next batch', async () => {
    const path = join(folder, 'reused.pcapng');
    const writer = new PcapngWriter();
    const blocks = [writer.section({ application: 'test' }), writer.interface({ linkType: 1, name: 'eth0' })];
    for (let i = 0; i < 4000; i++)
      blocks.push(
        writer.frame({ interfaceId: 0, timeNs: BigInt(i), bytes: new Uint8Array(500 + (i % 700)).fill(i) }),
      );
    await writeFile(path, concat(...blocks));

    await using capture = await openCapture(path, { reuseMemory: true });
    const buffers = new Set<ArrayBufferLike>();
    let frames = 0;
    let batches = 0;
    for await (const batch of capture.batches()) {
      batches++;
      // The first one may be put together from two chunks.
      for (const { bytes } of batch.frames.slice(1)) buffers.add(bytes.buffer);
      for (const { number, bytes } of batch.frames) {
        const i = number - 1;
        expect(bytes.length).toBe(500 + (i % 700));
        expect(bytes.every((octet) => octet === i % 256)).toBe(true);
        frames++;
      }
    }
    expect(frames).toBe(4000);
    expect(batches).toBeGreaterThan(10);
    expect(buffers.size).toBe(2);
  });

  it('delivers frames from a pipe while the other end still writes', async () => {
    const path = join(folder, 'pipe');
    execFileSync('mkfifo', [path]);
    const writer = new PcapngWriter();
    // Each end of a pipe opens only when the other does.
    const [capture, out] = await Promise.all([openCapture(path), open(path, 'w')]);
    const batches = capture.batches()[Symbol.asyncIterator]();

    await out.write(
      concat(writer.section({ application: 'test' }), writer.interface({ linkType: 1, name: 'eth0' })),
    );
    expect((await batches.next()).value.notes).toHaveLength(2);
    const held: Frame[] = [];
    for (const octet of [1, 2, 3]) {
      await out.write(writer.frame({ interfaceId: 0, timeNs: 1n, bytes: Uint8Array.of(octet) }));
      held.push(...(await batches.next()).value.frames);
    }
    expect(held.map((frame) => [frame.number, ...frame.bytes])).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
    await out.close();
    expect((await batches.next()).value.ending).toMatchObject({ kind: 'complete', frames: 3 });
    await capture[Symbol.asyncDispose]();
  });

  it('says that there is no such file', async () => {
    await expect(openCapture(join(folder, 'nowhere.pcap'))).rejects.toMatchObject({
      name: 'CaptureError',
      code: 'CAPTURE_NOT_FOUND',
      path: join(folder, 'nowhere.pcap'),
      cause: { code: 'ENOENT' },
    });
  });

  it('says that a directory is not a capture', async () => {
    await expect(openCapture(folder)).rejects.toMatchObject({ code: 'CAPTURE_IS_DIRECTORY' });
  });

  it('says that it may not read a file', async () => {
    const path = join(folder, 'secret.pcap');
    await writeFile(path, pcapngSample(true).bytes);
    await chmod(path, 0);
    await chmod(folder, 0o755);
    // Root reads everything: become somebody else for a moment.
    const asRoot = process.geteuid?.() === 0;
    if (asRoot) process.seteuid?.('nobody');
    try {
      await expect(openCapture(path)).rejects.toMatchObject({
        code: 'CAPTURE_NO_PERMISSION',
        hint: expect.stringContaining('chmod'),
        cause: { code: 'EACCES' },
      });
    } finally {
      if (asRoot) process.seteuid?.(0);
    }
  });

  it('throws where reading fails', async () => {
    // Address 0 of a process is not mapped: opening its memory works, reading there is EIO.
    await using capture = await openCapture('/proc/self/mem');

    await expect(capture.batches()[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: 'CAPTURE_UNREADABLE',
      cause: { code: 'EIO' },
    });
  });
});
