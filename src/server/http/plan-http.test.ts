import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ordersOf } from '../orders/orders.ts';
import { chainTo, conditions, siteWith } from '../orders/testing/made-orders.ts';
import { planHttp, type Site } from './plan-http.ts';
import { parseBootQuery } from './query.ts';

const site: Site = siteWith({
  orders: ordersOf(
    [
      {
        match: conditions({ mac: '00:12:34:56:78:90' }),
        order: chainTo('http://pxe.example.com/pxelinux.0'),
      },
    ],
    { kind: 'exit' },
  ),
});
const plan = (target: string, method = 'GET') => planHttp({ method, target, version: '1.1', hosts: 1 }, site);
const bodyOf = (target: string): string => {
  const planned = plan(target);
  return planned.kind === 'reply' ? Buffer.from(planned.reply.body).toString() : planned.kind;
};

// iPXE of Debian 12 in QEMU 7.2, as a server logged it: `:` as %3A, `+` and parentheses raw, `asset` twice.
const IPXE_QUERY =
  'mac=00%3A12%3A34%3A56%3A78%3A90&ip=10.188.0.66&asset=&netmask=255.255.255.0&gateway=10.188.0.1' +
  '&dns=10.188.0.20&domain=example.com&filename=http%3A//pxe.example.com/boot1.txt&nextserver=10.188.0.10' +
  '&hostname=&uuid=44454c4c-3900-104e-804e-b9c04f4d344a&userclass=&manufacturer=QEMU' +
  '&product=Standard%20PC%20(i440FX%20+%20PIIX,%201996)&serial=&asset=';

describe('planHttp', () => {
  it.each([
    ['/pxelinux.cfg/default', ['pxelinux.cfg', 'default']],
    ['//pxelinux.cfg/01-00-12-34-56-78-90', ['pxelinux.cfg', '01-00-12-34-56-78-90']],
    ['/a%20b?x=1', ['a b']],
    ['http://pxe.example.com/boot1.txt', ['boot1.txt']],
    ['/a%2Fb', ['a', 'b']],
  ])('reads %s as a file below the root', (target, segments) => {
    expect(plan(target)).toMatchObject({ kind: 'file', segments, sendBody: true });
  });

  it('says what a file is by its suffix', () => {
    expect(plan('/x.EFI')).toMatchObject({ contentType: 'application/efi' });
    expect(plan('/boot1.txt')).toMatchObject({ contentType: 'text/plain' });
    expect(plan('/x.constructor')).toMatchObject({ contentType: 'application/octet-stream' });
    expect(plan('/pxelinux.cfg/default')).toMatchObject({ contentType: 'application/octet-stream' });
  });

  it.each(['/', '', '/../x', '/%2e%2e/x', '/..%2fx', 'http://h'])('finds nothing at %j', (target) => {
    expect(plan(target)).toMatchObject({ kind: 'reply', reply: { status: 404 } });
  });

  it('takes a name that is encoded twice, or has backslashes, for the name of a file', () => {
    expect(plan('/%252e%252e/x')).toMatchObject({ segments: ['%2e%2e', 'x'] });
    expect(plan('/..%5cx')).toMatchObject({ segments: ['..\\x'] });
  });

  it('refuses NUL, long targets, other methods and a wrong number of Host fields', () => {
    expect(plan('/a%00b')).toMatchObject({ reply: { status: 400 } });
    expect(plan(`/${'a'.repeat(9000)}`)).toMatchObject({ reply: { status: 414 } });
    expect(plan('/boot1.txt', 'POST')).toMatchObject({ reply: { status: 405, allow: 'GET, HEAD' } });
    const none = { method: 'GET', target: '/x', version: '1.1', hosts: 0 };
    expect(planHttp(none, site)).toMatchObject({ reply: { status: 400 } });
    expect(planHttp({ ...none, hosts: 2 }, site)).toMatchObject({ reply: { status: 400 } });
    expect(planHttp({ ...none, version: '1.0' }, site)).toMatchObject({ kind: 'file' });
  });

  it('answers HEAD without a body of the same length', () => {
    expect(plan(`/boot2.php?${IPXE_QUERY}`, 'HEAD')).toMatchObject({
      reply: {
        status: 200,
        sendBody: false,
        body: Buffer.from('#!ipxe\nchain http://pxe.example.com/pxelinux.0\n'),
      },
    });
  });

  it('gives a client its orders at boot2, and the default to the others', () => {
    const chain = '#!ipxe\nchain http://pxe.example.com/pxelinux.0\n';
    expect(bodyOf(`/boot2.php?${IPXE_QUERY}`)).toBe(chain);
    expect(bodyOf('//boot2.php?mac=00:12:34:56:78:90')).toBe(chain);
    expect(bodyOf('/boot2.php?mac=00:00:00:00:00:01')).toBe('#!ipxe\nexit\n');
    expect(bodyOf('/boot2.php')).toBe('#!ipxe\nexit\n');
    expect(plan(`/boot2.php?${IPXE_QUERY}`)).toMatchObject({ reply: { orders: { decision: { rule: 0 } } } });
  });

  it('never throws, and never leaves the root', () => {
    const pieces = fc.array(fc.constantFrom('/', '..', '.', '%2e', '%2f', '%00', '\\', 'a', '?', '%', 'é'));
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          pieces.map((p) => p.join('')),
        ),
        (target) => {
          const planned = plan(target);
          if (planned.kind === 'file') {
            expect(planned.segments).not.toContain('..');
            expect(planned.segments.join('')).not.toMatch(/[/\0]/);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('parseBootQuery', () => {
  it('reads what iPXE sends', () => {
    const query = parseBootQuery(IPXE_QUERY);
    expect(query.get('mac')).toEqual(['00:12:34:56:78:90']);
    expect(query.get('filename')).toEqual(['http://pxe.example.com/boot1.txt']);
    expect(query.get('product')).toEqual(['Standard PC (i440FX + PIIX, 1996)']);
    expect(query.get('asset')).toEqual(['', '']);
    expect(query.get('serial')).toEqual(['']);
    expect(query.size).toBe(15);
  });

  it.each([
    ['asset=A+B', 'A+B'],
    ['asset=A%2BB', 'A+B'],
    ['asset=A%20B', 'A B'],
    ['asset', ''],
    ['asset=a=b', 'a=b'],
    ['asset=100%&x', '100%'],
    ['asset=%zz%4', '%zz%4'],
    ['asset=%c3%a9', 'é'],
    ['a%73set=x', 'x'],
    ['&&asset=${serial}', '${serial}'],
  ])('reads %s', (query, value) => {
    expect(parseBootQuery(query).get('asset')).toEqual([value]);
  });
});
