/** HTTP-008 to HTTP-010: parts of files, and going on where something broke off. */
import { randomBytes } from 'node:crypto';
import {
  appendFileSync,
  closeSync,
  ftruncateSync,
  openSync,
  renameSync,
  statSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HttpBench, startHttpBench } from './testing/http-bench.ts';

const LARGE = randomBytes(300_000);
const SMALL = randomBytes(3000);
let bench: HttpBench;
beforeAll(async () => {
  bench = await startHttpBench();
  writeFileSync(join(bench.root, 'large'), LARGE);
  writeFileSync(join(bench.root, 'small'), SMALL);
  writeFileSync(join(bench.root, 'empty'), '');
});
afterAll(() => bench[Symbol.asyncDispose]());

describe('HTTP-008: a satisfiable single range gets 206 and exactly those octets', () => {
  it.each([
    ['bytes=0-511', 0, 512],
    ['bytes=512-1023', 512, 1024],
    ['bytes=-10', -10, undefined],
    ['bytes=100-', 100, undefined],
    ['bytes=0-0', 0, 1],
    ['bytes=0-', 0, undefined],
    ['bytes=2999-99999999', 2999, undefined],
  ])('%s, of a file sent by the kernel and of one sent at once', async (range, start, end) => {
    for (const [name, octets] of [
      ['large', LARGE],
      ['small', SMALL],
    ] as const) {
      const answer = await bench.get(`/${name}`, { Range: range });
      const wanted = octets.subarray(start, end ?? octets.length);
      const from = start < 0 ? octets.length + start : start;
      expect([answer.status, answer.header('content-length')]).toEqual([206, `${wanted.length}`]);
      expect(answer.header('content-range')).toBe(
        `bytes ${from}-${from + wanted.length - 1}/${octets.length}`,
      );
      expect(answer.body.equals(wanted)).toBe(true);
    }
  });

  it('several ranges come as parts', async () => {
    const answer = await bench.get('/large', { Range: 'bytes=0-9,100000-199999,-5' });
    const boundary = /^multipart\/byteranges; boundary=(.+)$/.exec(answer.header('content-type') ?? '')?.[1];
    expect(answer.status).toBe(206);
    expect(answer.body.length).toBe(Number(answer.header('content-length')));
    const pieces = answer.body.toString('latin1').split(`--${boundary}`);
    const bodies = pieces.slice(1, -1).map((piece) => piece.slice(piece.indexOf('\r\n\r\n') + 4, -2));
    expect(bodies.map((body) => body.length)).toEqual([10, 100_000, 5]);
    const wanted = [LARGE.subarray(0, 10), LARGE.subarray(100_000, 200_000), LARGE.subarray(-5)];
    expect(bodies).toEqual(wanted.map((octets) => octets.toString('latin1')));
    expect(pieces.at(-1)).toBe('--\r\n');
  });

  it('a field that makes no sense is ignored', async () => {
    for (const range of ['bytes=9-1', 'lines=1-2', 'bytes=', 'bytes=0-,0-,0-']) {
      const answer = await bench.get('/small', { Range: range });
      expect([range, answer.status, answer.body.length]).toEqual([range, 200, SMALL.length]);
    }
  });

  it('a file may have more octets than 32 bits can count', async () => {
    const file = join(bench.root, 'installer.iso');
    const at = 5 * 2 ** 30;
    const marked = randomBytes(100_000);
    // Sparse: it takes no more room than what is written.
    const fd = openSync(file, 'w');
    ftruncateSync(fd, 10 * 2 ** 30);
    writeSync(fd, marked, 0, marked.length, at);
    closeSync(fd);
    expect((await bench.get('/installer.iso', {}, 'HEAD')).header('content-length')).toBe(`${10 * 2 ** 30}`);
    const part = await bench.get('/installer.iso', { Range: `bytes=${at}-${at + marked.length - 1}` });
    expect(part.body.equals(marked)).toBe(true);
  });

  it('HEAD has no ranges', async () => {
    const answer = await bench.get('/small', { Range: 'bytes=0-9' }, 'HEAD');
    expect([answer.status, answer.header('content-length')]).toEqual([200, '3000']);
  });
});

describe('HTTP-009: an unsatisfiable range gets 416 with the length', () => {
  it.each([
    ['small', 'bytes=3000-3000', 'bytes */3000'],
    ['small', 'bytes=-0', 'bytes */3000'],
    ['empty', 'bytes=0-', 'bytes */0'],
  ])('of %s: %s', async (name, range, wanted) => {
    const answer = await bench.get(`/${name}`, { Range: range });
    expect([answer.status, answer.header('content-range')]).toEqual([416, wanted]);
  });
});

describe('HTTP-010: a transfer can be resumed, but never with another file', () => {
  it('ETag and Last-Modified stay while the file does', async () => {
    const [head, got, part] = [
      await bench.get('/small', {}, 'HEAD'),
      await bench.get('/small'),
      await bench.get('/small', { Range: 'bytes=5-' }),
    ];
    for (const name of ['etag', 'last-modified']) {
      expect(head.header(name)).toMatch(/./);
      expect([got.header(name), part.header(name)]).toEqual([head.header(name), head.header(name)]);
    }
    // Strong: RFC 9110 §13.1.1 compares so, and a weak one could never be resumed with.
    expect(head.header('etag')).toMatch(/^"/);
  });

  it.each([
    ['longer', (file: string) => appendFileSync(file, 'x')],
    ['of another time', (file: string) => utimesSync(file, 1, 1)],
    [
      'another of the same size and time',
      (file: string) => {
        const { atime, mtime } = statSync(file);
        writeFileSync(`${file}.new`, randomBytes(1000));
        utimesSync(`${file}.new`, atime, mtime);
        renameSync(`${file}.new`, file);
      },
    ],
  ])('206 first, and 412 when the file is %s', async (what, change) => {
    const name = what.replaceAll(' ', '-');
    const file = join(bench.root, name);
    writeFileSync(file, randomBytes(1000));
    const etag = (await bench.get(`/${name}`, {}, 'HEAD')).header('etag') ?? '';
    const resume = (field: string) => bench.get(`/${name}`, { Range: 'bytes=500-', [field]: etag });
    expect((await resume('If-Match')).status).toBe(206);
    expect((await resume('If-Range')).status).toBe(206);
    change(file);
    expect((await resume('If-Match')).status).toBe(412);
    // §13.1.5: all of the new one, in place of the part that does not fit.
    expect((await resume('If-Range')).status).toBe(200);
  });

  it('412 by date, as EDK2 sends it', async () => {
    const file = join(bench.root, 'dated');
    writeFileSync(file, randomBytes(1000));
    utimesSync(file, 1_000_000, 1_000_000);
    const date = (await bench.get('/dated', {}, 'HEAD')).header('last-modified') ?? '';
    const resume = () => bench.get('/dated', { Range: 'bytes=500-', 'If-Unmodified-Since': date });
    expect((await resume()).status).toBe(206);
    utimesSync(file, 1_000_001, 1_000_001);
    expect((await resume()).status).toBe(412);
  });

  it('304 to a client that has it already', async () => {
    const etag = (await bench.get('/small', {}, 'HEAD')).header('etag') ?? '';
    for (const fields of [
      { 'If-None-Match': etag },
      { 'If-Modified-Since': new Date(Date.now() + 9e6).toUTCString() },
    ]) {
      const answer = await bench.get('/small', fields);
      expect([answer.status, answer.header('content-length'), answer.body.length]).toEqual([
        304,
        undefined,
        0,
      ]);
    }
  });
});
