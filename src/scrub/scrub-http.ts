/**
 * One direction of an HTTP/1 connection, length by length: heads as text, bodies as files. Framing is RFC 9112 §6; where a head
 * is not all there, what follows cannot be told apart and is blanked.
 */
import { latin1 } from '../wire/bytes.ts';
import type { Pseudonyms } from './pseudonyms.ts';
import { scrubContent } from './scrub-content.ts';
import { scrubTarget, scrubText, type TextContext } from './scrub-text.ts';
import { hasGap, type Stream } from './stream.ts';

export type HttpScrub = {
  readonly to: Pseudonyms;
  readonly context: TextContext;
  readonly keepPayloads: boolean;
  /** Of the requests, in order: a response to HEAD has no body. */
  readonly methods: readonly string[];
};

const HEAD_END = '\r\n\r\n';
const LONGEST_HEAD = 64 * 1024;
/** Headers that programs make of themselves, or that say how long something is. */
const KEPT =
  /^(accept(-.*)?|age|cache-control|connection|content-(length|type|encoding|range)|date|expires|keep-alive|last-modified|range|server|te|trailer|transfer-encoding|upgrade|user-agent|vary|x-powered-by)$/i;
const SECRET =
  /^(authorization|proxy-authorization|cookie|set-cookie2?|authentication-info|x-(auth|api).*)$/i;

type Body = { readonly end: number; readonly ranges: readonly (readonly [from: number, end: number])[] };

/** Behind a point where the stream cannot be read on there are zeros. */
export function scrubHttp(stream: Stream, scrub: HttpScrub): Uint8Array {
  const { bytes } = stream;
  const made = new Uint8Array(bytes.length);
  const methods = [...scrub.methods];
  for (let at = 0; at < bytes.length; ) {
    const head = headAt(bytes, at);
    if (head === undefined || hasGap(stream, at, head)) break;
    const text = latin1(bytes.subarray(at, head));
    made.set(Buffer.from(scrubHead(text, scrub), 'latin1'), at);
    const body = bodyOf(bytes, head, text, methods);
    putBody(stream, made, head, body, scrub);
    at = body.end;
  }
  return made;
}

/** Where the head that starts at `at` ends; undefined where it does not, or is none. */
function headAt(bytes: Uint8Array, at: number): number | undefined {
  const text = latin1(bytes.subarray(at, at + LONGEST_HEAD));
  if (!/^(HTTP\/|[A-Z]+ )/.test(text)) return undefined;
  const end = text.indexOf(HEAD_END);
  return end < 0 ? undefined : at + end + HEAD_END.length;
}

export function requestMethods({ bytes }: Stream): readonly string[] {
  return Array.from(
    latin1(bytes).matchAll(/(?:^|\r\n\r\n)([A-Z]+) \S+ HTTP\/1/g),
    ([, method]) => method ?? '',
  );
}

function scrubHead(head: string, { to, context }: HttpScrub): string {
  return head
    .split('\r\n')
    .map((line, i) => {
      if (i === 0) return line.startsWith('HTTP/') ? line : scrubStart(line, to, context);
      const colon = line.indexOf(':');
      const [name, value] = [line.slice(0, colon), line.slice(colon + 1)];
      if (colon < 0 || KEPT.test(name)) return line;
      if (SECRET.test(name)) {
        to.secrets++;
        return `${name}:${value.replace(/(?<=\S+\s+\S*)\S|(?<=^\s*)\S+$/g, (found) => 'x'.repeat(found.length))}`;
      }
      if (/^host$/i.test(name)) return `${name}:${scrubHost(value, to)}`;
      if (/^etag|^if-/i.test(name)) return `${name}:${to.opaque(value)}`;
      return `${name}:${scrubTarget(value, to, context)}`;
    })
    .join('\r\n');
}

function scrubStart(line: string, to: Pseudonyms, context: TextContext): string {
  const [method = '', target = '', ...version] = line.split(' ');
  return [method, scrubTarget(target, to, context), ...version].join(' ');
}

function scrubHost(value: string, to: Pseudonyms): string {
  return value.replace(/[^\s:][^\s]*/, (host) => {
    const name = /^[a-z][a-z0-9._-]*|^[0-9]+[a-z_-][a-z0-9._-]*/i.exec(host)?.[0];
    return name === undefined ? scrubText(host, to) : to.name(name) + host.slice(name.length);
  });
}

function bodyOf(bytes: Uint8Array, at: number, head: string, methods: string[]): Body {
  const isResponse = head.startsWith('HTTP/');
  const status = Number(/^HTTP\/\S+ (\d{3})/.exec(head)?.[1] ?? 0);
  const none: Body = { end: at, ranges: [] };
  if (isResponse && status >= 100 && status < 200) return none;
  const method = isResponse ? methods.shift() : undefined;
  if (isResponse && (method === 'HEAD' || status === 204 || status === 304)) return none;
  if (/\r\ntransfer-encoding:[^\r]*chunked/i.test(head)) return chunks(bytes, at);
  const length = /\r\ncontent-length:\s*(\d+)/i.exec(head)?.[1];
  if (length === undefined && !isResponse) return none;
  const end = length === undefined ? bytes.length : at + Number(length);
  return { end, ranges: [[at, end]] };
}

function chunks(bytes: Uint8Array, start: number): Body {
  const ranges: [number, number][] = [];
  for (let at = start; ; ) {
    const line = latin1(bytes.subarray(at, at + 64));
    const size = /^([0-9a-f]+)[^\r]*\r\n/i.exec(line);
    if (size === null) return { end: bytes.length, ranges: [...ranges, [at, bytes.length]] };
    const from = at + size[0].length;
    const octets = Number.parseInt(size[1] as string, 16);
    if (octets === 0) return { end: Math.min(bytes.length, from + 2), ranges };
    ranges.push([from, from + octets]);
    at = from + octets + 2;
  }
}

function putBody(stream: Stream, made: Uint8Array, at: number, body: Body, scrub: HttpScrub): void {
  const { bytes } = stream;
  const end = Math.min(body.end, bytes.length);
  // Sizes and line ends between chunks stay.
  made.set(bytes.subarray(at, end), at);
  if (scrub.keepPayloads) return;
  const whole = body.end <= bytes.length && !hasGap(stream, at, end);
  const pieces = body.ranges.map(([from, to]) => bytes.subarray(from, Math.min(to, bytes.length)));
  const content = scrubContent({ bytes: Buffer.concat(pieces), whole }, scrub.to, scrub.context);
  let taken = 0;
  for (const [i, piece] of pieces.entries()) {
    made.set(content.subarray(taken, taken + piece.length), body.ranges[i]?.[0] ?? at);
    taken += piece.length;
  }
}
