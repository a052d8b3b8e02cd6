/** HTTP-001 to HTTP-007, HTTP-011, HTTP-014 to HTTP-017, over real connections. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HttpBench, startHttpBench } from './testing/http-bench.ts';

const NBP = randomBytes(200_000);
const SCRIPT = Buffer.from('#!ipxe\nchain http://pxe/boot2.php?mac=${net0/mac}\n');
const INITRD = Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0]), randomBytes(50_000)]);
let bench: HttpBench;
beforeAll(async () => {
  bench = await startHttpBench();
  mkdirSync(join(bench.root, 'nbp'));
  mkdirSync(join(bench.root, 'pxelinux.cfg'));
  writeFileSync(join(bench.root, 'nbp', 'x64.efi'), NBP);
  writeFileSync(join(bench.root, 'boot1.txt'), SCRIPT);
  writeFileSync(join(bench.root, 'initrd.gz'), INITRD);
  writeFileSync(join(bench.root, 'a:b+c d'), 'odd name');
  writeFileSync(join(bench.root, 'pxelinux.cfg', 'default'), 'DEFAULT local\n');
});
afterAll(() => bench[Symbol.asyncDispose]());

const GET = (target: string, version = '1.1', fields = '') =>
  `GET ${target} HTTP/${version}\r\nHost: pxe\r\n${fields}\r\n`;
const CLOSE = 'Connection: close\r\n';

describe('HTTP-001: GET and HEAD work for every boot file', () => {
  it.each([
    ['/nbp/x64.efi', NBP],
    ['/boot1.txt', SCRIPT],
    ['/initrd.gz', INITRD],
    ['/boot2.php?mac=', Buffer.from('#!ipxe\nexit\n')],
  ])('says the same of %s to HEAD and to GET', async (target, octets) => {
    const head = await bench.get(target, {}, 'HEAD');
    const got = await bench.get(target);
    expect(got.body.equals(octets)).toBe(true);
    expect(head.header('content-length')).toBe(`${octets.length}`);
    const withoutDate = (text: string) => text.replace(/Date: .*/, '');
    expect(withoutDate(head.head)).toBe(withoutDate(got.head));
  });

  it('sends nothing behind the head that answers HEAD', async () => {
    const asked = `HEAD /nbp/x64.efi HTTP/1.1\r\nHost: pxe\r\n\r\n${GET('/boot1.txt', '1.1', CLOSE)}`;
    const { answers } = await bench.ask(asked, ['HEAD', 'GET']);
    expect(answers.map(({ status, body }) => [status, body.length])).toEqual([
      [200, 0],
      [200, SCRIPT.length],
    ]);
  });
});

describe('HTTP-002: Content-Length is sent for files', () => {
  it.each(['1.0', '1.1'])('in HTTP/%s, and no chunks', async (version) => {
    const [answer] = (await bench.ask(GET('/nbp/x64.efi', version, CLOSE))).answers;
    expect(answer?.header('content-length')).toBe('200000');
    expect(answer?.header('transfer-encoding')).toBeUndefined();
  });
});

describe('HTTP-003: the status line has a space after the code', () => {
  it.each([
    ['/boot1.txt', '', 200],
    ['/boot1.txt', 'Range: bytes=0-1\r\n', 206],
    ['/boot1.txt', 'If-None-Match: *\r\n', 304],
    ['/nothing', '', 404],
    ['/boot1.txt', 'If-Match: "a"\r\n', 412],
    ['/boot1.txt', 'Range: bytes=999-\r\n', 416],
  ])('for %s with %j', async (target, fields, status) => {
    const { octets } = await bench.ask(GET(target, '1.1', fields + CLOSE));
    expect(octets.toString('latin1')).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [A-Z]`));
  });
});

describe('HTTP-004: HTTP/1.1 without Host, or with two, gets 400', () => {
  it.each([
    ['no Host', 'GET /boot1.txt HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    ['two Hosts', GET('/boot1.txt', '1.1', `Host: pxe\r\n${CLOSE}`), 400],
    ['a Host that is none', 'GET /boot1.txt HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n', 400],
    ['no Host in HTTP/1.0', 'GET /boot1.txt HTTP/1.0\r\n\r\n', 200],
    ['two Hosts in HTTP/1.0', 'GET /boot1.txt HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n', 400],
    [
      'an absolute form, whose authority counts',
      `GET http://pxe/boot1.txt HTTP/1.1\r\nHost: x\r\n${CLOSE}\r\n`,
      200,
    ],
  ])('%s', async (_what, request, status) => {
    expect((await bench.ask(request)).answers.map((answer) => answer.status)).toEqual([status]);
  });
});

describe('HTTP-005: Host with and without the port number is accepted', () => {
  it('and makes no difference', async () => {
    for (const host of ['127.0.0.1', `127.0.0.1:${bench.service.port}`, 'pxe.example.com', '']) {
      const answer = await bench.get('/boot1.txt', { Host: host });
      expect([host, answer.status, answer.body.equals(SCRIPT)]).toEqual([host, 200, true]);
    }
  });
});

