import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatHttp, type HttpItem } from './http.ts';
import { HttpStream, type HttpStreamOptions } from './http-stream.ts';

const text = (octets: string): Uint8Array => Uint8Array.from(Buffer.from(octets, 'latin1'));

// captures/lab/bios-ipxe-rom.pcap, frame 31, and the like: iPXE asks twice over one connection.
const REQUESTS = [
  'GET /boot1.txt HTTP/1.1\r\nConnection: keep-alive\r\nUser-Agent: iPXE/1.0.0+git-20190125.36a4c85-5.1\r\nHost: pxe.example.com\r\n\r\n',
  'POST /facts?a=b+c HTTP/1.1\r\nhost: pxe.example.com\r\nHOST: again\r\nContent-Length: 5\r\n\r\nhello',
  'PUT /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n06\r\n world\r\n0\r\nDigest: x\r\n\r\n',
  'HEAD / HTTP/1.0\r\n\r\n',
].join('');
// captures/lab/bios-ipxe-rom.pcap, frame 33, shortened; the others by hand after RFC 9112.
const RESPONSES = [
  'HTTP/1.1 100 Continue\r\n\r\n',
  'HTTP/1.1 200 OK\r\nHost: pxe.example.com\r\nContent-Type: text/plain; charset=UTF-8\r\nContent-Length: 7\r\n\r\n#!ipxe\n',
  'HTTP/1.1 304 Not Modified\r\nContent-Length: 333\r\n\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
  'HTTP/1.0 404 Not f\u00f6und\r\nX: \u00ff\r\n\r\nnot here',
].join('');

/** One short line an item; bodies are told apart by their octets. */
function shown(items: readonly HttpItem[]): string[] {
  return items.map((item) => {
    if (item.kind === 'body') return `body ${Buffer.from(item.bytes).toString('latin1')}`;
    if (item.kind === 'error') return `${item.error.code} ${item.error.field} at ${item.error.offset}`;
    return formatHttp(item);
  });
}

/** The same, with the pieces of each body joined. */
function joined(items: readonly HttpItem[]): string[] {
  return shown(items).reduce<string[]>((all, line) => {
    const last = all.at(-1);
    if (line.startsWith('body ') && last?.startsWith('body ')) all[all.length - 1] = last + line.slice(5);
    else all.push(line);
    return all;
  }, []);
}

function read(octets: string, options: HttpStreamOptions, how: 'closed' | 'cut' = 'closed'): HttpItem[] {
  const stream = new HttpStream(options);
  return [...stream.push(text(octets)), ...stream.end(how)];
}

const requests: HttpStreamOptions = { type: 'request' };
const responses: HttpStreamOptions = { type: 'response' };

