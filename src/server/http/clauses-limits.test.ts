/** SEC-002, SEC-014, HTTP-018, and requests that are made to be misread: RFC 9112 §11.2. */
import { once } from 'node:events';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ServerEvent } from '../event.ts';
import { type HttpBench, readAnswers, startHttpBench } from './testing/http-bench.ts';

const CANARY = 'canary: must never be served';
const GET = 'GET /boot1.txt HTTP/1.1\r\nHost: pxe\r\n';
/** More than the kernel keeps for a client that does not read. */
const HUGE_OCTETS = 40_000_000;
const headMs = 600;
const stallMs = 600;

async function startBench(limits = {}): Promise<HttpBench> {
  const bench = await startHttpBench({ limits });
  writeFileSync(join(bench.root, 'boot1.txt'), '#!ipxe\n');
  writeFileSync(join(bench.root, 'huge'), Buffer.alloc(HUGE_OCTETS, 'x'));
  writeFileSync(join(bench.outside, 'canary'), CANARY);
  symlinkSync('../canary', join(bench.root, 'link'));
  symlinkSync('..', join(bench.root, 'up'));
  mkdirSync(join(bench.outside, 'www-beside'));
  writeFileSync(join(bench.outside, 'www-beside', 'canary'), CANARY);
  symlinkSync('../www-beside', join(bench.root, 'beside'));
  return bench;
}

let bench: HttpBench;
beforeAll(async () => {
  bench = await startBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

const serves = async (on = bench): Promise<void> => {
  expect((await on.get('/boot1.txt')).body.toString()).toBe('#!ipxe\n');
};
/** The server has closed, or reset, its side. */
const ended = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    socket.on('error', () => undefined).resume();
    socket.once('end', resolve).once('close', resolve);
  });
const isBadInput = (event: ServerEvent) => event.stage === 'bad-input';

describe('SEC-002: HTTP path traversal is refused', () => {
  it.each([
    ...[
      '/../canary',
      '/%2e%2e/canary',
      '/..%2fcanary',
      '/..%5ccanary',
      '/%252e%252e/canary',
      '//canary',
      '/../../etc/passwd',
    ],
    ...[
      '/x/../../canary',
      '/.%2e/canary',
      '/%2e./canary',
      '//../canary',
      '/./../canary',
      '/up/canary',
      '/link',
      '/beside/canary',
    ],
    ...[
      'http://pxe/../canary',
      'http://pxe/%2e%2e/canary',
      'HTTP://pxe//up/canary',
      '/..;/canary',
      '/\\..\\canary',
      '/..\\canary',
    ],
    ...[
      '/canary%00',
      '/boot1.txt%00/../../canary',
      '/%c0%ae%c0%ae/canary',
      '/..%c0%afcanary',
      '/proc/self/root/etc/passwd',
    ],
  ])('%s', async (target) => {
    const { status, body } = await bench.get(target);
    expect([400, 404]).toContain(status);
    expect(body.toString()).not.toContain('canary:');
  });

  it('whatever the target', async () => {
    const piece = fc.constantFrom(
      ...[
        '/',
        '..',
        '.',
        '%2e',
        '%2f',
        '%5c',
        '\\',
        'canary',
        'www-beside',
        'up',
        'link',
        'boot1.txt',
        '%00',
        '%',
        '?',
        '//',
      ],
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { minLength: 1, maxLength: 8 }), async (pieces) => {
        const { body } = await bench.get(`/${pieces.join('')}`);
        expect(body.toString()).not.toContain('canary:');
      }),
      { numRuns: 300 },
    );
  });
});

