/** One request and its answer: RFC 9110, RFC 9112. */

import type { HttpResponse } from '../../story/event.ts';
import { configurationName } from '../../story/lookups.ts';
import { httpHeader } from '../../wire/http.ts';
import { type Check, type Clause, holds, NOT_APPLICABLE } from '../check.ts';

type ExchangeCheck = Check<'httpExchanges'>;

const SERVER_ANSWER = { subject: 'server', on: 'httpExchanges' } as const;

function clause(document: string, section: string, level: Clause['level'], quote: string): Clause {
  return { document, section, level, quote };
}

export const EXCHANGE_CHECKS: readonly ExchangeCheck[] = [
  {
    id: 'http.head.no-content',
    rows: ['HTTP-001'],
    ...SERVER_ANSWER,
    clause: clause(
      'RFC 9110',
      '§9.3.2',
      'MUST',
      'The HEAD method is identical to GET except that the server MUST NOT send content in the response.',
    ),
    evaluate: (exchange) => {
      const { response } = exchange;
      if (exchange.method !== 'HEAD' || response === undefined) return NOT_APPLICABLE;
      return holds(response.octets === 0, exchange, 'no octets behind the head', () => `${response.octets}`);
    },
  },
  {
    id: 'http.get.content-length',
    rows: ['HTTP-002'],
    ...SERVER_ANSWER,
    clause: clause(
      'RFC 9110',
      '§8.6',
      'SHOULD',
      'an origin server SHOULD send a Content-Length header field when the content size is known prior to sending the complete header section',
    ),
    evaluate: (exchange) => {
      const { response } = exchange;
      if (exchange.method !== 'GET' || response?.status !== 200 || isChunked(response)) return NOT_APPLICABLE;
      return holds(
        httpHeader(response.headers, 'content-length') !== undefined,
        exchange,
        'Content-Length',
        () => 'none',
      );
    },
  },
  {
    id: 'http.version-1.0.no-transfer-coding',
    rows: ['HTTP-007'],
    ...SERVER_ANSWER,
    clause: clause(
      'RFC 9112',
      '§6.1',
      'MUST',
      'A server MUST NOT send a response containing Transfer-Encoding unless the corresponding request indicates HTTP/1.1 (or later minor revisions).',
    ),
    evaluate: (exchange) => {
      const { response, version } = exchange;
      if (version !== '1.0' || response === undefined) return NOT_APPLICABLE;
      const coding = httpHeader(response.headers, 'transfer-encoding');
      return holds(coding === undefined, exchange, 'no Transfer-Encoding', () => `${coding}`);
    },
  },
  {
    id: 'http.range.content-range',
    rows: ['HTTP-008'],
    ...SERVER_ANSWER,
    clause: clause(
      'RFC 9110',
      '§15.3.7.1',
      'MUST',
      'If a single part is being transferred, the server generating the 206 response MUST generate a Content-Range header field',
    ),
    evaluate: (exchange) => {
      const { response } = exchange;
      if (response?.status !== 206) return NOT_APPLICABLE;
      if (httpHeader(response.headers, 'content-type')?.startsWith('multipart/byteranges'))
        return NOT_APPLICABLE;
      return holds(
        httpHeader(response.headers, 'content-range') !== undefined,
        exchange,
        'Content-Range',
        () => 'none',
      );
    },
  },
  {
    id: 'http.range.octets',
    rows: ['HTTP-008'],
    ...SERVER_ANSWER,
    clause: clause(
      'RFC 9110',
      '§15.3.7.1',
      'MUST',
      'describing what range of the selected representation is enclosed, and a content consisting of the range',
    ),
    evaluate: (exchange) => {
      const { response } = exchange;
      const range = /^bytes (\d+)-(\d+)\//.exec(
        (response && httpHeader(response.headers, 'content-range')) ?? '',
      );
      if (response?.status !== 206 || range === null || !response.complete || exchange.method === 'HEAD')
        return NOT_APPLICABLE;
      const wanted = Number(range[2]) - Number(range[1]) + 1;
      return holds(response.octets === wanted, exchange, `${wanted} octets`, () => `${response.octets}`);
    },
  },
  {
    id: 'http.range.not-satisfiable',
    rows: ['HTTP-009'],
    ...SERVER_ANSWER,
    clause: clause(
      'RFC 9110',
      '§15.5.17',
      'SHOULD',
      'A server that generates a 416 response to a byte-range request SHOULD generate a Content-Range header field specifying the current length of the selected representation',
    ),
    evaluate: (exchange) => {
      const { response } = exchange;
      if (response?.status !== 416) return NOT_APPLICABLE;
      const said = httpHeader(response.headers, 'content-range');
      return holds(
        /^bytes \*\/\d+$/.test(said ?? ''),
        exchange,
        'Content-Range: bytes */length',
        () => `${said}`,
      );
    },
  },
  {
    id: 'http.lookup.missing-is-404',
    rows: ['HTTP-014', 'PXL-009'],
    ...SERVER_ANSWER,
    clause: {
      document: 'syslinux core/fs/pxe/http.c',
      section: '',
      level: 'PRACTICE',
      says: 'PXELINUX takes any 200 for its configuration: what is not there is a 404, no page of HTML and no redirection',
    },
    evaluate: (exchange) => {
      const { response } = exchange;
      if (response === undefined || configurationName(exchange) === undefined) return NOT_APPLICABLE;
      const type = httpHeader(response.headers, 'content-type') ?? '';
      const isPage = response.status === 200 && type.startsWith('text/html');
      const isRedirect = response.status >= 300 && response.status < 400 && response.status !== 304;
      return holds(
        !isPage && !isRedirect,
        exchange,
        'a configuration, or 404',
        () => `${response.status} ${isRedirect ? (httpHeader(response.headers, 'location') ?? '') : type}`,
      );
    },
  },
  {
    id: 'http.query.no-server-error',
    rows: ['HTTP-013'],
    ...SERVER_ANSWER,
    clause: {
      document: 'iPXE settings.c',
      section: '',
      level: 'PRACTICE',
      says: 'settings that are not defined expand to nothing, and keys come twice: no reason for a server error',
    },
    evaluate: (exchange) => {
      const { response, target } = exchange;
      if (response === undefined || !target.includes('?')) return NOT_APPLICABLE;
      return holds(response.status < 500, exchange, 'no server error', () => `${response.status}`);
    },
  },
  {
    id: 'http.request.host',
    rows: ['FW-024', 'FW-025'],
    subject: 'client',
    on: 'httpExchanges',
    clause: clause(
      'RFC 9112',
      '§3.2',
      'MUST',
      'A client MUST send a Host header field (Section 7.2 of [HTTP]) in all HTTP/1.1 request messages.',
    ),
    evaluate: (exchange) => {
      if (exchange.version !== '1.1') return NOT_APPLICABLE;
      const hosts = exchange.headers.filter(([name]) => name.toLowerCase() === 'host');
      return holds(hosts.length === 1, exchange, 'Host once', () => `${hosts.length} times`);
    },
  },
];

function isChunked(response: HttpResponse): boolean {
  return httpHeader(response.headers, 'transfer-encoding') !== undefined;
}
