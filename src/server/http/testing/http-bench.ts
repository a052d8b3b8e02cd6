import { EventEmitter, once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HttpResponse } from '../../../wire/http.ts';
import { httpHeader } from '../../../wire/http.ts';
import { HttpStream } from '../../../wire/http-stream.ts';
import type { ServerEvent } from '../../event.ts';
import type { Orders } from '../../orders/orders.ts';
import { siteWith } from '../../orders/testing/made-orders.ts';
import { openBootFolder } from '../../shell/boot-folder.ts';
import { systemClock } from '../../shell/clock.ts';
import { HTTP_LIMITS, type HttpLimits } from '../../shell/http-limits.ts';
import type { HttpPages } from '../../shell/http-pages.ts';
import { type HttpService, serveHttp } from '../../shell/serve-http.ts';

/** An answer as it was on the wire, read by the reader that the bench has for captures. */
export type Answer = {
  readonly status: number;
  /** Status line and fields as sent. */
  readonly head: string;
  readonly header: (name: string) => string | undefined;
  readonly body: Buffer;
  /** False: the connection ended before the body did. */
  readonly complete: boolean;
};

export type Asked = {
  readonly answers: readonly Answer[];
  /** Everything the server sent. */
  readonly octets: Buffer;
};

/** A server on loopback, with a folder of its own and raw connections to it. */
export interface HttpBench extends AsyncDisposable {
  /** What is served; `outside` is beside it. */
  readonly root: string;
  readonly outside: string;
  readonly service: HttpService;
  readonly events: readonly ServerEvent[];
  /** Sends these octets and reads until the server closes. `methods` of the requests in it: HEAD has no body. */
  readonly ask: (octets: string | Buffer, methods?: readonly string[]) => Promise<Asked>;
  /** One request over HTTP/1.1 that asks to close. */
  readonly get: (
    target: string,
    fields?: Readonly<Record<string, string>>,
    method?: string,
  ) => Promise<Answer>;
  readonly connect: () => Socket;
  /** Resolves when this was logged, which may be after the client has its answer. */
  readonly logged: <T extends ServerEvent>(wanted: (event: ServerEvent) => event is T) => Promise<T>;
}

export type BenchOptions = {
  readonly limits?: Partial<HttpLimits>;
  readonly orders?: Orders;
  readonly pages?: HttpPages;
  readonly tls?: { readonly certificate: string; readonly key: string };
};

export async function startHttpBench(options: BenchOptions = {}): Promise<HttpBench> {
  await using undo = new AsyncDisposableStack();
  const outside = mkdtempSync(join(tmpdir(), 'pxebench-http-'));
  undo.defer(() => rmSync(outside, { recursive: true }));
  const root = join(outside, 'www');
  mkdirSync(root);
  const events: ServerEvent[] = [];
  const told = new EventEmitter();
  const log = (event: ServerEvent): void => {
    events.push(event);
    told.emit('event');
  };
  const { tls, limits, pages, orders } = options;
  const service = await serveHttp(
    { address: '127.0.0.1', port: 0, ...(tls === undefined ? {} : { tlsPort: 0 }) },
    {
      site: siteWith(orders === undefined ? {} : { orders }),
      folder: await openBootFolder(root),
      limits: { ...HTTP_LIMITS, ...limits },
      ...(tls === undefined ? {} : { tls }),
    },
    { log, clock: systemClock, wallClock: Date.now, ...(pages === undefined ? {} : { pages }) },
  );
  undo.use(service);
  const open = (): Socket => connect({ port: service.port, host: '127.0.0.1', allowHalfOpen: true });
  const ask: HttpBench['ask'] = async (octets, methods) => {
    const socket = open();
    socket.write(octets);
    return readAnswers(socket, methods);
  };
  const owned = undo.move();
  return {
    root,
    outside,
    service,
    events,
    ask,
    get: async (target, fields = {}, method = 'GET') => {
      const lines = Object.entries({ Host: 'pxe', Connection: 'close', ...fields });
      const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
      const { answers } = await ask(`${method} ${target} HTTP/1.1\r\n${head}\r\n`, [method]);
      const [answer] = answers;
      if (answer === undefined) throw new Error(`no answer to ${method} ${target}`);
      return answer;
    },
    connect: open,
    logged: async (wanted) => {
      for (;;) {
        const event = events.find(wanted);
        if (event !== undefined) return event;
        await once(told, 'event');
      }
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Reads until the server closes, then closes too. */
export async function readAnswers(socket: Socket, methods: readonly string[] = []): Promise<Asked> {
  const pieces: Buffer[] = [];
  socket.on('data', (piece: Buffer) => pieces.push(piece));
  socket.on('error', () => undefined);
  const over = Promise.race([once(socket, 'end'), once(socket, 'close')]);
  await over.catch(() => undefined);
  socket.destroy();
  const octets = Buffer.concat(pieces);
  return { answers: parseAnswers(octets, methods), octets };
}

/** Throws for what is no answer. */
function parseAnswers(octets: Buffer, methods: readonly string[]): readonly Answer[] {
  const asked = [...methods];
  const stream = new HttpStream({ type: 'response', requestMethod: () => asked.shift() });
  const answers: Answer[] = [];
  let head: HttpResponse | undefined;
  let body: Uint8Array[] = [];
  for (const item of [...stream.push(octets), ...stream.end('closed')]) {
    if (item.kind === 'response') {
      head = item;
      body = [];
    } else if (item.kind === 'body') body.push(item.bytes);
    else if (item.kind === 'message-end' && head !== undefined) {
      const { status, headers } = head;
      answers.push({
        status,
        head: Buffer.from(head.head).toString('latin1'),
        header: (name) => httpHeader(headers, name),
        body: Buffer.concat(body),
        complete: item.complete,
      });
    } else if (item.kind === 'error') throw item.error;
    else throw new Error(`wanted an answer, got ${item.kind}: ${octets.toString('latin1')}`);
  }
  return answers;
}