describe('HttpStream', () => {
  it('reads requests: start line, headers in order and letter case, bodies, trailers', () => {
    const items = read(REQUESTS, requests);

    expect(shown(items)).toEqual([
      'GET /boot1.txt HTTP/1.1',
      'end of message, body 0 bytes',
      'POST /facts?a=b+c HTTP/1.1',
      'body hello',
      'end of message, body 5 bytes',
      'PUT /x HTTP/1.1',
      'body hello',
      'body  world',
      'trailers Digest',
      'end of message, body 11 bytes',
      'HEAD / HTTP/1.0',
      'end of message, body 0 bytes',
    ]);
    expect(items[2]).toMatchObject({
      at: REQUESTS.indexOf('POST'),
      keepAlive: true,
      headers: [
        ['host', 'pxe.example.com'],
        ['HOST', 'again'],
        ['Content-Length', '5'],
      ],
    });
    expect(items.at(-2)).toMatchObject({ keepAlive: false, version: '1.0' });
  });

  it('reads responses: 1xx, 304 without its body, chunks, a 1.0 body that ends with the connection', () => {
    const items = read(RESPONSES, responses);

    expect(shown(items)).toEqual([
      'HTTP/1.1 100 Continue',
      'end of message, body 0 bytes',
      'HTTP/1.1 200 OK',
      'body #!ipxe\n',
      'end of message, body 7 bytes',
      'HTTP/1.1 304 Not Modified',
      'end of message, body 0 bytes',
      'HTTP/1.1 200 OK',
      'body abc',
      'end of message, body 3 bytes',
      'HTTP/1.0 404 Not f\u00f6und',
      'body not here',
      'end of message, body 8 bytes',
    ]);
    expect(items[10]).toMatchObject({ headers: [['X', '\u00ff']], keepAlive: false });
  });

  it('keeps each head as it was sent, without the empty lines before it', () => {
    const heads = read(`\r\n\n${RESPONSES}`, responses).filter((item) => item.kind === 'response');

    expect(heads.map((item) => Buffer.from(item.head).toString('latin1'))).toEqual(
      RESPONSES.match(/HTTP.*?\r\n\r\n/gs),
    );
    expect(heads[0]?.at).toBe(3);
    const odd = read('HTTP/1.1 200\r\nA :b\r\nno colon\r\nC:  d  \r\n\r\n', responses)[0];
    expect(odd).toMatchObject({
      status: 200,
      reason: '',
      head: text('HTTP/1.1 200\r\nA :b\r\nno colon\r\nC:  d  \r\n\r\n'),
    });
  });

  it('gives the same however the stream is cut into pieces', () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(cuts, fc.constantFrom(REQUESTS, RESPONSES), (lengths, whole) => {
        const options = whole === REQUESTS ? requests : responses;
        const stream = new HttpStream(options);
        const items: HttpItem[] = [];
        for (let at = 0, i = 0; at < whole.length; i++) {
          const length = lengths[i % lengths.length] ?? 1;
          items.push(...stream.push(text(whole.slice(at, at + length))));
          at += length;
        }
        items.push(...stream.end('closed'));
        const once = read(whole, options);
        expect(joined(items)).toEqual(joined(once));
        const heads = (all: readonly HttpItem[]) => all.filter((item) => 'head' in item);
        expect(heads(items)).toEqual(heads(once));
      }),
      { numRuns: 200 },
    );
  });

  it('hands on bodies as views of what was pushed', () => {
    const chunk = text('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc');
    const body = new HttpStream(responses).push(chunk).find((item) => item.kind === 'body');
    expect(body?.bytes.buffer).toBe(chunk.buffer);
  });

  it('expects no body behind the answer to HEAD, and asks once for each final response', () => {
    const asked: string[] = ['HEAD', 'GET'];
    const octets =
      'HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 850528\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi';
    const items = read(octets, { type: 'response', requestMethod: () => asked.shift() });

    expect(shown(items)).toEqual([
      'HTTP/1.1 103 Early Hints',
      'end of message, body 0 bytes',
      'HTTP/1.1 200 OK',
      'end of message, body 0 bytes',
      'HTTP/1.1 200 OK',
      'body hi',
      'end of message, body 2 bytes',
    ]);
    expect(asked).toEqual([]);
  });

  it.each([
    { name: 'a 1.1 response without a length', octets: 'HTTP/1.1 200 OK\r\n\r\n', keepAlive: false },
    {
      name: 'a 1.1 response with one',
      octets: 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
      keepAlive: true,
    },
    {
      name: 'a 1.1 response that says close',
      octets: 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: foo, Close\r\n\r\n',
      keepAlive: false,
    },
    {
      name: 'a 1.0 response that says keep-alive',
      octets: 'HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n',
      keepAlive: true,
    },
    { name: 'a 1.1 response without a body', octets: 'HTTP/1.1 204 No Content\r\n\r\n', keepAlive: true },
  ])('says keepAlive $keepAlive for $name', ({ octets, keepAlive }) => {
    expect(read(octets, responses)[0]).toMatchObject({ keepAlive });
  });

  it.each([
    {
      name: 'a length not reached',
      octets: 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc',
      how: 'closed',
      complete: false,
    },
    {
      name: 'chunks without the last',
      octets: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n',
      how: 'closed',
      complete: false,
    },
    {
      name: 'a body without length, reset',
      octets: 'HTTP/1.1 200 OK\r\n\r\nabc',
      how: 'cut',
      complete: false,
    },
    {
      name: 'a body without length, closed',
      octets: 'HTTP/1.1 200 OK\r\n\r\nabc',
      how: 'closed',
      complete: true,
    },
  ] as const)('says complete $complete for $name', ({ octets, how, complete }) => {
    expect(read(octets, responses, how).at(-1)).toEqual({
      kind: 'message-end',
      complete,
      octets: 3,
      missing: 0,
    });
  });

  it('counts what is missing of a body and goes on behind the gap', () => {
    const stream = new HttpStream(responses);
    const items = [
      ...stream.push(text('HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\nabc')),
      ...stream.gap(199994),
      ...stream.push(text('xyzHTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n')),
    ];

    expect(shown(items)).toEqual([
      'HTTP/1.1 200 OK',
      'body abc',
      'body, 199994 bytes not captured',
      'body xyz',
      'end of message, body 200000 bytes',
      'HTTP/1.1 404 No',
      'end of message, body 0 bytes',
    ]);
    expect(items[4]).toMatchObject({ complete: true, missing: 199994 });
    expect(items[5]).toMatchObject({ at: 43 + 200000 });
  });

  it('loses a message whose end lies in a gap, and begins again where a piece begins with one', () => {
    const stream = new HttpStream(responses);
    const items = [
      ...stream.push(text('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc')),
      ...stream.gap(100),
      ...stream.push(text('GET / HTTP/1.1')),
      ...stream.push(text('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx')),
    ];

    expect(shown(items)).toEqual([
      'HTTP/1.1 200 OK',
      'body abc',
      'body, 7 bytes not captured',
      'end of message, body 10 bytes',
      '93 bytes that are no message',
      '14 bytes that are no message',
      'HTTP/1.1 200 OK',
      'body x',
      'end of message, body 1 bytes',
    ]);
    expect(items[6]).toMatchObject({ at: 39 + 3 + 100 + 14 });
  });

  it('loses a head that a gap tears, and says that a chunked body was cut', () => {
    const stream = new HttpStream(responses);
    stream.push(text('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab'));
    expect(shown(stream.gap(4))).toEqual([
      'body, 3 bytes not captured',
      'end of message, body 5 bytes, cut off',
      '1 bytes that are no message',
    ]);
    expect(shown(stream.push(text('HTTP/1.1 200')))).toEqual([]);
    expect(shown(stream.gap(1))).toEqual(['1 bytes that are no message']);
    expect(shown(stream.push(text(' OK\r\n\r\n')))).toEqual(['7 bytes that are no message']);
    expect(shown(stream.end('closed'))).toEqual([]);
  });

  it('fills a gap of a gigabyte without holding it', () => {
    const stream = new HttpStream(responses);
    stream.push(text('HTTP/1.1 200 OK\r\n\r\n'));
    expect(shown(stream.gap(2 ** 30))).toEqual(['body, 1073741824 bytes not captured']);
    expect(stream.position).toBe(19 + 2 ** 30);
  });

  it('begins inside a stream where a piece begins with a message', () => {
    const stream = new HttpStream({ type: 'request', midStream: true });
    expect(shown(stream.push(text('tail of a body')))).toEqual(['14 bytes that are no message']);
    expect(shown(stream.push(text('GET / HTTP/1.1\r\n\r\n')))).toEqual([
      'GET / HTTP/1.1',
      'end of message, body 0 bytes',
    ]);
  });

  it('leaves what follows an upgrade alone', () => {
    const upgrade = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n';
    const answer = read(`${upgrade}\x81\x05hello`, responses);
    expect(answer[0]).toMatchObject({ upgrade: true });
    expect(shown(answer).slice(1)).toEqual(['end of message, body 0 bytes', '7 bytes that are no message']);

    const connect = read('HTTP/1.1 200 OK\r\n\r\n\x16\x03', {
      type: 'response',
      requestMethod: () => 'CONNECT',
    });
    expect(shown(connect).slice(1)).toEqual(['end of message, body 0 bytes', '2 bytes that are no message']);

    const stream = new HttpStream(requests);
    const asked = stream.push(
      text('GET / HTTP/1.1\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nGET /2 HTTP/1.1\r\n\r\n'),
    );
    expect(asked[0]).toMatchObject({ upgrade: true });
    expect(shown(asked)[2]).toBe('GET /2 HTTP/1.1');
    stream.leaveHttp();
    expect(shown(stream.push(text('\x81\x05hello')))).toEqual(['7 bytes that are no message']);
  });

  const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
  it.each([
    {
      name: 'TLS',
      octets: '\x16\x03\x01\x00\xff\n',
      type: 'request',
      error: 'WIRE_MALFORMED request line at 0',
    },
    { name: 'HTTP/0.9', octets: 'GET /\r\n', type: 'request', error: 'WIRE_MALFORMED request line at 0' },
    {
      name: 'a request among responses',
      octets: 'GET / HTTP/1.1\r\n',
      type: 'response',
      error: 'WIRE_MALFORMED status line at 0',
    },
    {
      name: 'a second message that is none',
      octets: 'GET / HTTP/1.1\r\n\r\n\r\nget / HTTP/1.1\r\n',
      type: 'request',
      error: 'WIRE_MALFORMED request line at 20',
    },
    {
      name: 'CR inside a header',
      octets: 'GET / HTTP/1.1\r\nA: b\rc\r\n\r\n',
      type: 'request',
      error: 'WIRE_MALFORMED header at 16',
    },
    {
      name: 'a negative length',
      octets: 'GET / HTTP/1.1\r\nContent-Length: -18\r\n\r\n',
      type: 'request',
      error: 'WIRE_MALFORMED Content-Length at 0',
    },
    {
      name: 'a length that is no number',
      octets: 'GET / HTTP/1.1\r\nContent-Length: 0x5\r\n\r\n',
      type: 'request',
      error: 'WIRE_MALFORMED Content-Length at 0',
    },
    {
      name: 'two lengths',
      octets: 'GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
      type: 'request',
      error: 'WIRE_MALFORMED header at 54',
    },
    {
      name: 'a negative chunk size',
      octets: `${chunked}-5\r\nhello`,
      type: 'response',
      error: 'WIRE_MALFORMED chunk size at 47',
    },
    {
      name: 'a chunk size that is none',
      octets: `${chunked}xyz\r\n`,
      type: 'response',
      error: 'WIRE_MALFORMED chunk size at 47',
    },
    {
      name: 'an empty chunk size',
      octets: `${chunked}\r\n`,
      type: 'response',
      error: 'WIRE_MALFORMED chunk size at 47',
    },
    {
      name: 'a chunk longer than it says',
      octets: `${chunked}3\r\nabcd\r\n`,
      type: 'response',
      error: 'WIRE_MALFORMED end of chunk at 53',
    },
    {
      name: 'a head cut off',
      octets: 'GET / HTTP/1.1\r\nHo',
      type: 'request',
      error: 'WIRE_TRUNCATED header at 0',
    },
    {
      name: 'a start line cut off',
      octets: 'GET / HT',
      type: 'request',
      error: 'WIRE_TRUNCATED request line at 0',
    },
  ] as const)('reports $error for $name, in one piece and octet by octet', ({ octets, type, error }) => {
    expect(shown(read(octets, { type })).at(-1)).toBe(error);

    const stream = new HttpStream({ type });
    const items = [...text(octets)].flatMap((octet) => [...stream.push(Uint8Array.of(octet))]);
    expect(shown([...items, ...stream.end('closed')]).at(-1)).toBe(error);
    expect(stream.push(text('GET / HTTP/1.1\r\n\r\n'))).toEqual([]);
  });

  it.each([
    { name: 'a start line', octets: 'GET /', field: 'request line' },
    { name: 'headers', octets: 'GET / HTTP/1.1\r\nA: b\r\n', field: 'header' },
    {
      name: 'a chunk extension',
      octets: 'GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5;',
      field: 'chunk size',
    },
    {
      name: 'trailers',
      octets: 'GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n',
      field: 'trailer',
    },
  ])('gives up on $name without end, instead of holding it', ({ octets, field }) => {
    const stream = new HttpStream(requests);
    const items = [...stream.push(text(octets))];
    for (let i = 0; i < 100; i++)
      items.push(
        ...stream.push(
          text(
            'x'.repeat(1000) +
              (field === 'request line' ? '' : ': y\r\n'.slice(0, field === 'chunk size' ? 3 : 5)),
          ),
        ),
      );
    expect(items.at(-1)).toMatchObject({ kind: 'error', error: { code: 'WIRE_MALFORMED', field } });
  });

  it('takes a large piece that ends between messages for no head', () => {
    const octets = `HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n${'x'.repeat(200000)}`;
    expect(shown(read(octets, responses)).at(-1)).toBe('end of message, body 200000 bytes');
  });

  it('never throws, and ends, whatever the octets', () => {
    const mutated = fc
      .record({
        whole: fc.constantFrom(REQUESTS, RESPONSES),
        changes: fc.array(
          fc.record({
            at: fc.nat(),
            octets: fc.constantFrom('-', '0', 'f', '\n', '\r', ' ', '\0', ':', '9'),
          }),
          { maxLength: 6 },
        ),
      })
      .map(({ whole, changes }) => {
        const octets = text(whole);
        for (const change of changes) octets[change.at % octets.length] = change.octets.charCodeAt(0);
        return octets;
      });
    const type = fc.constantFrom('request' as const, 'response' as const);
    fc.assert(
      fc.property(
        fc.oneof(mutated, fc.uint8Array({ maxLength: 100 })),
        type,
        fc.nat({ max: 100 }),
        (octets, type, cut) => {
          const stream = new HttpStream({ type });
          const items = [
            ...stream.push(octets.subarray(0, cut)),
            ...stream.gap(cut % 3),
            ...stream.push(octets.subarray(cut)),
            ...stream.end('cut'),
          ];
          const heads = items.filter((item) => item.kind === 'request' || item.kind === 'response').length;
          expect(items.filter((item) => item.kind === 'message-end').length).toBe(heads);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
