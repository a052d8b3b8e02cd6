import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { loadServerConfig } from '../config/load-server-config.ts';
import type { StatusDocument } from '../operator/status-document.ts';
import { readExposition } from '../operator/testing/read-exposition.ts';
import { keepToConfig } from '../reload.ts';
import { type RunningServer, serve } from '../serve.ts';
import { systemClock } from './clock.ts';
import { readByTftp } from './testing/tftp-client.ts';

const base = mkdtempSync(join(tmpdir(), 'pxebench-status-'));
mkdirSync(join(base, 'www'));
writeFileSync(join(base, 'www', 'boot1.txt'), '#!ipxe\n');
afterAll(() => rmSync(base, { recursive: true }));

let running: RunningServer | undefined;
afterEach(async () => {
  await running?.[Symbol.asyncDispose]();
  running = undefined;
});

const CONFIG = `
address: 127.0.0.1
tftp: { root: www, port: 0 }
http: { root: www, port: 0 }
dns: { port: 0, origin: example.com, hosts: { pxe.example.com: 10.188.0.10 } }
status: { port: 0, names: [Status.example.com] }
`;

async function started(text = CONFIG): Promise<RunningServer> {
  const file = join(base, 'pxe.yaml');
  writeFileSync(file, text);
  running = await serve(await loadServerConfig(file), { clock: systemClock });
  return running;
}

type Asked = {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
};

async function ask(server: RunningServer, { path = '/', method = 'GET', headers = {} }: Asked = {}) {
  const asked = request({
    host: '127.0.0.1',
    port: server.ports.status,
    path,
    method,
    headers,
    agent: false,
  }).end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  let body = '';
  for await (const part of response) body += part;
  return { status: response.statusCode, headers: response.headers, body };
}

const statusOf = async (server: RunningServer): Promise<StatusDocument> =>
  JSON.parse((await ask(server, { path: '/status.json' })).body);

