import type { Socket } from 'node:net';
import type { FileSenders } from '../../os/file-sender.ts';
import type { ServerEvent } from '../event.ts';
import { formatReplyHead } from '../http/reply-head.ts';
import { type RequestHead, readRequestHead } from '../http/request-head.ts';
import type { HttpAnswer } from './answer-http.ts';
import type { Clock } from './clock.ts';
import type { HttpGuest } from './http-guests.ts';
import type { HttpLimits } from './http-limits.ts';
import { bodyLength, type Sent, sendAtOnce, sendInPieces, sendStream } from './http-send.ts';
import type { HttpTransfer } from './http-transfers.ts';

export type ConnectionDeps = {
  readonly answer: (request: RequestHead, client: string) => HttpAnswer;
  readonly refuse: (status: number, because: string) => HttpAnswer;
  readonly limits: () => HttpLimits;
  readonly log: (event: ServerEvent) => void;
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  readonly wallClock: () => number;
  readonly senders: FileSenders;
  readonly transfers: Set<HttpTransfer>;
};

/** An answer up to this size is read and written at once: one packet, no wait. */
const SMALL_OCTETS = 32 * 1024;
/** A body is of no use here: what is not longer is read past, so that the connection can go on. */
const MAX_BODY_OCTETS = 64 * 1024;
/** What a client may send ahead of the answer it waits for. */
const MAX_PENDING_OCTETS = 64 * 1024;
const NOTHING = Buffer.alloc(0);

/**
 * next: between two requests. head: some of one is there. answering: the answer is on its way; what comes meanwhile
 * waits its turn (pipelining, RFC 9112 §9.3.2). closing: the last answer is out, and the client may read it (§9.6).
 */
type Phase = 'next' | 'head' | 'answering' | 'closing' | 'closed';

/** One connection, TLS or not, from its first octet to its last. */
export class HttpConnection implements HttpGuest {
  readonly address: string;
  readonly #client: string;
  readonly #socket: Socket;
  readonly #deps: ConnectionDeps;
  #phase: Phase = 'next';
  #deadline: number;
  #pending: Buffer = NOTHING;
  /** Octets of a body that are still to be read past. */
  #skip = 0;
  #inputEnded = false;
  /** Why this side gave up. */
  #fault: string | undefined;
  #advancing = false;

