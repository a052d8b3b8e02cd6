import { createHash, randomBytes } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ServerEvent } from '../event.ts';
import { ordersOf } from '../orders/orders.ts';
import { chainTo, conditions, siteWith } from '../orders/testing/made-orders.ts';
import { openBootFolder } from './boot-folder.ts';
import { systemClock } from './clock.ts';
import { HTTP_LIMITS } from './http-limits.ts';
import { type HttpService, serveHttp } from './serve-http.ts';

const base = mkdtempSync(join(tmpdir(), 'pxebench-http-'));
const root = join(base, 'www');
mkdirSync(join(root, 'pxelinux.cfg'), { recursive: true });
writeFileSync(join(base, 'canary'), 'canary');
writeFileSync(join(root, 'boot1.txt'), '#!ipxe\n\nchain http://pxe/boot2.php?mac=${mac}\n');
writeFileSync(join(root, 'pxelinux.cfg', 'default'), 'DEFAULT local\n');
writeFileSync(join(root, 'empty'), '');
symlinkSync('../canary', join(root, 'out'));
const large = randomBytes(5_000_000);
writeFileSync(join(root, 'large.gz'), large);

const events: ServerEvent[] = [];
const told = new EventEmitter();
/** The event about this request: it is told when the answer is out, which may be after the client has read it. */
async function logged(did: string): Promise<ServerEvent> {
  for (;;) {
    const event = events.find((candidate) => candidate.stage === 'http' && candidate.did === did);
    if (event !== undefined) return event;
    await once(told, 'event');
  }
}
function tell(event: ServerEvent): void {
  events.push(event);
  told.emit('event');
}
let server: HttpService;
beforeAll(async () => {
  const orders = ordersOf(
    [
      {
        match: conditions({ mac: '00:12:34:56:78:90' }),
        order: chainTo('http://pxe.example.com/pxelinux.0'),
      },
    ],
    { kind: 'exit' },
  );
  server = await serveHttp(
    { address: '127.0.0.1', port: 0 },
    { site: siteWith({ orders }), folder: await openBootFolder(root), limits: HTTP_LIMITS },
    { log: tell, clock: systemClock, wallClock: Date.now },
  );
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(base, { recursive: true });
});

/** Sends octets and reads until the server closes the connection. */
async function raw(request: string): Promise<string> {
  const socket = connect(server.port, '127.0.0.1');
  socket.setEncoding('latin1');
  socket.write(request);
  return text(socket);
}
const get = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${server.port}${path}`, init);
const lengthOf = (response: Response) => Number(response.headers.get('content-length'));

describe('serveHttp', () => {
  it('serves a file whole, with its length, and nothing that unpacks it', async () => {
    const response = await get('/large.gz', { headers: { 'accept-encoding': 'identity' } });
    expect(response.status).toBe(200);
    expect(lengthOf(response)).toBe(large.length);
    expect(response.headers.get('content-encoding')).toBeNull();
    const hash = (octets: Uint8Array) => createHash('sha256').update(octets).digest('hex');
    expect(hash(new Uint8Array(await response.arrayBuffer()))).toBe(hash(large));
  });

  it('answers HEAD with the same length and no body', async () => {
    const head = await get('/large.gz', { method: 'HEAD' });
    expect([head.status, lengthOf(head), (await head.arrayBuffer()).byteLength]).toEqual([
      200,
      large.length,
      0,
    ]);
    expect(await logged('HEAD /large.gz')).toMatchObject({ octets: 0 });
  });

  it('serves an empty file, and two slashes as one', async () => {
    const empty = await get('/empty');
    expect([empty.status, lengthOf(empty), await empty.text()]).toEqual([200, 0, '']);
    expect(await (await get('//pxelinux.cfg//default')).text()).toBe('DEFAULT local\n');
  });

  it('says 404 in few octets for what is not there, a folder, or outside', async () => {
    for (const path of [
      '/pxelinux.cfg/01-00',
      '/pxelinux.cfg',
      '/',
      '/out',
      '/%2e%2e/canary',
      '/..%2fcanary',
    ]) {
      const response = await get(path);
      expect([path, response.status, await response.text()]).toEqual([path, 404, 'not found\n']);
    }
  });

  it('gives orders at boot2 and says whose and why', async () => {
    const response = await get('/boot2.php?mac=00%3A12%3A34%3A56%3A78%3A90&product=a+b');
    expect(await response.text()).toBe('#!ipxe\nchain http://pxe.example.com/pxelinux.0\n');
    expect(events.findLast((event) => event.stage === 'orders')).toMatchObject({
      stage: 'orders',
      client: '00:12:34:56:78:90',
      did: 'chain',
      because: 'rule 1',
    });
    expect(await (await get('/boot2.php?mac=x')).text()).toBe('#!ipxe\nexit\n');
    expect(events.findLast((event) => event.stage === 'orders')).toMatchObject({
      did: 'exit',
      because: 'default',
    });
  });

  it('keeps a connection of HTTP/1.1 for what comes next, in order, and closes when asked', async () => {
    const said = await raw(
      'GET /empty HTTP/1.1\r\nHost: pxe\r\n\r\nGET /nothing HTTP/1.1\r\nHost: pxe:8080\r\nConnection: close\r\n\r\n',
    );
    expect(said.match(/^HTTP\/1\.1 \d+ /gm)).toEqual(['HTTP/1.1 200 ', 'HTTP/1.1 404 ']);
  });

  it('gives HTTP/1.0 clients, as pxelinux is one, a body without chunks and then closes', async () => {
    const said = await raw('GET /boot2.php HTTP/1.0\r\n\r\n');
    expect(said).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(said).not.toMatch(/transfer-encoding/i);
    expect(said).toMatch(/\r\nContent-Length: 12\r\n/);
    expect(said.endsWith('\r\n\r\n#!ipxe\nexit\n')).toBe(true);
  });

  it.each([
    ['no Host', 'GET /empty HTTP/1.1\r\n\r\n', 400],
    ['two Hosts', 'GET /empty HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', 400],
    ['another method', 'POST /empty HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n', 405],
    ['headers too large', `GET /empty HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    [
      'a URI of 9,000 octets',
      `GET /${'x'.repeat(9000)} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
      414,
    ],
    ['what is not HTTP', 'hello\r\n\r\n', 400],
  ])('answers %s with a status', async (_, request, status) => {
    const said = await raw(
      request.replace('\r\n\r\n', request.includes('close') ? '\r\n\r\n' : '\r\nConnection: close\r\n\r\n'),
    );
    expect(said).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect((await get('/empty')).status).toBe(200);
  });

  it('breaks the connection off where a file became shorter, instead of keeping the client waiting', async () => {
    const file = join(root, 'shrinking');
    writeFileSync(file, large);
    const response = await get('/shrinking');
    truncateSync(file, 10);
    await expect(response.arrayBuffer()).rejects.toThrow();
  });

  it('serves on after a client that went away in the midst of a file', async () => {
    const controller = new AbortController();
    const response = await get('/large.gz', { signal: controller.signal });
    const reading = response.arrayBuffer();
    controller.abort();
    await expect(reading).rejects.toThrow();
    expect((await get('/empty')).status).toBe(200);
  });

  it('says which port is taken', async () => {
    const second = serveHttp(
      { address: '127.0.0.1', port: server.port },
      { site: siteWith(), folder: undefined, limits: HTTP_LIMITS },
      { log: () => undefined, clock: systemClock, wallClock: Date.now },
    );
    await expect(second).rejects.toMatchObject({ code: 'SERVER_PORT_TAKEN' });
  });
});
