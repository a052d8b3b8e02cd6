/**
 * The head of an HTTP/1.x request, strictly: RFC 9112 §3 (request line), §5 (fields), §6 (what follows it); RFC 9110 §5.
 *
 *   method SP target SP "HTTP/" version CRLF ( name ":" OWS value OWS CRLF )* CRLF
 *
 * Whatever two readers could take for different messages is refused and the connection closed (RFC 9112 §11.2, request
 * smuggling): a bare LF, CR or NUL, a folded line, a space before the colon, two lengths, a length beside a transfer
 * coding. What is only unusual is read: empty lines before the request, octets above 0x7f, any method.
 *
 * wire/http.ts keeps and never judges; it also costs ten times as much, and a server reads thousands of these a second.
 */

import { quoteText } from '../../wire/dhcp/opt-text.ts';

/** Enough for a boot2 URL of 8 kB and the fields of any client. */
const MAX_HEAD_OCTETS = 16_384;
const MAX_FIELDS = 100;
const CR = 0x0d;
const LF = 0x0a;

/** By name in lower case; a name that came more than once has more than one value. */
export type RequestFields = ReadonlyMap<string, readonly string[]>;

export type RequestHead = {
  readonly method: string;
  /** As it came; octets above 0x7f, which should have been encoded, are taken for UTF-8. */
  readonly target: string;
  /** `1.1` stands for any later 1.x too (RFC 9110 §2.5). */
  readonly version: '1.0' | '1.1';
  readonly fields: RequestFields;
  /** Octets of a body that follow. */
  readonly bodyOctets: number;
  /** The connection may carry another request (RFC 9112 §9.3). */
  readonly keepAlive: boolean;
};

export type HeadResult =
  /** The head is not whole yet. */
  | { readonly kind: 'more' }
  /** `end`: index behind the head. */
  | { readonly kind: 'request'; readonly request: RequestHead; readonly end: number }
  /** Answered with that status, and nothing behind it is read. */
  | { readonly kind: 'refused'; readonly status: RefusalStatus; readonly because: string };

export type RefusalStatus = 400 | 411 | 414 | 431 | 501 | 505;

const MORE = { kind: 'more' } as const;
const REQUEST_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([!-~\x80-\xff]+) HTTP\/(\d\.\d)$/;
const FIELD_LINE =
  /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*((?:[!-~\x80-\xff](?:[\t -~\x80-\xff]*[!-~\x80-\xff])?)?)[ \t]*$/;
/** RFC 3986 §3.2.2; what stands before the port may be empty (RFC 9110 §7.2). */
const HOST = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+,;=%-]*)(:\d*)?$/;

/** Reads one head from the beginning of `octets`. Never throws. */
export function readRequestHead(octets: Buffer): HeadResult {
  let start = 0;
  // RFC 9112 §2.2: empty lines before a request are skipped.
  while (octets[start] === CR && octets[start + 1] === LF) start += 2;
  const end = octets.indexOf('\r\n\r\n', start, 'latin1');
  if (end < 0) return unfinished(octets, start);
  if (end - start > MAX_HEAD_OCTETS) return tooLong(octets, start);
  const lines = octets.toString('latin1', start, end).split('\r\n');
  const line = REQUEST_LINE.exec(lines[0] ?? '');
  if (line === null) return refused(400, `wanted a request line, got ${quote(lines[0] ?? '')}`);
  const [, method = '', text = '', number = ''] = line;
  if (!number.startsWith('1.')) return refused(505, `wanted HTTP/1.1, got HTTP/${number}`);
  const version = number === '1.0' ? '1.0' : '1.1';
  const target = /[\x80-\xff]/.test(text) ? Buffer.from(text, 'latin1').toString('utf8') : text;
  if (lines.length > MAX_FIELDS) return refused(431, `wanted at most ${MAX_FIELDS} header fields`);

  const fields = new Map<string, string[]>();
  for (let at = 1; at < lines.length; at++) {
    const field = FIELD_LINE.exec(lines[at] ?? '');
    if (field === null) return refused(400, `wanted a header field, got ${quote(lines[at] ?? '')}`);
    const name = (field[1] ?? '').toLowerCase();
    const known = fields.get(name);
    if (known === undefined) fields.set(name, [field[2] ?? '']);
    else known.push(field[2] ?? '');
  }
  const host = fields.get('host');
  if (host !== undefined && !host.every((value) => HOST.test(value))) {
    return refused(400, `wanted a host's name, got ${quote(host.join())}`);
  }
  const body = bodyOf(fields, version);
  if (typeof body !== 'number') return body;
  const keepAlive = isPersistent(fields, version);
  return {
    kind: 'request',
    request: { method, target, version, fields, bodyOctets: body, keepAlive },
    end: end + 4,
  };
}

