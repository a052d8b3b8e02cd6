/**
 * What an HTTP request gets: RFC 9110 §9.1 (methods), §9.3.1, §9.3.2 (GET, HEAD), §15.5.6 (405), §15.6.2 (501); RFC 9112
 * §3.2 (request target, Host). Pure: no files, no sockets. What a file that is there gives (ranges, conditions) is plan-file.ts's.
 */

import { percentDecode } from '../../wire/uri-query.ts';
import { type BootPath, bootPath } from '../files/boot-path.ts';
import type { Boot1 } from '../orders/boot1.ts';
import { generatedFile } from '../orders/generated-files.ts';
import { orderScript } from '../orders/order-script.ts';
import { type ClientVariables, chooseOrder, type Decision, type Orders } from '../orders/orders.ts';
import { contentTypeOf } from './content-type.ts';
import { parseBootQuery } from './query.ts';

export type HttpRequest = {
  readonly method: string;
  /** As it stood in the request line. */
  readonly target: string;
  readonly version: string;
  /** How many Host fields came. */
  readonly hosts: number;
};

export type Site = {
  /** Path of the script that gives each client its orders. */
  readonly boot2: string;
  readonly boot1: Boot1;
  readonly orders: Orders;
};

export type HttpReply = {
  readonly status: number;
  readonly contentType: string;
  /** Sent only where `sendBody` is true; its length is always said. */
  readonly body: Uint8Array;
  readonly sendBody: boolean;
  readonly allow?: string;
  /** What boot2 decided, for the log. */
  readonly orders?: { readonly client: ClientVariables; readonly decision: Decision };
};

export type HttpPlan =
  | { readonly kind: 'reply'; readonly reply: HttpReply }
  | {
      readonly kind: 'file';
      readonly segments: readonly string[];
      readonly contentType: string;
      readonly sendBody: boolean;
      /** What is sent where there is no such file. */
      readonly otherwise: HttpReply;
    };

const MAX_TARGET_CHARACTERS = 8192;
/** RFC 9110 §9.1: others are 501. */
const KNOWN_METHODS = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'CONNECT',
  'OPTIONS',
  'TRACE',
  'PATCH',
]);

export function planHttp(request: HttpRequest, site: Site): HttpPlan {
  const { method, target } = request;
  const sendBody = method !== 'HEAD';
  // RFC 9112 §3.2: none in HTTP/1.1, or more than one, is 400.
  if (request.hosts > 1 || (request.hosts === 0 && request.version === '1.1')) {
    return text(400, 'wanted one Host field\n', sendBody);
  }
  if (method !== 'GET' && method !== 'HEAD') {
    if (!KNOWN_METHODS.has(method)) return text(501, 'wanted GET or HEAD\n', true);
    const plan = text(405, 'wanted GET or HEAD\n', true);
    return { ...plan, reply: { ...plan.reply, allow: 'GET, HEAD' } };
  }
  if (target.length > MAX_TARGET_CHARACTERS) return text(414, 'the URI is too long\n', sendBody);

  const { path, query } = splitTarget(target);
  const wanted = bootPath(percentDecode(path));
  if (samePath(wanted, bootPath(site.boot2))) return boot2(query, site, sendBody);
  if (wanted.kind === 'refused') {
    return wanted.reason === 'unreadable' ? text(400, 'no such name\n', sendBody) : notFound(sendBody);
  }
  const contentType = contentTypeOf(wanted.segments.at(-1) ?? '');
  const { segments } = wanted;
  return { kind: 'file', segments, contentType, sendBody, otherwise: otherwise(segments, site, sendBody) };
}

/** Small: eleven of them are a normal pxelinux boot (HTTP-014). */
function notFound(sendBody: boolean): Extract<HttpPlan, { kind: 'reply' }> {
  return text(404, 'not found\n', sendBody);
}

/** A file that somebody put into the folder comes before one that would be made: it is how an exception is made by hand. */
function otherwise(segments: readonly string[], site: Site, sendBody: boolean): HttpReply {
  const made = generatedFile(segments, site);
  if (made === undefined) return notFound(sendBody).reply;
  const { reply } = text(200, made.text, sendBody);
  return made.orders === undefined ? reply : { ...reply, orders: made.orders };
}

function boot2(query: string, site: Site, sendBody: boolean): HttpPlan {
  const client = parseBootQuery(query);
  const decision = chooseOrder(site.orders, client);
  const plan = text(200, orderScript(decision.order, client), sendBody);
  return { ...plan, reply: { ...plan.reply, orders: { client, decision } } };
}

/** Origin form, or absolute form, which RFC 9112 §3.2.2 makes every server accept. */
export function splitTarget(target: string): { readonly path: string; readonly query: string } {
  const local = target.replace(/^https?:\/\/[^/?]*/i, '');
  const mark = local.indexOf('?');
  return mark < 0 ? { path: local, query: '' } : { path: local.slice(0, mark), query: local.slice(mark + 1) };
}

function samePath(a: BootPath, b: BootPath): boolean {
  return a.kind === 'path' && b.kind === 'path' && a.segments.join('/') === b.segments.join('/');
}

function text(status: number, body: string, sendBody: boolean): Extract<HttpPlan, { kind: 'reply' }> {
  const reply = { status, contentType: 'text/plain', body: Buffer.from(body), sendBody };
  return { kind: 'reply', reply };
}
