import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { ServerEvent } from '../event.ts';
import { mayAsk } from '../operator/may-ask.ts';
import { EXPOSITION_TYPE } from '../operator/metric.ts';
import { StatusFeed, type StatusView, statusDocument } from '../operator/status-feed.ts';
import type { Clock } from './clock.ts';
import { type PageFile, pageFiles } from './page-files.ts';
import { socketError } from './server-error.ts';
import type { Service } from './service.ts';
import { openViewers } from './viewers.ts';

export type StatusSettings = {
  /** Under which browsers may ask, beside addresses and localhost; lower case. */
  readonly names: readonly string[];
};

export type StatusDeps = {
  readonly clock: Clock;
  readonly log: (event: ServerEvent) => void;
  readonly view: StatusView;
  /** The text for Prometheus. */
  readonly metrics: () => string;
};

export interface StatusService extends Service<StatusSettings> {
  readonly viewers: () => number;
}

const LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 30_000,
  maxHeaderSize: 16_384,
} as const;
const MOST_CONNECTIONS = 256;

/** No script but our own file, no text of a client's as HTML (Trusted Types), no frame, no form, no other host. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');
const HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': POLICY,
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
} as const;

type Reply = PageFile & { readonly status: number; readonly allow?: boolean };

const EVENT_STREAM = 'text/event-stream';

/** The page for operators, its data and the metrics: read only. Throws ServerError. Disposing of it closes all connections. */
export async function serveStatus(
  { address, port }: { readonly address: string; readonly port: number },
  initial: StatusSettings,
  { clock, log, view, metrics }: StatusDeps,
): Promise<StatusService> {
  let settings = initial;
  const files = pageFiles();
  const viewers = openViewers(new StatusFeed(view), clock);
  const server = createServer(LIMITS);
  server.maxConnections = MOST_CONNECTIONS;
  server.on('request', (request, response) => answer(request, response));
  server.on('clientError', (_, socket) => socket.destroy());
  try {
    const listening = once(server, 'listening');
    server.listen({ host: address, port, exclusive: true });
    await listening;
  } catch (error) {
    throw socketError(`the status page on ${address}:${port}`, error);
  }
  server.on('error', (error) => log({ stage: 'server', did: `status page: ${error.message}` }));

  const replyTo = (request: IncomingMessage): Reply | 'watch' => {
    const { method, url = '', headers } = request;
    const permission = mayAsk(
      {
        host: request.headersDistinct.host?.length === 1 ? headers.host : undefined,
        origin: headers.origin,
        fetchSite: one(headers['sec-fetch-site']),
        fetchMode: one(headers['sec-fetch-mode']),
      },
      settings.names,
    );
    if (!permission.allowed) return text(403, `${permission.because}\n`);
    if (method !== 'GET' && method !== 'HEAD') return { ...text(405, 'wanted GET or HEAD\n'), allow: true };
    const path = url.replace(/[?#].*$/s, '');
    switch (path) {
      case '/events':
        if (viewers.full()) return text(503, 'as many watch as may\n');
        return method === 'GET' ? 'watch' : { status: 200, contentType: EVENT_STREAM, body: Buffer.alloc(0) };
      case '/status.json': {
        const body = Buffer.from(`${JSON.stringify(statusDocument(view))}\n`);
        return { status: 200, contentType: 'application/json', body };
      }
      case '/metrics':
        return { status: 200, contentType: EXPOSITION_TYPE, body: Buffer.from(metrics()) };
      default: {
        const file = files.get(path);
        return file === undefined ? text(404, 'not found\n') : { status: 200, ...file };
      }
    }
  };

  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const reply = replyTo(request);
    if (reply === 'watch') {
      response.writeHead(200, { ...HEADERS, 'Content-Type': EVENT_STREAM });
      viewers.add(response);
      return;
    }
    const { status, contentType, body, allow } = reply;
    response.writeHead(status, {
      ...HEADERS,
      'Content-Type': contentType,
      'Content-Length': body.length,
      ...(allow === true ? { Allow: 'GET, HEAD' } : {}),
    });
    // Node leaves the body out of an answer to HEAD.
    response.end(body);
  };

  const bound = server.address();
  return {
    port: bound !== null && typeof bound === 'object' ? bound.port : port,
    viewers: () => viewers.count(),
    configure: (next) => {
      settings = next;
    },
    [Symbol.asyncDispose]: async () => {
      viewers[Symbol.dispose]();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

const one = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value[0] : value;

const text = (status: number, body: string): Reply => ({
  status,
  contentType: 'text/plain; charset=utf-8',
  body: Buffer.from(body),
});
