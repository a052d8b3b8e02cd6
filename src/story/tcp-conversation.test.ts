import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { TestWire } from './testing/wire.ts';

const GET = 'GET /boot1.txt HTTP/1.1\r\nHost: pxe.example.com\r\n\r\n';
const SCRIPT = '#!ipxe\nexit\n';
const OK = `HTTP/1.1 200 OK\r\nContent-Length: ${SCRIPT.length}\r\n\r\n`;

/** SYN, SYN+ACK: the client's octets are numbered from 101, the server's from 501. */
function opened(port = 80): TestWire {
  return new TestWire()
    .tcp('client', port, 100, 0, ['syn'])
    .tcp('server', port, 500, 101, ['syn', 'ack'])
    .tcp('client', port, 101, 501, ['ack']);
}

describe('TcpConversation', () => {
  it('tells an HTTP request and its answer as one event', () => {
    const wire = opened()
      .tcp('client', 80, 101, 501, ['ack', 'psh'], GET)
      .tcp('server', 80, 501, 101 + GET.length, ['ack', 'psh'], OK + SCRIPT);
    expect(wire.story().events).toMatchObject([
      {
        kind: 'http',
        method: 'GET',
        target: '/boot1.txt',
        headers: [['Host', 'pxe.example.com']],
        frames: [4, 5],
        response: {
          status: 200,
          octets: SCRIPT.length,
          complete: true,
          text: SCRIPT,
          sha256: createHash('sha256').update(SCRIPT).digest('hex'),
        },
      },
    ]);
  });

  it('puts segments in order that came out of order, and counts a retransmission once', () => {
    const half = 7;
    const wire = opened()
      .tcp('client', 80, 101, 501, ['ack', 'psh'], GET)
      .tcp('server', 80, 501 + OK.length + half, 101 + GET.length, ['ack'], SCRIPT.slice(half))
      .tcp('server', 80, 501, 101 + GET.length, ['ack'], OK + SCRIPT.slice(0, half))
      .tcp('server', 80, 501, 101 + GET.length, ['ack'], OK + SCRIPT.slice(0, half));
    expect(wire.story().events).toMatchObject([{ kind: 'http', response: { complete: true, text: SCRIPT } }]);
  });

  it('does not claim to know a body of which the capture misses a part', () => {
    const wire = opened()
      .tcp('client', 80, 101, 501, ['ack', 'psh'], GET)
      .tcp('server', 80, 501, 101 + GET.length, ['ack'], OK)
      .tcp('client', 80, 101 + GET.length, 501 + OK.length + SCRIPT.length, ['ack']);
    expect(wire.story().events).toMatchObject([
      { kind: 'http', response: { status: 200, octets: SCRIPT.length, text: undefined, sha256: undefined } },
    ]);
  });

  it('keeps a request without an answer', () => {
    const wire = opened().tcp('client', 80, 101, 501, ['ack', 'psh'], GET);
    expect(wire.story().events).toMatchObject([{ kind: 'http', response: undefined }]);
  });

  it('tells two requests on one connection, each with its own answer', () => {
    const wire = opened()
      .tcp('client', 80, 101, 501, ['ack', 'psh'], GET)
      .tcp('server', 80, 501, 101 + GET.length, ['ack', 'psh'], OK + SCRIPT)
      .tcp(
        'client',
        80,
        101 + GET.length,
        501 + OK.length + SCRIPT.length,
        ['ack', 'psh'],
        GET.replace('boot1.txt', 'other.txt'),
      )
      .tcp(
        'server',
        80,
        501 + OK.length + SCRIPT.length,
        101 + 2 * GET.length,
        ['ack', 'psh'],
        'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n',
      );
    expect(wire.story().events).toMatchObject([
      { target: '/boot1.txt', response: { status: 200 } },
      { target: '/other.txt', response: { status: 404, text: '' } },
    ]);
  });

  it('tells a connection that carries something else as one event', () => {
    const wire = opened(3260)
      .tcp('client', 3260, 101, 501, ['ack', 'psh'], '\x43\x87\0\0')
      .tcp('server', 3260, 501, 105, ['ack', 'psh'], '\x23\x87\0\0\0')
      .tcp('server', 3260, 506, 105, ['fin', 'ack'])
      .tcp('client', 3260, 105, 507, ['fin', 'ack']);
    expect(wire.story().events).toMatchObject([
      { kind: 'tcp', server: { port: 3260 }, outcome: 'closed', sent: 4, received: 5 },
    ]);
  });

  it('tells a refused connection', () => {
    const wire = new TestWire().tcp('client', 80, 100, 0, ['syn']).tcp('server', 80, 0, 101, ['rst', 'ack']);
    expect(wire.story().events).toMatchObject([{ kind: 'tcp', outcome: 'refused', frames: [1, 2] }]);
  });

  it('tells a SYN nobody answered', () => {
    expect(new TestWire().tcp('client', 80, 100, 0, ['syn']).story().events).toMatchObject([
      { kind: 'tcp', outcome: 'opening' },
    ]);
  });
});
