import type { Hash } from 'node:crypto';
import { latin1 } from '../wire/bytes.ts';
import type { HttpItem, HttpRequest, HttpResponse as ResponseHead } from '../wire/http.ts';
import { HttpStream } from '../wire/http-stream.ts';
import type { StreamItem } from '../wire/tcp-reassembly.ts';
import { contentHash } from './content-hash.ts';
import type { EventSlot, StoryDraft, WithoutStage } from './draft.ts';
import type { Endpoint, HttpEvent, HttpResponse, Stage } from './event.ts';
import { ProgramHead } from './program-head.ts';

/** Octets of a response body that are kept as text. */
export const SHORT_BODY = 4096;
/** Requests that may wait for their answers at once: the oldest is given up when there are more. */
const OPEN_REQUESTS = 1_000;

/** The frame that carried some octets. */
export type Seen = { readonly frame: number; readonly timeNs: bigint };
export type Side = 'client' | 'server';

type Exchange = {
  readonly slot: EventSlot;
  readonly stage: Stage;
  event: WithoutStage<HttpEvent>;
  /** Of the response body; undefined before the response, and once octets of it are missing. */
  hash: Hash | undefined;
  readonly head: ProgramHead;
  /** The body so far; undefined once it is too long to keep, or has a hole. */
  text: string | undefined;
};

/** The HTTP requests of one connection, each with its response: an event apiece. */
export class HttpExchanges {
  readonly #draft: StoryDraft;
  readonly #client: Endpoint;
  readonly #server: Endpoint;
  readonly #streams: Readonly<Record<Side, HttpStream>>;
  /** Requests whose response is not complete, oldest first: responses come in their order (RFC 9112 §9.3.2). */
  readonly #open: Exchange[] = [];

