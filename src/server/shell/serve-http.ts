import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import type { ServerEvent } from '../event.ts';
import { type HttpReply, planHttp, type Site } from '../http/plan-http.ts';
import { clientName, reasonOf } from '../orders/orders.ts';
import type { BootFile, BootFolder } from './boot-folder.ts';
import { socketError } from './server-error.ts';
import type { Service } from './service.ts';

export type HttpSettings = {
  readonly site: Site;
  /** Undefined: there are no files, only boot2. */
  readonly folder: BootFolder | undefined;
};
export type HttpDeps = { readonly log: (event: ServerEvent) => void };

const LIMITS = {
  /** A request whose headers take longer is given up: slow ones must not use the server up (clauses SEC-014). */
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  /** iPXE keeps its connection for the next file, and a person may look at a menu in between. */
  keepAliveTimeout: 60_000,
  /** The write-up's boot2 URL has some 500 octets. */
  maxHeaderSize: 16_384,
} as const;
const READ_OCTETS = 256 * 1024;

/** Serves files and boot2. Throws ServerError. Disposing of it closes all connections. */
export async function serveHttp(
  { address, port }: { readonly address: string; readonly port: number },
  initial: HttpSettings,
  deps: HttpDeps,
): Promise<Service<HttpSettings>> {
  let settings = initial;
  // planHttp judges the Host field, for HTTP/1.0 too.
  const server: Server = createServer({ ...LIMITS, requireHostHeader: false });
  server.on('request', (request, response) => {
    answer(request, response, settings, deps).catch(() => response.destroy());
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    onClientError(error, socket, deps.log);
  });
  try {
    const listening = once(server, 'listening');
    server.listen({ host: address, port, exclusive: true });
    await listening;
  } catch (error) {
    throw socketError(`HTTP on ${address}:${port}`, error);
  }
  // Accepting can fail later, when descriptors run out: that connection is lost, the server is not.
  server.on('error', (error) => deps.log({ stage: 'server', did: `HTTP: ${error.message}` }));
  const bound = server.address();
  return {
    port: bound !== null && typeof bound === 'object' ? bound.port : port,
    configure: (next) => {
      settings = next;
    },
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { site, folder }: HttpSettings,
  deps: HttpDeps,
): Promise<void> {
  const { method = '', url = '', httpVersion, rawHeaders, socket } = request;
  const client = `${socket.remoteAddress}:${socket.remotePort}`;
  const said = { stage: 'http', client, did: `${method} ${url}` } as const;
  const hosts = rawHeaders.filter((text, at) => at % 2 === 0 && text.toLowerCase() === 'host').length;

  const plan = planHttp({ method, target: url, version: httpVersion, hosts }, site);
  if (plan.kind === 'file') {
    const opened = await folder?.open(plan.segments);
    if (opened?.kind === 'file') {
      const sent = await sendFile(response, opened.file, plan.contentType, plan.sendBody);
      deps.log({ ...said, status: 200, octets: sent });
      return;
    }
  }
  const reply = plan.kind === 'reply' ? plan.reply : plan.otherwise;
  sendReply(response, reply);
  deps.log({ ...said, status: reply.status, octets: reply.sendBody ? reply.body.length : 0 });
  if (reply.orders !== undefined) {
    const { client: variables, decision } = reply.orders;
    const client = clientName(variables);
    deps.log({ stage: 'orders', client, did: decision.order.kind, because: reasonOf(decision) });
  }
}

function sendReply(
  response: ServerResponse,
  { status, contentType, body, sendBody, allow }: HttpReply,
): void {
  response.writeHead(status, {
    'Content-Type': contentType,
    'Content-Length': body.length,
    ...(allow === undefined ? {} : { Allow: allow }),
  });
  response.end(sendBody ? body : undefined);
}

/** Octets of the body that went out. */
async function sendFile(
  response: ServerResponse,
  file: BootFile,
  contentType: string,
  sendBody: boolean,
): Promise<number> {
  await using opened = file;
  response.writeHead(200, {
    'Content-Type': contentType,
    'Content-Length': opened.size,
    'Last-Modified': new Date(opened.modified).toUTCString(),
  });
  if (!sendBody || opened.size === 0) {
    response.end();
    return 0;
  }
  // `end` keeps to the length that was announced, should the file grow.
  const stream = opened.handle.createReadStream({
    start: 0,
    end: opened.size - 1,
    highWaterMark: READ_OCTETS,
    autoClose: false,
  });
  try {
    await pipeline(stream, response, { end: false });
  } catch {
    // The client went away, or the disk did: what was sent is all there is.
    response.destroy();
    return stream.bytesRead;
  }
  // A file that became shorter: the client has to see that something is missing, not wait for it.
  if (stream.bytesRead < opened.size) response.destroy();
  else response.end();
  return stream.bytesRead;
}

function onClientError(
  error: NodeJS.ErrnoException,
  socket: Socket,
  log: (event: ServerEvent) => void,
): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const client = socket.remoteAddress ?? 'unknown';
  log({ stage: 'bad-input', protocol: 'HTTP', client, because: error.code ?? error.message });
  const status =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? '431 Request Header Fields Too Large'
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? '408 Request Timeout'
        : '400 Bad Request';
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
