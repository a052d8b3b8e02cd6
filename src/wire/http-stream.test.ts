import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HttpItem } from './http.ts';
import { HttpStream } from './http-stream.ts';
import { REQUESTS, RESPONSES, read, requests, responses, shown, text } from './testing/http-streams.ts';

/** The same, with the pieces of each body joined. */
function joined(items: readonly HttpItem[]): string[] {
  return shown(items).reduce<string[]>((all, line) => {
    const last = all.at(-1);
    if (line.startsWith('body ') && last?.startsWith('body ')) all[all.length - 1] = last + line.slice(5);
    else all.push(line);
    return all;
  }, []);
}

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
});