  /** `midStream`: the capture begins inside the connection. */
  constructor(draft: StoryDraft, client: Endpoint, server: Endpoint, midStream: boolean) {
    this.#draft = draft;
    this.#client = client;
    this.#server = server;
    this.#streams = {
      client: new HttpStream({ type: 'request', midStream }),
      server: new HttpStream({
        type: 'response',
        midStream,
        requestMethod: () => this.#open[0]?.event.method,
      }),
    };
  }

  hear(from: Side, item: StreamItem<Seen>, seen: Seen): void {
    const stream = this.#streams[from];
    switch (item.kind) {
      case 'data':
        this.#take(from, stream.push(item.bytes), seen);
        break;
      case 'gap':
        if (from === 'server') this.#misses(item.to - item.from);
        this.#take(from, stream.gap(item.to - item.from), seen);
        break;
      case 'end':
        this.#take(from, stream.end(item.by === 'fin' ? 'closed' : 'cut'), seen);
        break;
      default:
        item satisfies never;
    }
  }

  /** The connection is over: what is open stays without the rest of its answer. */
  finish(seen: Seen): void {
    for (const side of ['client', 'server'] as const) this.#take(side, this.#streams[side].end('cut'), seen);
  }

  #take(from: Side, items: readonly HttpItem[], seen: Seen): void {
    // A request's body may come in other segments than its head: what counts is who sent it.
    const answers = from === 'server';
    for (const item of items) {
      switch (item.kind) {
        case 'request':
          this.#request(item, seen);
          break;
        case 'response':
          this.#response(item, seen);
          break;
        case 'body':
          if (answers) this.#responseBody(item.bytes);
          break;
        case 'body-gap':
          if (answers) this.#forgetBody();
          break;
        case 'message-end':
          if (answers) this.#responseEnd(item, seen);
          break;
        case 'error':
          this.#draft.addUnreadable('HTTP', item.error, { number: seen.frame, timeNs: seen.timeNs });
          break;
        case 'skipped':
          if (from === 'server') this.#skipped(item.octets, seen);
          else this.#giveUpSkipped();
          break;
        case 'trailers':
          break;
        default:
          item satisfies never;
      }
    }
  }

  /** Something more is asked for: those whose answers were not captured have had them. */
  #giveUpSkipped(): void {
    for (let [oldest] = this.#open; isSkipped(oldest); [oldest] = this.#open) this.#open.shift();
  }

  #request({ method, target, version, headers }: HttpRequest, seen: Seen): void {
    this.#giveUpSkipped();
    const event: WithoutStage<HttpEvent> = {
      kind: 'http',
      timeNs: seen.timeNs,
      endNs: seen.timeNs,
      frames: [seen.frame],
      method,
      target,
      version,
      headers,
      client: this.#client,
      server: this.#server,
      response: undefined,
      skipped: 0,
    };
    this.#open.push({
      slot: this.#draft.add(event),
      stage: this.#draft.stage,
      event,
      hash: undefined,
      head: new ProgramHead(),
      text: '',
    });
    if (this.#open.length > OPEN_REQUESTS) this.#open.shift();
  }

  /** Of a body without a length nobody knows where it ends then. */
  #misses(octets: number): void {
    const exchange = this.#open[0];
    if (exchange?.event.response === undefined) return;
    exchange.event = { ...exchange.event, skipped: exchange.event.skipped + octets };
  }

  /** The answer came, and the capture does not hold its header. */
  #skipped(octets: number, { frame, timeNs }: Seen): void {
    const exchange = this.#open[0];
    if (exchange === undefined || exchange.event.response !== undefined) return;
    const isNew = exchange.event.skipped === 0;
    const first = exchange.event.frames[0] ?? frame;
    const skipped = exchange.event.skipped + octets;
    exchange.event = { ...exchange.event, skipped, endNs: timeNs, frames: [first, frame] };
    if (isNew) exchange.slot.replace({ ...exchange.event, stage: exchange.stage });
  }

  #response({ status, reason, headers }: ResponseHead, seen: Seen): void {
    // 1xx: the final response is still to come (RFC 9110 §15.2).
    if (status < 200) return;
    const exchange = this.#open[0];
    if (exchange !== undefined && this.#draft.contents === 'hashed') exchange.hash = contentHash();
    this.#publish(seen, {
      status,
      reason,
      headers,
      octets: 0,
      sha256: undefined,
      program: undefined,
      text: undefined,
      complete: false,
      frame: seen.frame,
    });
  }

  #responseBody(bytes: Uint8Array): void {
    const exchange = this.#open[0];
    if (exchange === undefined) return;
    exchange.hash?.update(bytes);
    exchange.head.push(bytes);
    if (exchange.text === undefined) return;
    const longer = exchange.text.length + bytes.length > SHORT_BODY;
    exchange.text = longer ? undefined : exchange.text + latin1(bytes);
  }

  /** Octets are missing: what is left of the body says nothing about the whole. */
  #forgetBody(): void {
    const exchange = this.#open[0];
    if (exchange === undefined) return;
    exchange.hash = undefined;
    exchange.head.forget();
    exchange.text = undefined;
  }

  #responseEnd({ complete, octets, missing }: Extract<HttpItem, { kind: 'message-end' }>, seen: Seen): void {
    const exchange = this.#open[0];
    const response = exchange?.event.response;
    if (exchange === undefined || response === undefined) return;
    const whole = missing === 0 && complete;
    const sha256 = whole ? exchange.hash?.digest('hex') : undefined;
    const text = whole ? exchange.text : undefined;
    const program = exchange.head.header(true);
    this.#publish(seen, { ...response, octets, complete, sha256, program, text });
    this.#open.shift();
    if (complete) this.#draft.hasFetched = true;
  }

  #publish({ frame, timeNs }: Seen, response: HttpResponse): void {
    const exchange = this.#open[0];
    if (exchange === undefined) return;
    const first = exchange.event.frames[0] ?? frame;
    exchange.event = { ...exchange.event, endNs: timeNs, frames: [first, frame], response };
    exchange.slot.replace({ ...exchange.event, stage: exchange.stage });
  }
}

function isSkipped(exchange: Exchange | undefined): boolean {
  return exchange !== undefined && exchange.event.response === undefined && exchange.event.skipped > 0;
}