describe('serveStatus', () => {
  it('is not there unless the configuration has it, and is on loopback unless told otherwise', async () => {
    const server = await started(CONFIG.replace(/status:.*/, ''));
    expect(server.ports).not.toHaveProperty('status');
    writeFileSync(join(base, 'default.yaml'), CONFIG.replace(/status:.*/, 'status: {}'));
    expect((await loadServerConfig(join(base, 'default.yaml'))).status).toEqual({
      address: '127.0.0.1',
      port: 8067,
      names: [],
    });
  });

  it('serves the page, and sends nothing without its guards', async () => {
    const server = await started();
    for (const [path, type] of [
      ['/', 'text/html; charset=utf-8'],
      ['/page.js', 'text/javascript; charset=utf-8'],
      ['/page.css', 'text/css; charset=utf-8'],
      ['/icon.svg', 'image/svg+xml'],
      ['/status.json', 'application/json'],
    ]) {
      const { status, headers, body } = await ask(server, { path: path ?? '' });
      expect({ status, type: headers['content-type'] }).toEqual({ status: 200, type });
      expect(headers['content-length']).toBe(String(Buffer.byteLength(body)));
      expect(headers).toMatchObject({
        'content-security-policy': expect.stringMatching(/^default-src 'none'; script-src 'self';/),
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'cache-control': 'no-store',
      });
    }
    expect((await ask(server, { method: 'HEAD' })).body).toBe('');
    expect((await ask(server, { path: '/../../../etc/passwd' })).status).toBe(404);
    expect((await ask(server, { path: '/page.test.ts' })).status).toBe(404);
  });

  it('changes nothing: every method but GET and HEAD is refused', async () => {
    const server = await started();
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const { status, headers } = await ask(server, { path: '/status.json', method });
      expect({ status, allow: headers.allow }).toEqual({ status: 405, allow: 'GET, HEAD' });
    }
  });

  it.each<[string, Readonly<Record<string, string>>, number]>([
    ['an address', { host: '192.0.2.1:8067' }, 200],
    ['an IPv6 address', { host: '[::1]:8067' }, 200],
    ['localhost', { host: 'localhost:8067' }, 200],
    ['a name of the configuration, in any case', { host: 'STATUS.example.com' }, 200],
    ["somebody else's name for it (DNS rebinding)", { host: 'evil.example.net:8067' }, 403],
    ['a name that begins like an address', { host: '127.0.0.1.evil.example.net' }, 403],
    ['no readable name', { host: 'a b' }, 403],
    ['a page of its own', { host: '127.0.0.1:1', origin: 'http://127.0.0.1:1' }, 200],
    ['a page of another origin', { host: '127.0.0.1:1', origin: 'http://evil.example.net' }, 403],
    ['a page of no origin', { host: '127.0.0.1:1', origin: 'null' }, 403],
    [
      'a script of another site',
      { host: '127.0.0.1:1', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' },
      403,
    ],
    [
      'a link on another site',
      { host: '127.0.0.1:1', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' },
      200,
    ],
  ])('answers by who asks: %s', async (_, headers, status) => {
    const server = await started();
    expect((await ask(server, { path: '/status.json', headers })).status).toBe(status);
  });

  it('tells of clients, transfers and failures in JSON, format pxebench-status/1', async () => {
    const server = await started();
    const { tftp = 0, http = 0 } = server.ports;
    await readByTftp('boot1.txt', tftp);
    await fetch(`http://127.0.0.1:${http}/boot2.php?mac=00:12:34:56:78:90`);
    await fetch(`http://127.0.0.1:${http}/missing`);
    const status = await statusOf(server);
    expect(status).toMatchObject({
      format: 'pxebench-status/1',
      server: {
        address: '127.0.0.1',
        config: join(base, 'pxe.yaml'),
        subnets: [],
        services: [
          expect.stringContaining('DNS on'),
          expect.stringContaining('TFTP on'),
          expect.stringContaining('HTTP on'),
        ],
      },
      clients: [
        {
          client: '00:12:34:56:78:90',
          mac: '00:12:34:56:78:90',
          address: '127.0.0.1',
          boot: { outcome: 'done', rung: 'boot2', order: 'exit', rule: 'default', latest: '/missing' },
        },
      ],
      transfers: [],
      failures: [{ level: 'error', stage: 'http', client: '00:12:34:56:78:90', text: '404 for "/missing"' }],
    });
    expect(Date.parse(status.time) - Date.parse(status.server.started)).toBeGreaterThanOrEqual(0);
    for (const time of [status.time, status.server.started, status.clients[0]?.last]) {
      expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    }
  });

  it('gives Prometheus what has happened, in its format, without a client in any label', async () => {
    const server = await started();
    const { tftp = 0, http = 0 } = server.ports;
    const before = readExposition((await ask(server, { path: '/metrics' })).body);
    expect(before.get('pxebench_boots_started_total')?.samples).toEqual([
      { name: 'pxebench_boots_started_total', labels: {}, value: 0 },
    ]);

    await readByTftp('boot1.txt', tftp);
    await expect(readByTftp('missing', tftp)).rejects.toThrow('file not found');
    await fetch(`http://127.0.0.1:${http}/boot2.php?mac=00:12:34:56:78:90`);
    await fetch(`http://127.0.0.1:${http}/missing`);
    const raw = connect(http, '127.0.0.1').resume().end('no HTTP\r\n\r\n');
    await once(raw, 'close');
    const { headers, body } = await ask(server, { path: '/metrics' });
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    const read = readExposition(body);
    const samples = [...read.values()].flatMap((family) => family.samples);
    const value = (name: string, labels: Readonly<Record<string, string>> = {}): number | undefined =>
      samples.find(
        (one) => one.name === name && Object.entries(labels).every(([key, text]) => one.labels[key] === text),
      )?.value;
    expect(value('pxebench_tftp_transfers_total', { outcome: 'complete' })).toBe(1);
    expect(value('pxebench_tftp_transfers_total', { outcome: 'refused' })).toBe(1);
    expect(value('pxebench_tftp_octets_total')).toBe(7);
    expect(value('pxebench_tftp_transfer_duration_seconds_count')).toBe(1);
    expect(value('pxebench_http_requests_total', { status: '2xx' })).toBe(1);
    expect(value('pxebench_http_requests_total', { status: '4xx' })).toBe(1);
    expect(value('pxebench_orders_total', { order: 'exit', rule: 'default' })).toBe(1);
    expect(value('pxebench_bad_input_total', { protocol: 'HTTP' })).toBe(1);
    expect(value('pxebench_boots_started_total')).toBe(1);
    expect(value('pxebench_boots_ended_total', { outcome: 'done', stage: 'boot2' })).toBe(1);
    expect(value('process_resident_memory_bytes')).toBeGreaterThan(1e6);
    expect(value('pxebench_event_loop_lag_seconds', { quantile: '0.99' })).toBeGreaterThanOrEqual(0);
    expect(body).not.toMatch(/00:12:34|127\.0\.0\.1/);
  });

  it('has no metric that docs/reference-server.md does not name, and the other way round', async () => {
    const server = await started();
    const docs = readFileSync(join(import.meta.dirname, '../../../docs/reference-server.md'), 'utf8');
    const section = docs.slice(docs.indexOf('### For Prometheus'));
    const named = new Set(section.match(/(?<=`)(pxebench|process|nodejs)_[a-z_]+(?=`)/g));
    const { body } = await ask(server, { path: '/metrics' });
    const there = [...readExposition(body).keys()];
    expect(there.filter((name) => !named.has(name))).toEqual([]);
    // Families without a series yet are not there: of DHCP, which this configuration does not serve, and of orders.
    const source = ['tally.ts', 'server-metrics.ts']
      .map((file) => readFileSync(join(import.meta.dirname, '../operator', file), 'utf8'))
      .join();
    expect([...named].filter((name) => !source.includes(`'${name}'`))).toEqual([]);
  });

  it('counts configurations that were taken over and refused', async () => {
    const server = await started();
    const file = join(base, 'next.yaml');
    writeFileSync(file, CONFIG);
    using reloader = await keepToConfig(file, await loadServerConfig(file), server, systemClock);
    const change = async (text: string): Promise<void> => {
      writeFileSync(file, text);
      await reloader.reload();
    };
    await change(CONFIG.replace('Status.', 'other.'));
    expect((await ask(server, { headers: { host: 'other.example.com' } })).status).toBe(200);
    expect((await ask(server, { headers: { host: 'status.example.com' } })).status).toBe(403);
    await change(CONFIG.replace('status: { port: 0', 'status: { port: 9999'));
    const { failures, server: facts } = await statusOf(server);
    expect(failures.map(({ text }) => text)).toContain(
      'the new configuration is refused, and the old one stays:',
    );
    expect(facts.config).toBe(file);
    const read = readExposition((await ask(server, { path: '/metrics' })).body);
    const reloads = read.get('pxebench_config_reloads_total')?.samples ?? [];
    const outcomes = Object.fromEntries(reloads.map(({ labels, value }) => [labels.outcome, value]));
    // The change itself may have been seen too, and read once more.
    expect(outcomes.done).toBeGreaterThanOrEqual(1);
    expect(outcomes.refused).toBeGreaterThanOrEqual(1);
  });

  it('sends a viewer all there is, then what changes, whatever it had before', async () => {
    const server = await started();
    const viewer = request({
      host: '127.0.0.1',
      port: server.ports.status,
      path: '/events',
      headers: { 'last-event-id': '77' },
    }).end();
    const [response] = (await once(viewer, 'response')) as [IncomingMessage];
    expect(response.headers['content-type']).toBe('text/event-stream');
    const events = eventsOf(response);
    const snapshot = await events.next();
    expect(snapshot.value).toMatchObject({
      event: 'snapshot',
      data: { format: 'pxebench-status/1', clients: [] },
    });
    await fetch(`http://127.0.0.1:${server.ports.http}/boot2.php?mac=00:12:34:56:78:90`);
    const update = await events.next();
    expect(update.value).toMatchObject({
      event: 'update',
      data: { clients: [{ client: '00:12:34:56:78:90' }] },
    });
    expect((await statusOf(server)).server.viewers).toBe(1);
    viewer.destroy();
  });

  it('lets as many watch as may, and tells the next one that it is too many', async () => {
    const server = await started();
    const viewers = await Promise.all(
      Array.from({ length: 100 }, async () => {
        const viewer = request({
          host: '127.0.0.1',
          port: server.ports.status,
          path: '/events',
          agent: false,
        }).end();
        await once(viewer, 'response');
        return viewer;
      }),
    );
    expect((await ask(server, { path: '/events' })).status).toBe(503);
    for (const viewer of viewers) viewer.destroy();
  });
});

async function* eventsOf(response: IncomingMessage) {
  let text = '';
  for await (const part of response) {
    text += part;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const [, event, data] = /^event: (\w+)\ndata: (.*)$/.exec(text.slice(0, end)) ?? [];
      text = text.slice(end + 2);
      if (event !== undefined) yield { event, data: JSON.parse(data ?? '') };
    }
  }
}
