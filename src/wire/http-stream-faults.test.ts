import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HttpStream } from './http-stream.ts';
import { REQUESTS, RESPONSES, read, requests, responses, shown, text } from './testing/http-streams.ts';

describe('HttpStream, where octets are missing', () => {
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
});

describe('HttpStream, where octets are no HTTP', () => {
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
