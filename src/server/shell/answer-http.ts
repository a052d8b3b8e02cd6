import { readSync } from 'node:fs';
import { percentDecode } from '../../wire/uri-query.ts';
import type { ServerEvent } from '../event.ts';
import { contentTypeOfUnnamed, TYPE_OCTETS } from '../http/content-type.ts';
import { type BodyPart, planFile } from '../http/plan-file.ts';
import { type HttpReply, planHttp, type Site, splitTarget } from '../http/plan-http.ts';
import type { HeaderField, ReplyHead } from '../http/reply-head.ts';
import type { RequestHead } from '../http/request-head.ts';
import { clientName, reasonOf, targetOf } from '../orders/orders.ts';
import type { BootDescriptor, BootFolder } from './boot-folder.ts';
import type { HttpPage, HttpPages } from './http-pages.ts';

/** `afterwards` is called when the answer is out. */
export type HttpAnswer = ReplyHead & { readonly afterwards?: () => void } & (
    | { readonly kind: 'body'; readonly body: readonly BodyPart[]; readonly file?: BootDescriptor }
    | { readonly kind: 'stream'; readonly open: Extract<HttpPage, { kind: 'stream' }>['open'] }
  );

export type AnswerSettings = {
  readonly site: Site;
  /** Undefined: there are no files, only what the site makes. */
  readonly folder: BootFolder | undefined;
};
export type AnswerDeps = {
  readonly pages: HttpPages | undefined;
  readonly log: (event: ServerEvent) => void;
  /** Milliseconds since 1970. */
  readonly wallClock: () => number;
  readonly boundary: () => string;
};

/** Whoever gets an answer with a file disposes of that. */
export function answerHttp(
  request: RequestHead,
  client: string,
  { site, folder }: AnswerSettings,
  deps: AnswerDeps,
): HttpAnswer {
  const { method, target, version, fields } = request;
  const expected = fields.get('expect')?.join().toLowerCase();
  if (expected !== undefined && expected !== '100-continue') return refusal(417, 'wanted 100-continue');
  const page = deps.pages === undefined ? undefined : pageOf(request, client, deps.pages);
  if (page !== undefined) return page;
  const hosts = fields.get('host')?.length ?? 0;
  const plan = planHttp({ method, target, version, hosts }, site);
  if (plan.kind === 'reply') return replyAnswer(plan.reply, client, deps.log);
  try {
    const opened = folder?.openNow(plan.segments);
    if (opened?.kind === 'file') {
      const { sendBody, segments } = plan;
      const named = segments.at(-1)?.includes('.') === true;
      const contentType = named ? plan.contentType : contentTypeOfUnnamed(startOf(opened.file.fd));
      const about = { fields, contentType, sendBody, now: deps.wallClock(), boundary: deps.boundary };
      return { kind: 'body', ...planFile(about, opened.file), file: opened.file };
    }
  } catch (error) {
    // Descriptors ran out, or the disk is broken: other clients may fare better, and this one may come again.
    const { code = String(error) } = error as NodeJS.ErrnoException;
    deps.log({ stage: 'bad-input', protocol: 'HTTP', client, because: `the file cannot be opened: ${code}` });
    return refusal(503, 'the file cannot be read now');
  }
  return replyAnswer(plan.otherwise, client, deps.log);
}

function startOf(fd: number): Buffer {
  const room = Buffer.allocUnsafe(TYPE_OCTETS);
  return room.subarray(0, readSync(fd, room, 0, TYPE_OCTETS, 0));
}

/** An answer without a request that was understood, or that will be. */
export function refusal(status: number, because: string): HttpAnswer {
  const body = Buffer.from(`${because}\n`);
  return { kind: 'body', status, fields: [TEXT], length: body.length, body: [body] };
}

const TEXT: HeaderField = ['Content-Type', 'text/plain'];

function replyAnswer(reply: HttpReply, client: string, log: AnswerDeps['log']): HttpAnswer {
  const { status, contentType, body, sendBody, allow, orders } = reply;
  const fields: HeaderField[] = [['Content-Type', contentType]];
  if (allow !== undefined) fields.push(['Allow', allow]);
  const answer: HttpAnswer = {
    kind: 'body',
    status,
    fields,
    length: body.length,
    body: sendBody ? [body] : [],
  };
  if (orders === undefined) return answer;
  return {
    ...answer,
    afterwards: () => {
      const { client: variables, decision } = orders;
      const { order } = decision;
      const target = targetOf(order);
      log({
        stage: 'orders',
        client: clientName(variables),
        from: client,
        did: order.kind,
        ...(target === undefined ? {} : { target }),
        because: reasonOf(decision),
      });
    },
  };
}

function pageOf({ method, target }: RequestHead, client: string, pages: HttpPages): HttpAnswer | undefined {
  if (method !== 'GET' && method !== 'HEAD') return undefined;
  const { path, query } = splitTarget(target);
  const page = pages({ path: percentDecode(path), query, client });
  if (page === undefined) return undefined;
  const fields: readonly HeaderField[] = [['Content-Type', page.contentType], ...(page.fields ?? [])];
  if (page.kind === 'stream') {
    return method === 'HEAD'
      ? { kind: 'body', status: 200, fields, length: undefined, body: [] }
      : { kind: 'stream', status: 200, fields, length: undefined, open: page.open };
  }
  const body = Buffer.from(page.body);
  const { status } = page;
  return { kind: 'body', status, fields, length: body.length, body: method === 'HEAD' ? [] : [body] };
}
