import { describe } from 'vitest';
import type { HttpEvent, HttpResponse } from '../../story/event.ts';
import { ipv4 } from '../../wire/address.ts';
import type { HttpHeader } from '../../wire/http.ts';
import { judge } from '../testing/fixtures.ts';
import { EXCHANGE_CHECKS } from './exchange.ts';

type Answer = Partial<Omit<HttpResponse, 'headers'>> & { readonly headers?: readonly HttpHeader[] };

/** GET of a file over HTTP/1.1, answered whole, unless said otherwise. */
function exchange(answer: Answer | undefined, changes: Partial<HttpEvent> = {}): HttpEvent {
  return {
    ...{ kind: 'http', timeNs: 1n, endNs: 2n, stage: 'ipxe', frames: [1, 4], skipped: 0 },
    ...{ method: 'GET', target: '/boot1.txt', version: '1.1', headers: [['Host', 'pxe.example.com']] },
    client: { ip: ipv4('10.188.0.66'), port: 49_152 },
    server: { ip: ipv4('10.188.0.10'), port: 80 },
    response:
      answer === undefined
        ? undefined
        : {
            ...{ status: 200, reason: 'OK', headers: [], octets: 10, sha256: 'a', program: undefined },
            ...{ text: undefined, complete: true, frame: 4 },
            ...answer,
          },
    ...changes,
  };
}

const length = (octets: number): HttpHeader => ['Content-Length', String(octets)];
const LOOKUP: Partial<HttpEvent> = { target: '/pxelinux.cfg/01-00-12-34-56-78-90' };

describe('EXCHANGE_CHECKS', () => {
  judge(EXCHANGE_CHECKS, {
    'http.head.no-content': {
      passes: [exchange({ headers: [length(10)], octets: 0 }, { method: 'HEAD' })],
      fails: [exchange({ headers: [length(10)] }, { method: 'HEAD' })],
      doesNotApply: [exchange({}), exchange(undefined, { method: 'HEAD' })],
    },
    'http.get.content-length': {
      passes: [exchange({ headers: [length(10)] })],
      fails: [exchange({})],
      doesNotApply: [exchange({ headers: [['Transfer-Encoding', 'chunked']] }), exchange({ status: 404 })],
    },
    'http.version-1.0.no-transfer-coding': {
      passes: [exchange({}, { version: '1.0' })],
      fails: [exchange({ headers: [['transfer-encoding', 'chunked']] }, { version: '1.0' })],
      doesNotApply: [exchange({ headers: [['transfer-encoding', 'chunked']] })],
    },
    'http.range.content-range': {
      passes: [exchange({ status: 206, headers: [['Content-Range', 'bytes 0-9/100']] })],
      fails: [exchange({ status: 206 })],
      doesNotApply: [
        exchange({}),
        exchange({ status: 206, headers: [['Content-Type', 'multipart/byteranges; boundary=x']] }),
      ],
    },
    'http.range.octets': {
      passes: [exchange({ status: 206, headers: [['Content-Range', 'bytes 0-9/100']] })],
      fails: [exchange({ status: 206, headers: [['Content-Range', 'bytes 0-10/100']] })],
      doesNotApply: [exchange({}), exchange({ status: 206 })],
    },
    'http.range.not-satisfiable': {
      passes: [exchange({ status: 416, headers: [['Content-Range', 'bytes */100']] })],
      fails: [exchange({ status: 416 })],
      doesNotApply: [exchange({})],
    },
    'http.lookup.missing-is-404': {
      passes: [
        exchange({ status: 404 }, LOOKUP),
        exchange({ headers: [['Content-Type', 'text/plain']] }, LOOKUP),
      ],
      fails: [
        exchange({ headers: [['Content-Type', 'text/html; charset=utf-8']] }, LOOKUP),
        exchange({ status: 302, headers: [['Location', '/index.html']] }, LOOKUP),
      ],
      doesNotApply: [exchange({ headers: [['Content-Type', 'text/html']] }), exchange(undefined, LOOKUP)],
    },
    'http.query.no-server-error': {
      passes: [exchange({}, { target: '/boot2.php?asset=&asset=' })],
      fails: [exchange({ status: 500 }, { target: '/boot2.php?asset=&asset=' })],
      doesNotApply: [exchange({ status: 500 })],
    },
    'http.request.host': {
      passes: [exchange({})],
      fails: [
        exchange({}, { headers: [] }),
        exchange(
          {},
          {
            headers: [
              ['Host', 'a'],
              ['host', 'b'],
            ],
          },
        ),
      ],
      doesNotApply: [exchange({}, { version: '1.0', headers: [] })],
    },
  });
});