describe('HTTP-006: HTTP/1.1 connections persist unless closed', () => {
  it('answers one request after the other', async () => {
    const socket = bench.connect().setEncoding('latin1');
    let seen = '';
    const until = (text: string) =>
      new Promise<void>((resolve) => {
        const look = (more: string) => {
          seen += more;
          if (!seen.endsWith(text)) return;
          socket.off('data', look);
          resolve();
        };
        socket.on('data', look);
      });
    socket.write(GET('/boot1.txt'));
    await until(SCRIPT.toString());
    socket.write(GET('/pxelinux.cfg/default'));
    await until('DEFAULT local\n');
    expect(seen.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
    expect(seen).not.toContain('Connection: close');
    socket.destroy();
  });

  it('answers pipelined requests in order, large ones and small ones, and closes after "close"', async () => {
    const targets = ['/nbp/x64.efi', '/nothing', '/boot1.txt', '/nbp/x64.efi', '/boot2.php'];
    const requests = targets.map((target) => GET(target)).join('');
    const { answers } = await bench.ask(requests + GET('/boot1.txt', '1.1', CLOSE) + GET('/never'));
    expect(answers.map(({ status, body }) => [status, body.length])).toEqual([
      [200, NBP.length],
      [404, 10],
      [200, SCRIPT.length],
      [200, NBP.length],
      [200, 12],
      [200, SCRIPT.length],
    ]);
    expect(answers.map((answer) => answer.header('connection'))).toEqual([
      ...Array(5).fill(undefined),
      'close',
    ]);
    expect(answers[3]?.body.equals(NBP)).toBe(true);
  });

  it('reads a request that comes octet by octet', async () => {
    const socket = bench.connect().setNoDelay(true);
    const pieces: Buffer[] = [];
    const ended = new Promise((resolve) => socket.on('end', resolve));
    socket.on('data', (piece: Buffer) => pieces.push(piece));
    for (const octet of GET('/boot1.txt', '1.1', CLOSE)) {
      await new Promise((resolve) => socket.write(octet, resolve));
    }
    await ended;
    expect(Buffer.concat(pieces).toString()).toContain(`\r\n\r\n${SCRIPT}`);
    socket.destroy();
  });

  it('answers a client that has closed its side, and then closes too (RFC 9112 §9.6)', async () => {
    const socket = bench.connect();
    const pieces: Buffer[] = [];
    socket.on('data', (piece: Buffer) => pieces.push(piece));
    socket.end(GET('/nbp/x64.efi') + GET('/boot1.txt'));
    await new Promise((resolve) => socket.on('close', resolve));
    const all = Buffer.concat(pieces);
    expect(all.includes(NBP)).toBe(true);
    expect(all.subarray(-SCRIPT.length).equals(SCRIPT)).toBe(true);
  });

  it('reads past a body that it has no use for', async () => {
    const body = 'GET /never HTTP/1.1\r\n';
    const request = (method: string) =>
      `${method} /boot1.txt HTTP/1.1\r\nHost: pxe\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const { answers } = await bench.ask(request('GET') + request('POST') + GET('/boot1.txt', '1.1', CLOSE));
    expect(answers.map(({ status }) => status)).toEqual([200, 405, 200]);
  });
});

describe('HTTP-007: an HTTP/1.0 request never gets Transfer-Encoding', () => {
  it('gets the length of a generated script, and the connection is closed', async () => {
    const { answers, octets } = await bench.ask(GET('/boot2.php?mac=1', '1.0'));
    expect(answers).toHaveLength(1);
    expect(answers[0]?.header('connection')).toBe('close');
    expect(octets.toString()).toMatch(/\r\nContent-Length: 12\r\n/);
    expect(octets.toString()).toMatch(/\r\n\r\n#!ipxe\nexit\n$/);
    expect(octets.toString().toLowerCase()).not.toContain('transfer-encoding');
  });

  it('keeps the connection for a client of HTTP/1.0 that asks for it, as gPXE does, and says so', async () => {
    const keep = GET('/boot1.txt', '1.0', 'Connection: keep-alive\r\n');
    const { answers } = await bench.ask(keep + keep + GET('/boot1.txt', '1.0'));
    expect(answers.map((answer) => answer.header('connection'))).toEqual([
      'keep-alive',
      'keep-alive',
      'close',
    ]);
  });
});

describe('HTTP-011: percent-encoded octets mean the octet', () => {
  it.each(['/a:b+c%20d', '/a%3ab%2Bc%20d', '/%61%3Ab+c%20%64', '//a:b+c%20d', '/./a%3Ab+c%20d'])(
    'in %s',
    async (target) => {
      expect((await bench.get(target)).body.toString()).toBe('odd name');
    },
  );

  it('once, and not twice', async () => {
    expect((await bench.get('/a%253Ab+c%2520d')).status).toBe(404);
  });
});

describe('HTTP-014: unknown objects get a real 404', () => {
  it('for the names that pxelinux asks for, with a small body', async () => {
    const names = [
      ...['44454c4c-3900-104e-804e-b9c04f4d344a', '01-00-12-34-56-78-90'],
      ...Array.from({ length: 8 }, (_, i) => '0ABC0042'.slice(0, 8 - i)),
    ];
    const { answers } = await bench.ask(
      names.map((name) => GET(`/pxelinux.cfg/${name}`)).join('') + GET('/pxelinux.cfg/default', '1.0'),
    );
    expect(answers.map(({ status }) => status)).toEqual([...names.map(() => 404), 200]);
    for (const { body } of answers.slice(0, -1)) expect(body.toString()).toBe('not found\n');
  });

  it.each(['/', '/pxelinux.cfg', '/pxelinux.cfg/', '/boot1.txt/x', '/favicon.ico'])(
    'for %s, and no page, list or redirect',
    async (target) => {
      const answer = await bench.get(target);
      expect([answer.status, answer.header('location'), answer.body.length]).toEqual([404, undefined, 10]);
    },
  );
});

describe('HTTP-015: Content-Type of boot files', () => {
  it('says application/efi for .efi', async () => {
    expect((await bench.get('/nbp/x64.efi')).header('content-type')).toBe('application/efi');
  });

  it('says it for a name without suffix that is one: EDK2 boots such a URL by its type alone', async () => {
    copyFileSync('/usr/lib/ipxe/ipxe.efi', join(bench.root, 'nbp', 'ipxe'));
    expect((await bench.get('/nbp/ipxe')).header('content-type')).toBe('application/efi');
    expect((await bench.get('/pxelinux.cfg/default')).header('content-type')).toBe(
      'application/octet-stream',
    );
  });
});

describe('HTTP-016: NBP URLs are not redirected', () => {
  it.each(['//nbp//x64.efi', '/nbp/./x64.efi'])('%s is served as it is (R44)', async (target) => {
    const answer = await bench.get(target);
    expect([answer.status, answer.body.length]).toEqual([200, NBP.length]);
  });

  it('ends every head with a line that pxelinux may ignore', async () => {
    for (const target of ['/boot1.txt', '/nothing', '/boot2.php']) {
      const { head } = await bench.get(target);
      expect(head.split('\r\n').at(-3)).toMatch(/^Date: /);
    }
  });
});

describe('HTTP-017: no Content-Encoding unless asked for', () => {
  it.each([{}, { 'Accept-Encoding': 'identity' }, { 'Accept-Encoding': 'gzip' }])(
    'sends initrd.gz as it is to a client with %j',
    async (fields) => {
      const answer = await bench.get('/initrd.gz', fields);
      expect(answer.header('content-encoding')).toBeUndefined();
      expect(answer.body.equals(INITRD)).toBe(true);
    },
  );
});

describe('what else is in a request', () => {
  it.each([
    ['POST', 405],
    ['DELETE', 405],
    ['OPTIONS', 405],
    ['TRACE', 405],
    ['get', 501],
    ['BREW', 501],
  ])('%s gets %d', async (method, status) => {
    const answer = await bench.get('/boot1.txt', {}, method);
    expect([answer.status, answer.header('allow')]).toEqual([
      status,
      status === 405 ? 'GET, HEAD' : undefined,
    ]);
  });

  it('gives the answer in place of 100, and closes: the body may come or not (RFC 9110 §10.1.1)', async () => {
    const answer = await bench.get('/boot1.txt', {
      Connection: 'keep-alive',
      Expect: '100-continue',
      'Content-Length': '5',
    });
    expect([answer.status, answer.header('connection')]).toEqual([200, 'close']);
  });

  it('cannot meet other expectations', async () => {
    expect((await bench.get('/boot1.txt', { Expect: 'a pony' })).status).toBe(417);
  });

  it('has no Server field in its answer: OVMF hangs on an empty one (R45)', async () => {
    for (const target of ['/boot1.txt', '/nothing']) {
      expect((await bench.get(target)).head.toLowerCase()).not.toContain('\r\nserver:');
    }
  });

  it('may be made by curl, ranges and all', async () => {
    const url = `http://127.0.0.1:${bench.service.port}`;
    const curl = async (...argv: string[]) => {
      const all = ['--silent', '--show-error', '--max-time', '20', ...argv];
      return (await promisify(execFile)('curl', all, { encoding: 'buffer' })).stdout;
    };
    expect((await curl(`${url}/nbp/x64.efi`)).equals(NBP)).toBe(true);
    expect((await curl('--http1.0', `${url}/boot1.txt`)).equals(SCRIPT)).toBe(true);
    const part = await curl('--range', '100-199', `${url}/nbp/x64.efi`);
    expect(part.equals(NBP.subarray(100, 200))).toBe(true);
    const later = new Date(Date.now() + 86_400_000).toUTCString();
    const status = ['--output', '/dev/null', '--write-out', '%{http_code}'];
    expect(`${await curl('--head', ...status, `${url}/boot1.txt`)}`).toBe('200');
    expect(`${await curl('--time-cond', later, ...status, `${url}/boot1.txt`)}`).toBe('304');
  });
});