describe('a request that two readers could take for different ones', () => {
  const hidden = 'GET /hidden HTTP/1.1\r\nHost: pxe\r\n\r\n';
  it.each([
    ['two lengths', `${GET}Content-Length: 0\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`, 400],
    [
      'a length and a coding',
      `${GET}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
      400,
    ],
    ['a coding that is only like chunked', `${GET}Transfer-Encoding: xchunked\r\n\r\n${hidden}`, 501],
    ['a chunked body', `${GET}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`, 411],
    ['a folded coding', `${GET}Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n${hidden}`, 400],
    ['a space before the colon', `${GET}Content-Length : 5\r\n\r\n${hidden}`, 400],
    ['bare LFs', `GET /boot1.txt HTTP/1.1\nHost: pxe\n\n${hidden}`, 400],
    ['a bare CR', `${GET}X: a\rContent-Length: 5\r\n\r\n${hidden}`, 400],
    ['NUL', `${GET}X: a\0\r\n\r\n${hidden}`, 400],
    ['a body of a megabyte', `${GET}Content-Length: 1000000\r\n\r\n${hidden}`, 413],
  ])('%s: is refused, and nothing behind it is read', async (_what, octets, status) => {
    const { answers } = await bench.ask(octets);
    expect(answers.map((answer) => [answer.status, answer.header('connection')])).toEqual([
      [status, 'close'],
    ]);
    expect(bench.events).not.toContainEqual(expect.objectContaining({ did: 'GET /hidden' }));
  });

  it('is told of, with what was wanted', async () => {
    await bench.ask(`${GET}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`);
    const wanted = {
      stage: 'bad-input',
      protocol: 'HTTP',
      client: '127.0.0.1',
      because: 'wanted one Content-Length, got "1,2"',
    };
    expect(bench.events).toContainEqual(wanted);
  });
});

describe('octets that are no request', () => {
  it('never stop the server, and always get the connection closed', async () => {
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 400 }).map((octets) => Buffer.from(octets)),
      fc
        .array(
          fc.constantFrom(
            GET,
            '\r\n',
            '\r\n\r\n',
            'HTTP/1.1',
            ' ',
            'Range: bytes=0-1,3-',
            'If-Match: "',
            'Content-Length: 3\r\n',
            '\0',
            'HEAD / ',
          ),
          { maxLength: 12 },
        )
        .map((pieces) => Buffer.from(pieces.join(''))),
    );
    await fc.assert(
      fc.asyncProperty(noise, async (octets) => {
        const socket = bench.connect();
        socket.end(octets);
        await ended(socket);
        socket.destroy();
      }),
      { numRuns: 300 },
    );
    await serves();
  });
});

describe('SEC-014: HTTP limits', () => {
  it.each([
    ['a URI of 64 kB', `GET /${'a'.repeat(65_536)} HTTP/1.1\r\nHost: pxe\r\n\r\n`, 414],
    ['a URI of 9 kB', `GET /${'a'.repeat(9000)} HTTP/1.1\r\nHost: pxe\r\nConnection: close\r\n\r\n`, 414],
    ['a field of 64 kB', `${GET}X: ${'a'.repeat(65_536)}\r\n\r\n`, 431],
    ['ten thousand fields', `${GET}${'X: a\r\n'.repeat(10_000)}\r\n`, 431],
  ])('%s gets its status, though the client still sends', async (_what, octets, status) => {
    expect((await bench.ask(octets)).answers.map((answer) => answer.status)).toEqual([status]);
  });

  it('200 connections of one client that send heads octet by octet starve nobody, and are given up', async () => {
    await using slow = await startBench({ headMs, maxConnectionsPerClient: 150 });
    const sockets: Socket[] = [];
    for (let n = 0; n < 200; n++) {
      const socket = slow.connect();
      socket.on('error', () => undefined).resume();
      await once(socket, 'connect');
      socket.write('GET /b');
      sockets.push(socket);
    }
    // More octets give a head no more time.
    const drip = setInterval(() => {
      for (const socket of sockets) if (socket.writable) socket.write('o');
    }, 50);
    const gone = Promise.all(sockets.map(ended));
    await serves(slow);
    await gone;
    clearInterval(drip);
    for (const socket of sockets) socket.destroy();
    expect(slow.events.filter(isBadInput)).toContainEqual(
      expect.objectContaining({ because: 'the head of a request took too long' }),
    );
  });

  it('a head that takes too long gets 408', async () => {
    await using slow = await startBench({ headMs });
    expect((await slow.ask(GET)).answers.map(({ status }) => status)).toEqual([408]);
  });

  it('a connection that says nothing, or nothing more, is closed', async () => {
    await using slow = await startBench({ headMs, idleMs: headMs });
    expect((await slow.ask('')).octets.length).toBe(0);
    const { answers } = await slow.ask(`${GET}\r\n`);
    expect(answers.map(({ status, header }) => [status, header('connection')])).toEqual([[200, undefined]]);
  });

  it('the oldest idle connection of a client that has too many makes room for the newest', async () => {
    await using few = await startBench({ maxConnectionsPerClient: 2 });
    const first = few.connect();
    await once(first, 'connect');
    const second = few.connect();
    await once(second, 'connect');
    const closed = ended(first);
    await serves(few);
    await closed;
    first.destroy();
    // The second was not asked to leave: it is answered.
    second.write(`${GET}Connection: close\r\n\r\n`);
    expect((await readAnswers(second)).answers.map(({ status }) => status)).toEqual([200]);
  });

  it('a new connection is turned away where all others are being answered', async () => {
    await using few = await startBench({ maxConnections: 1 });
    const busy = few.connect();
    busy.write('GET /huge HTTP/1.1\r\nHost: pxe\r\n\r\n');
    await once(busy, 'readable');
    const turnedAway = few.connect();
    await ended(turnedAway);
    turnedAway.destroy();
    expect(few.events).toContainEqual(expect.objectContaining({ because: 'too many connections at once' }));
    busy.destroy();
  });

  it('a client that asks and never reads costs no memory, and is given up', async () => {
    await using stalled = await startBench({ stallMs });
    const socket = stalled.connect();
    socket.on('error', () => undefined).pause();
    // Their answers are more than the kernel keeps.
    socket.write(`${GET}\r\n`.repeat(400_000));
    const before = process.memoryUsage().arrayBuffers;
    await stalled.logged(
      (event): event is ServerEvent => event.stage === 'http' && event.because !== undefined,
    );
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20_000_000);
    socket.destroy();
    await serves(stalled);
  });
});

describe('HTTP-018: a slow client is not cut off', () => {
  it('as long as it takes some octets now and then, and a dead one is', async () => {
    await using slow = await startBench({ stallMs });
    const request = `GET /huge HTTP/1.0\r\n\r\n`;
    const dead = slow.connect();
    dead.on('error', () => undefined).pause();
    dead.write(request);
    const lazy = slow.connect();
    lazy.write(request);
    let octets = 0;
    const began = performance.now();
    lazy.on('data', (piece: Buffer) => {
      octets += piece.length;
      lazy.pause();
      // In all about four times as long as a client may be dead.
      setTimeout(() => lazy.resume(), (4 * stallMs * piece.length) / HUGE_OCTETS);
    });
    await once(lazy, 'end');
    const head = octets - HUGE_OCTETS;
    expect(head > 0 && head < 500).toBe(true);
    expect(performance.now() - began).toBeGreaterThan(2 * stallMs);
    const log = await slow.logged(
      (event): event is Extract<ServerEvent, { stage: 'http' }> =>
        event.stage === 'http' && event.because !== undefined,
    );
    const because = expect.stringContaining('the client took nothing for 0.6 s');
    expect(log).toMatchObject({ did: 'GET /huge', status: 200, because });
    expect(log.octets).toBeLessThan(HUGE_OCTETS);
    dead.destroy();
    lazy.destroy();
  });
});