  constructor(socket: Socket, address: string, deps: ConnectionDeps) {
    this.#socket = socket;
    this.#deps = deps;
    this.address = address;
    this.#client = `${address}:${socket.remotePort}`;
    this.#deadline = deps.clock.now() + deps.limits().headMs;
    socket.on('data', (chunk: Buffer) => this.#received(chunk));
    socket.on('end', () => this.#ended());
    socket.on('close', () => {
      this.#phase = 'closed';
      this.#pending = NOTHING;
    });
    // What broke shows in what follows: 'close', and in the transfer under way.
    socket.on('error', () => undefined);
  }

  get deadline(): number {
    return this.#deadline;
  }

  get isIdle(): boolean {
    return this.#phase === 'next' || this.#phase === 'head';
  }

  expire(): void {
    if (this.#phase === 'answering') {
      const seconds = this.#deps.limits().stallMs / 1000;
      // The second is what it is where the first large segments of every transfer are lost: a tunnel, a jumbo frame.
      this.#fault = `the client took nothing for ${seconds} s: it is gone, or large packets do not reach it (http.max-segment)`;
    }
    if (this.#phase !== 'head') {
      this.evict();
      return;
    }
    this.#badInput('the head of a request took too long');
    this.#refuse(408, 'the request took too long');
  }

  evict(): void {
    this.#socket.destroy();
  }

  #received(chunk: Buffer): void {
    // What comes behind the last answer is read, or the client's system would take the answer back (RFC 9112 §9.6).
    if (this.#phase === 'closing' || this.#phase === 'closed') return;
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    if (this.#phase !== 'answering') this.#advance();
    else if (this.#pending.length > MAX_PENDING_OCTETS) this.#socket.pause();
  }

  #ended(): void {
    this.#inputEnded = true;
    if (this.isIdle) this.#close();
  }

  /** Answers what is there, as long as answers can be given at once. */
  #advance(): void {
    if (this.#advancing) return;
    this.#advancing = true;
    while (this.isIdle && this.#readNext());
    this.#advancing = false;
    if (this.#inputEnded && this.isIdle) this.#close();
  }

  /** False: there is no whole request. */
  #readNext(): boolean {
    const skipped = Math.min(this.#skip, this.#pending.length);
    this.#skip -= skipped;
    if (skipped > 0) this.#pending = this.#pending.subarray(skipped);
    if (this.#pending.length === 0) return false;
    const read = readRequestHead(this.#pending);
    switch (read.kind) {
      case 'more':
        // Each head has its time from its first octet on; more octets give it no more of it.
        if (this.#phase === 'next') this.#wait('head', this.#deps.limits().headMs);
        return false;
      case 'refused':
        this.#badInput(read.because);
        this.#refuse(read.status, read.because);
        return true;
      case 'request':
        this.#pending = this.#pending.subarray(read.end);
        this.#answer(read.request);
        return true;
      default:
        return read satisfies never;
    }
  }

  #answer(request: RequestHead): void {
    const tooLong = request.bodyOctets > MAX_BODY_OCTETS;
    const answer = tooLong
      ? this.#deps.refuse(413, `wanted no body, got one of ${request.bodyOctets} octets`)
      : this.#answerTo(request);
    // RFC 9110 §10.1.1: a client that waits for "100 Continue" gets the answer in its place, and may then send the body or not.
    const unclear = request.bodyOctets > 0 && request.fields.has('expect');
    const keepAlive = request.keepAlive && !tooLong && !unclear && answer.kind !== 'stream';
    if (keepAlive) this.#skip = request.bodyOctets;
    // Said where the client said anything, and where HTTP/1.0 needs it.
    const connection = keepAlive ? (request.fields.has('connection') ? 'keep-alive' : undefined) : 'close';
    this.#send(request, answer, keepAlive, formatReplyHead(answer, connection, this.#deps.wallClock()));
  }

  #answerTo(request: RequestHead): HttpAnswer {
    try {
      return this.#deps.answer(request, this.#client);
    } catch (error) {
      // A fault of this program: one client loses one answer, and the operator hears of it.
      this.#badInput(`a mistake of this server: ${String(error)}`);
      return this.#deps.refuse(500, 'the server made a mistake');
    }
  }

  #refuse(status: number, because: string): void {
    const answer = this.#deps.refuse(status, because);
    this.#send(undefined, answer, false, formatReplyHead(answer, 'close', this.#deps.wallClock()));
  }

  #send(request: RequestHead | undefined, answer: HttpAnswer, keepAlive: boolean, head: string): void {
    const began = this.#deps.clock.now();
    this.#wait('answering', this.#deps.limits().stallMs);
    const done: Sent = (octets, problem) => {
      const because = problem && (this.#fault ?? problem);
      if (request !== undefined) {
        const seconds = (this.#deps.clock.now() - began) / 1000;
        this.#deps.log({
          stage: 'http',
          client: this.#client,
          did: `${request.method} ${request.target}`,
          status: answer.status,
          octets,
          seconds,
          ...(because === undefined ? {} : { because }),
        });
        answer.afterwards?.();
      }
      if (because !== undefined) this.#socket.destroy();
      else if (keepAlive) this.#next();
      else this.#close();
    };
    if (answer.kind === 'stream') {
      this.#deadline = Number.POSITIVE_INFINITY;
      sendStream(this.#socket, head, answer, done);
    } else if (bodyLength(answer.body) <= SMALL_OCTETS) sendAtOnce(this.#socket, head, answer, done);
    else void this.#transfer(answer, head, request?.target ?? '', done);
  }

  async #transfer(answer: BodyAnswer, head: string, path: string, done: Sent): Promise<void> {
    const { transfers, wallClock, senders, limits } = this.#deps;
    const size = bodyLength(answer.body);
    const transfer = { client: this.#client, path, octets: 0, size, since: wallClock() };
    transfers.add(transfer);
    const because = await sendInPieces(this.#socket, head, answer, senders, (octets) => {
      transfer.octets += octets;
      this.#wait('answering', limits().stallMs);
    });
    transfers.delete(transfer);
    done(transfer.octets, because);
  }

  #next(): void {
    if (this.#phase === 'closed') return;
    this.#wait('next', this.#deps.limits().idleMs);
    if (this.#socket.isPaused()) this.#socket.resume();
    this.#advance();
  }

  #close(): void {
    if (this.#phase === 'closed') return;
    this.#pending = NOTHING;
    this.#wait('closing', this.#deps.limits().lingerMs);
    this.#socket.end();
    if (this.#socket.isPaused()) this.#socket.resume();
  }

  #wait(phase: Phase, ms: number): void {
    if (this.#phase === 'closed') return;
    this.#phase = phase;
    this.#deadline = this.#deps.clock.now() + ms;
  }

  #badInput(because: string): void {
    this.#deps.log({ stage: 'bad-input', protocol: 'HTTP', client: this.address, because });
  }
}

type BodyAnswer = Extract<HttpAnswer, { kind: 'body' }>;
