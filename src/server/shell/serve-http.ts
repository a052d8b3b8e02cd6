import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls';
import { fileSenders } from '../../os/file-sender.ts';
import { setMaxSegment } from '../../os/tcp-segment.ts';
import type { ServerEvent } from '../event.ts';
import { type AnswerSettings, answerHttp, refusal } from './answer-http.ts';
import type { Clock } from './clock.ts';
import { descriptorOf } from './descriptor.ts';
import { type ConnectionDeps, HttpConnection } from './http-connection.ts';
import { HttpGuests } from './http-guests.ts';
import type { HttpLimits } from './http-limits.ts';
import type { HttpPages } from './http-pages.ts';
import type { HttpTransfer } from './http-transfers.ts';
import { socketError } from './server-error.ts';
import type { Service } from './service.ts';

export type HttpSettings = AnswerSettings & {
  readonly limits: HttpLimits;
  /** PEM. Needed where a port for HTTPS is; what is under way keeps the certificate it began with. */
  readonly tls?: { readonly certificate: string; readonly key: string };
};
export type HttpPlace = {
  readonly address: string;
  readonly port: number;
  /** For HTTPS, beside the other. */
  readonly tlsPort?: number;
  /** The largest TCP segment either side sends, for paths that lose larger ones and do not say so (ipxe/ipxe#288). */
  readonly maxSegment?: number;
};
export type HttpDeps = {
  readonly log: (event: ServerEvent) => void;
  readonly clock: Clock;
  /** Milliseconds since 1970, for Date and for ages of files. */
  readonly wallClock: () => number;
  readonly pages?: HttpPages;
};

export interface HttpService extends Service<HttpSettings> {
  /** The port for HTTPS that was really bound. */
  readonly tlsPort: number | undefined;
  /** Files on their way just now, the oldest first. */
  readonly transfers: () => readonly HttpTransfer[];
}

/** Asked of the kernel, which gives at most net.core.somaxconn: a hall of machines switched on at once. */
const BACKLOG = 4096;

/** Serves files and boot2. Throws ServerError. Disposing of it closes all connections. */
export async function serveHttp(
  place: HttpPlace,
  initial: HttpSettings,
  deps: HttpDeps,
): Promise<HttpService> {
  await using undo = new AsyncDisposableStack();
  let settings = initial;
  let secureContext = contextOf(initial);
  const { log, clock, wallClock, pages } = deps;
  const transfers = new Set<HttpTransfer>();
  const guests = new HttpGuests(clock);
  undo.use(guests);
  const answering = { pages, log, wallClock, boundary: randomUUID };
  const connections: ConnectionDeps = {
    answer: (request, client) => answerHttp(request, client, settings, answering),
    refuse: refusal,
    limits: () => settings.limits,
    log,
    clock,
    wallClock,
    senders: fileSenders(),
    transfers,
  };
  const accept = (accepted: Socket, context: SecureContext | undefined): void => {
    const address = accepted.remoteAddress;
    if (address === undefined || !guests.makeRoom(address, settings.limits)) {
      // Without an address the client is gone already.
      if (address !== undefined)
        log({ ...BAD_INPUT, client: address, because: 'too many connections at once' });
      accepted.on('error', () => undefined).destroy();
      return;
    }
    const socket = context === undefined ? accepted : secured(accepted, context, address, log);
    const guest = new HttpConnection(socket, address, connections);
    guests.add(guest);
    // The one below: that of TLS may be closed while this one still holds a descriptor.
    accepted.once('close', () => guests.delete(guest));
  };

  const plain = createServer(SOCKETS, (socket) => accept(socket, undefined));
  const port = await listen(plain, { ...place, what: 'HTTP' }, log);
  undo.defer(() => closed(plain));
  let tlsPort: number | undefined;
  if (place.tlsPort !== undefined && secureContext !== undefined) {
    const secure = createServer(SOCKETS, (socket) => accept(socket, secureContext));
    tlsPort = await listen(secure, { ...place, what: 'HTTPS', port: place.tlsPort }, log);
    undo.defer(() => closed(secure));
  }
  undo.defer(() => guests.evictAll());

  const owned = undo.move();
  return {
    port,
    tlsPort,
    transfers: () => [...transfers],
    configure: (next) => {
      secureContext = contextOf(next) ?? secureContext;
      settings = next;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Half-open: a client may close its side behind the request, and still wants the answer (RFC 9112 §9.6). */
const SOCKETS = { noDelay: true, allowHalfOpen: true } as const;
const BAD_INPUT = { stage: 'bad-input', protocol: 'HTTP' } as const;

function contextOf({ tls }: HttpSettings): SecureContext | undefined {
  // DHE for iPXE before 2024, which knows no elliptic curves.
  return tls && createSecureContext({ cert: tls.certificate, key: tls.key, dhparam: 'auto' });
}

/** The handshake is done by whoever reads first; one that fails is told of, and the socket is closed. */
function secured(
  socket: Socket,
  secureContext: SecureContext,
  client: string,
  log: HttpDeps['log'],
): TLSSocket {
  const secure = new TLSSocket(socket, { isServer: true, secureContext, ALPNProtocols: ['http/1.1'] });
  secure.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code?.startsWith('ERR_SSL') === true) {
      log({ ...BAD_INPUT, client, because: `TLS: ${error.code}` });
    }
  });
  return secure;
}

async function listen(
  server: Server,
  { what, address, port, maxSegment }: HttpPlace & { readonly what: string },
  log: HttpDeps['log'],
): Promise<number> {
  try {
    const listening = once(server, 'listening');
    server.listen({ host: address, port, exclusive: true, backlog: BACKLOG });
    await listening;
  } catch (error) {
    throw socketError(`${what} on ${address}:${port}`, error);
  }
  // Connections inherit it. It is set before any is there: none is accepted before this turn of the event loop ends.
  const fd = descriptorOf(server);
  if (maxSegment !== undefined && fd !== undefined) setMaxSegment(fd, maxSegment);
  // Accepting can fail later, when descriptors run out: that connection is lost, the server is not.
  server.on('error', (error) => log({ stage: 'server', did: `${what}: ${error.message}` }));
  const bound = server.address();
  return bound !== null && typeof bound === 'object' ? bound.port : port;
}

async function closed(server: Server): Promise<void> {
  const closing = once(server, 'close');
  server.close();
  await closing;
}
