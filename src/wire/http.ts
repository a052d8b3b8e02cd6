/**
 * HTTP/1.x: RFC 9112 (messages), RFC 1945 (1.0). One direction of one TCP stream in, messages out, by the library
 * http-parser-js (http-library.ts).
 *
 *   start line CRLF ( name ":" OWS value OWS CRLF )* CRLF [ body ]
 *
 * Names keep their letter case, headers their order and duplicates; text is one character an octet. What the library
 * normalises (white space, folded lines, a line without a colon, the space behind a status code) is in `head` as it was sent.
 * Bodies are handed on piece by piece, without chunk framing, and never kept. Not handled: HTTP/0.9, HTTP/2, content codings,
 * transfer codings other than chunked (the body is then what ends with the connection).
 */
import { WireError } from './wire-error.ts';

export type HttpHeader = readonly [name: string, value: string];

type Head = {
  /** Position of the start line in the stream. */
  readonly at: number;
  /** `1.1` */
  readonly version: string;
  readonly headers: readonly HttpHeader[];
  /** Start line and headers as sent, with the empty line behind them. */
  readonly head: Uint8Array;
  /** The connection may carry another message (RFC 9112 §9.3). */
  readonly keepAlive: boolean;
  /** Asks for another protocol (request), or goes over to it (response 101). */
  readonly upgrade: boolean;
};

export type HttpRequest = Head & {
  readonly kind: 'request';
  readonly method: string;
  readonly target: string;
};
export type HttpResponse = Head & {
  readonly kind: 'response';
  readonly status: number;
  readonly reason: string;
};

export type HttpItem =
  | HttpRequest
  | HttpResponse
  /** A view of what was pushed. */
  | { readonly kind: 'body'; readonly bytes: Uint8Array }
  /** Octets of the body that the capture does not hold. */
  | { readonly kind: 'body-gap'; readonly octets: number }
  | { readonly kind: 'trailers'; readonly headers: readonly HttpHeader[] }
  /** Follows every request and response. */
  | {
      readonly kind: 'message-end';
      /** False where the stream ended, or was lost, before the message did. */
      readonly complete: boolean;
      /** Octets of the body, without chunk framing, gaps included. */
      readonly octets: number;
      /** How many of them were in gaps. */
      readonly missing: number;
    }
  /** Octets that are no message: behind an upgrade, or behind a gap up to where a message begins again. */
  | { readonly kind: 'skipped'; readonly octets: number }
  /** `error.offset` is a position in the stream. Nothing follows it. */
  | { readonly kind: 'error'; readonly error: WireError };

/** The value of the first header of that name, in any letter case. */
export function httpHeader(headers: readonly HttpHeader[], name: string): string | undefined {
  const lower = name.toLowerCase();
  return headers.find(([header]) => header.toLowerCase() === lower)?.[1];
}

const STATUS_LINE = /^HTTP\/\d\.\d \d{3}/;
const REQUEST_LINE = /^[A-Z][A-Z-]{0,31} [^ \r\n]/;

/** True for the first octets of such a message: to tell HTTP from what else TCP may carry. Without `type`: of either. */
export function looksLikeHttp(bytes: Uint8Array, type?: 'request' | 'response'): boolean {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 64)).toString('latin1');
  return (type !== 'request' && STATUS_LINE.test(start)) || (type !== 'response' && REQUEST_LINE.test(start));
}

type HeadFields =
  | Pick<HttpRequest, 'kind' | 'method' | 'target' | 'version' | 'headers'>
  | Pick<HttpResponse, 'kind' | 'status' | 'reason' | 'version' | 'headers'>;

/**
 * Start line, headers and the empty line. Any parsed message serves, though `head` is what was really sent. Throws WireError for
 * CR, LF or NUL in any part, and for a space in method or target; send other octets as they are.
 */
export function serializeHttpHead(message: HeadFields): Uint8Array {
  const start =
    message.kind === 'request'
      ? `${part('method', message.method, /[\s\0]/)} ${part('target', message.target, /[\s\0]/)} HTTP/${message.version}`
      : `HTTP/${message.version} ${message.status} ${part('reason', message.reason, /[\r\n\0]/)}`;
  const lines = message.headers.map(
    ([name, value]) => `${part('header name', name, /[\s:\0]/)}: ${part('header value', value, /[\r\n\0]/)}`,
  );
  return Uint8Array.from(Buffer.from(`${[start, ...lines].join('\r\n')}\r\n\r\n`, 'latin1'));
}

function part(field: string, text: string, forbidden: RegExp): string {
  if (forbidden.test(text) || /[^\0-\u00ff]/.test(text)) {
    throw new WireError(
      'WIRE_UNENCODABLE',
      0,
      field,
      `wanted one line of octets, got ${JSON.stringify(text)}`,
    );
  }
  return text;
}

/** `GET /boot1.txt HTTP/1.1`, `HTTP/1.1 200 OK`, `body, 493 bytes` */
export function formatHttp(item: HttpItem): string {
  switch (item.kind) {
    case 'request':
      return `${item.method} ${item.target} HTTP/${item.version}`;
    case 'response':
      return `HTTP/${item.version} ${item.status} ${item.reason}`;
    case 'body':
      return `body, ${item.bytes.length} bytes`;
    case 'body-gap':
      return `body, ${item.octets} bytes not captured`;
    case 'trailers':
      return `trailers ${item.headers.map(([name]) => name).join(', ')}`;
    case 'message-end':
      return `end of message, body ${item.octets} bytes${item.complete ? '' : ', cut off'}`;
    case 'skipped':
      return `${item.octets} bytes that are no message`;
    case 'error':
      return item.error.message;
  }
}
