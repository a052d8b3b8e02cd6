import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectPlain } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HttpBench, readAnswers, startHttpBench } from '../http/testing/http-bench.ts';
import { siteWith } from '../orders/testing/made-orders.ts';
import { openBootFolder } from './boot-folder.ts';
import { HTTP_LIMITS } from './http-limits.ts';

const folder = mkdtempSync(join(tmpdir(), 'pxebench-https-'));
/** A certificate that names itself, as `openssl req` makes one. */
function certificate(name: string) {
  const [key, cert] = [join(folder, `${name}.key`), join(folder, `${name}.pem`)];
  const about = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '30'];
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, ...about];
  execFileSync('openssl', made, { stdio: 'ignore' });
  return { file: cert, certificate: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
}
const first = certificate('first');
const second = certificate('second');
const large = Buffer.alloc(3_000_000, 'large ');
const site = siteWith();

let bench: HttpBench;
beforeAll(async () => {
  bench = await startHttpBench({ tls: first });
  writeFileSync(join(bench.root, 'large'), large);
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

async function secure(options: ConnectionOptions = {}): Promise<TLSSocket> {
  const port = bench.service.tlsPort ?? 0;
  const socket = connect({
    port,
    host: '127.0.0.1',
    ca: [first.certificate, second.certificate],
    ...options,
  });
  await once(socket, 'secureConnect');
  return socket;
}
const GET = 'GET /large HTTP/1.1\r\nHost: pxe\r\n';

describe('serveHttp with a certificate', () => {
  it('serves the same over HTTPS as over HTTP, at once', async () => {
    const socket = await secure();
    socket.write(
      `${GET}\r\nGET /nothing HTTP/1.1\r\nHost: pxe\r\n\r\n${GET}Range: bytes=5-9\r\nConnection: close\r\n\r\n`,
    );
    const { answers } = await readAnswers(socket);
    expect(answers.map(({ status, body }) => [status, body.length])).toEqual([
      [200, large.length],
      [404, 10],
      [206, 5],
    ]);
    expect(answers[0]?.body.equals(large)).toBe(true);
    expect((await bench.get('/large')).body.equals(large)).toBe(true);
  });

  it.each([
    ['RSA key exchange, as iPXE of 2022 has it', { ciphers: 'AES128-SHA256', maxVersion: 'TLSv1.2' }],
    ['DHE', { ciphers: 'DHE-RSA-AES128-GCM-SHA256', maxVersion: 'TLSv1.2' }],
    ['ECDHE', { ciphers: 'ECDHE-RSA-AES128-GCM-SHA256', maxVersion: 'TLSv1.2' }],
    ['TLS 1.3', { minVersion: 'TLSv1.3' }],
  ] as const)('speaks %s', async (_what, options) => {
    const socket = await secure(options);
    socket.write(`${GET}Range: bytes=0-4\r\nConnection: close\r\n\r\n`);
    expect((await readAnswers(socket)).answers.map(({ body }) => body.toString())).toEqual(['large']);
  });

  it('is what curl thinks it is', async () => {
    const url = `https://127.0.0.1:${bench.service.tlsPort}/large`;
    const argv = ['--silent', '--show-error', '--max-time', '20', '--cacert', first.file, url];
    const { stdout } = await promisify(execFile)('curl', argv, { encoding: 'buffer', maxBuffer: 1e8 });
    expect(stdout.equals(large)).toBe(true);
  });

  it('tells of what is no TLS, closes it, and serves on', async () => {
    const socket = connectPlain({ port: bench.service.tlsPort ?? 0, host: '127.0.0.1' });
    socket.on('error', () => undefined);
    socket.write(`${GET}\r\n`);
    await once(socket.resume(), 'close');
    expect(bench.events).toContainEqual(
      expect.objectContaining({ stage: 'bad-input', because: 'TLS: ERR_SSL_HTTP_REQUEST' }),
    );
    (await secure()).destroy();
  });

  it('takes another certificate from the next connection on; the ones there are go on', async () => {
    const before = await secure();
    expect(before.getPeerCertificate().subject.CN).toBe('first');
    bench.service.configure({
      site,
      folder: await openBootFolder(bench.root),
      limits: HTTP_LIMITS,
      tls: second,
    });
    const after = await secure();
    expect(after.getPeerCertificate().subject.CN).toBe('second');
    before.write(`${GET}Connection: close\r\n\r\n`);
    expect((await readAnswers(before)).answers[0]?.body.equals(large)).toBe(true);
    after.destroy();
  });

  it('gives up a client that says nothing', async () => {
    await using strict = await startHttpBench({ tls: first, limits: { headMs: 100 } });
    const silent = connectPlain({ port: strict.service.tlsPort ?? 0, host: '127.0.0.1' });
    await once(silent.resume(), 'close');
  });
});