/** Garbage is refused as soon as it shows: whoever sends it must not hold a connection for as long as a slow client may. */
function unfinished(octets: Buffer, start: number): HeadResult {
  if (octets.length - start > MAX_HEAD_OCTETS) return tooLong(octets, start);
  for (let at = octets.indexOf(LF, start); at >= 0; at = octets.indexOf(LF, at + 1)) {
    if (octets[at - 1] !== CR) return refused(400, 'wanted CR LF, got a bare LF');
  }
  const first = octets.toString('latin1', start, start + 24);
  if (!/^(\r?$|[!#$%&'*+.^_`|~0-9A-Za-z-]+( |$))/.test(first)) {
    return refused(400, `wanted a request line, got ${quote(first)}`);
  }
  return MORE;
}

/** RFC 9112 §3: a request line that is too long is 414; RFC 6585 §5: fields that are, 431. */
function tooLong(octets: Buffer, start: number): HeadResult {
  const line = octets.subarray(start, start + MAX_HEAD_OCTETS).indexOf('\r\n', 0, 'latin1');
  return line < 0
    ? refused(414, `wanted a request line of at most ${MAX_HEAD_OCTETS} octets`)
    : refused(431, `wanted a head of at most ${MAX_HEAD_OCTETS} octets`);
}

/** RFC 9112 §6.3, as strictly as it allows. */
function bodyOf(fields: RequestFields, version: string): number | HeadResult {
  const codings = fields.get('transfer-encoding');
  const lengths = fields.get('content-length');
  if (codings !== undefined) {
    if (version === '1.0') return refused(400, 'wanted no Transfer-Encoding in HTTP/1.0');
    if (lengths !== undefined) return refused(400, 'wanted one of Content-Length and Transfer-Encoding');
    // §6.1: a coding that is not understood is 501. §6.3: a body without a length may be refused with 411.
    return codings.join().toLowerCase() === 'chunked'
      ? refused(411, 'wanted a Content-Length, got a chunked body')
      : refused(501, `wanted no transfer coding, got ${quote(codings.join())}`);
  }
  if (lengths === undefined) return 0;
  const [length = ''] = lengths;
  return lengths.length === 1 && /^\d{1,15}$/.test(length)
    ? Number(length)
    : refused(400, `wanted one Content-Length, got ${quote(lengths.join())}`);
}

/** RFC 9112 §9.3; HTTP/1.0 clients that can (gPXE, old iPXE) ask for it. */
function isPersistent(fields: RequestFields, version: string): boolean {
  const options = fields.get('connection');
  if (options === undefined) return version !== '1.0';
  const wanted = options
    .join()
    .toLowerCase()
    .split(/[ \t]*,[ \t]*/);
  if (wanted.includes('close')) return false;
  return version !== '1.0' || wanted.includes('keep-alive');
}

function refused(status: RefusalStatus, because: string): HeadResult {
  return { kind: 'refused', status, because };
}

const quote = (text: string): string => quoteText(text.slice(0, 60));
