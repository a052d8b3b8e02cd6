/** What goes on while files are on their way: reloading, leaving, stopping, pages without end. */
import { once } from 'node:events';
import { mkdirSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { maxSegmentOf } from '../../os/tcp-segment.ts';
import type { ServerEvent } from '../event.ts';
import { readAnswers, startHttpBench } from '../http/testing/http-bench.ts';
import { siteWith } from '../orders/testing/made-orders.ts';
import { openBootFolder } from './boot-folder.ts';
import { systemClock } from './clock.ts';
import { descriptorOf } from './descriptor.ts';
import { HTTP_LIMITS } from './http-limits.ts';
import type { PageStream } from './http-pages.ts';
import { serveHttp } from './serve-http.ts';

/** More than the kernel keeps for a client that does not read. */
const HUGE_OCTETS = 40_000_000;
const HUGE = 'GET /huge HTTP/1.1\r\nHost: pxe\r\n\r\n';
const site = siteWith();
const isTransfer = (event: ServerEvent): event is Extract<ServerEvent, { stage: 'http' }> =>
  event.stage === 'http' && event.did === 'GET /huge';

async function startWithHuge() {
  const bench = await startHttpBench();
  writeFileSync(join(bench.root, 'huge'), Buffer.alloc(HUGE_OCTETS, 'o'));
  /** Has asked for the file, and reads none of it for now. */
  const reader = async (): Promise<Socket> => {
    const socket = bench.connect();
    socket.on('error', () => undefined);
    socket.write(HUGE);
    await once(socket, 'readable');
    return socket;
  };
  return { bench, reader };
}

describe('serveHttp', () => {
  it('finishes a transfer from the old folder, and takes the new one from the next request on', async () => {
    const { bench, reader } = await startWithHuge();
    await using _bench = bench;
    const other = join(bench.outside, 'other');
    mkdirSync(other);
    writeFileSync(join(other, 'huge'), 'new');
    const socket = await reader();
    bench.service.configure({ site, folder: await openBootFolder(other), limits: HTTP_LIMITS });
    socket.write('GET /huge HTTP/1.1\r\nHost: pxe\r\nConnection: close\r\n\r\n');
    const { answers } = await readAnswers(socket);
    expect(answers.map(({ body }) => body.length)).toEqual([HUGE_OCTETS, 3]);
    expect(answers[0]?.body.equals(Buffer.alloc(HUGE_OCTETS, 'o'))).toBe(true);
  });

  it('tells of transfers as long as they last', async () => {
    const { bench, reader } = await startWithHuge();
    await using _bench = bench;
    const socket = await reader();
    const [transfer] = bench.service.transfers();
    const client = `127.0.0.1:${socket.localPort}`;
    expect(transfer).toMatchObject({ client, path: '/huge', size: HUGE_OCTETS });
    expect(transfer?.octets).toBeLessThan(HUGE_OCTETS);
    expect(Math.abs((transfer?.since ?? 0) - Date.now())).toBeLessThan(60_000);
    socket.resume();
    expect(await bench.logged(isTransfer)).toMatchObject({ client, status: 200, octets: HUGE_OCTETS });
    expect(bench.service.transfers()).toEqual([]);
    socket.destroy();
  });

  it('tells how much a client had that went away, and closes what it held open', async () => {
    const { bench, reader } = await startWithHuge();
    await using _bench = bench;
    const before = openFiles();
    const sockets = await Promise.all(Array.from({ length: 10 }, reader));
    expect(openFiles()).toBeGreaterThan(before);
    for (const socket of sockets) socket.destroy();
    await Promise.all(sockets.map((socket) => once(socket, 'close')));
    const log = await bench.logged(isTransfer);
    expect(log.because).toMatch(/^broken off: /);
    expect(log.octets).toBeLessThan(HUGE_OCTETS);
    const all = () => bench.events.filter(isTransfer).length === sockets.length;
    await bench.logged((event): event is ServerEvent => isTransfer(event) && all());
    expect(bench.service.transfers()).toEqual([]);
    expect(openFiles()).toBeLessThanOrEqual(before);
  });

  it('breaks off where a file becomes shorter, and sends nothing in its place', async () => {
    const { bench, reader } = await startWithHuge();
    await using _bench = bench;
    const socket = await reader();
    truncateSync(join(bench.root, 'huge'), HUGE_OCTETS - 1000);
    const { answers } = await readAnswers(socket);
    expect(answers.map(({ complete, body }) => [complete, body.length])).toEqual([
      [false, HUGE_OCTETS - 1000],
    ]);
    expect((await bench.logged(isTransfer)).because).toBe('the file has become shorter');
  });

  it('stops at once, in the midst of transfers, and leaves nothing open', async () => {
    const before = openFiles();
    const { bench, reader } = await startWithHuge();
    const sockets = await Promise.all(Array.from({ length: 5 }, reader));
    const closed = sockets.map((socket) => once(socket.resume(), 'end'));
    await bench[Symbol.asyncDispose]();
    await Promise.all(closed);
    for (const socket of sockets) socket.destroy();
    await Promise.all(sockets.map((socket) => (socket.closed ? undefined : once(socket, 'close'))));
    expect(openFiles()).toBeLessThanOrEqual(before);
  });

  it('asks for pages before files, and keeps those without end open until the client leaves', async () => {
    const left = Promise.withResolvers<void>();
    let stream: PageStream | undefined;
    await using bench = await startHttpBench({
      pages: ({ path, query, client }) => {
        if (path === '/metrics') {
          const body = `${query} ${client.startsWith('127.0.0.1:')}\n`;
          return {
            kind: 'reply',
            status: 200,
            contentType: 'text/plain',
            fields: [['Cache-Control', 'no-store']],
            body,
          };
        }
        if (path !== '/live') return undefined;
        return {
          kind: 'stream',
          contentType: 'text/event-stream',
          open: (opened) => {
            stream = opened;
            stream.send('data: first\n\n');
            return { [Symbol.dispose]: () => left.resolve() };
          },
        };
      },
    });
    const metrics = await bench.get('/metrics?a=b');
    expect([metrics.body.toString(), metrics.header('cache-control')]).toEqual(['a=b true\n', 'no-store']);
    expect((await bench.get('/metrics', {}, 'HEAD')).header('content-length')).toBe('6');
    expect((await bench.get('/metrics', {}, 'POST')).status).toBe(405);
    const viewer = bench.connect().setEncoding('latin1');
    viewer.write('GET /live HTTP/1.1\r\nHost: pxe\r\n\r\n');
    let seen = '';
    for await (const more of viewer) {
      seen += more;
      if (seen.endsWith('first\n\n')) stream?.send('data: second\n\n');
      if (seen.endsWith('second\n\n')) break;
    }
    expect(seen).toMatch(/^HTTP\/1\.1 200 OK\r\nContent-Type: text\/event-stream\r\nConnection: close\r\n/);
    await left.promise;
    expect(stream?.send('data: third\n\n')).toBe(false);
  });

  it('sends a viewer away that does not keep up', async () => {
    let stream: PageStream | undefined;
    const left = Promise.withResolvers<void>();
    await using bench = await startHttpBench({
      pages: () => ({
        kind: 'stream',
        contentType: 'text/event-stream',
        open: (opened) => {
          stream = opened;
          return { [Symbol.dispose]: () => left.resolve() };
        },
      }),
    });
    const viewer = bench.connect();
    viewer.on('error', () => undefined);
    viewer.write('GET / HTTP/1.1\r\nHost: pxe\r\n\r\n');
    await once(viewer, 'readable');
    for (let n = 0; n < 1000 && stream?.send('x'.repeat(100_000)) === true; n++);
    await left.promise;
    expect(stream?.send('x')).toBe(false);
    viewer.destroy();
  });

  it('answers 500 where a page fails, and goes on', async () => {
    await using bench = await startHttpBench({
      pages: ({ path }) => {
        if (path === '/broken') throw new Error('boom');
        return undefined;
      },
    });
    expect((await bench.get('/broken')).status).toBe(500);
    expect((await bench.get('/nothing')).status).toBe(404);
    expect(bench.events).toContainEqual(
      expect.objectContaining({ because: expect.stringContaining('boom') }),
    );
  });

  it('keeps both sides to the segment size it is told, for paths that lose larger packets (R51)', async () => {
    await using service = await serveHttp(
      { address: '127.0.0.1', port: 0, maxSegment: 1000 },
      { site, folder: undefined, limits: HTTP_LIMITS },
      { log: () => undefined, clock: systemClock, wallClock: Date.now },
    );
    const socket = connect(service.port, '127.0.0.1');
    await once(socket, 'connect');
    const fd = descriptorOf(socket);
    if (fd === undefined) throw new Error('wanted a descriptor');
    // Of 1000, TCP's timestamps take 12.
    expect(maxSegmentOf(fd)).toBeGreaterThanOrEqual(988);
    expect(maxSegmentOf(fd)).toBeLessThanOrEqual(1000);
    socket.destroy();
  });
});

function openFiles(): number {
  return readdirSync('/proc/self/fd').length;
}
