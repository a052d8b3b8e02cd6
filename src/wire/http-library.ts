/**
 * http-parser-js 0.5 behind a door: types for what it keeps to itself, and guards for what it would take without a word.
 * It reads `Content-Length: -5` and a chunk size of -5 as a step backwards, for ever; a length that is no number as one; and it
 * waits for the body that a 304 with a length does not have. Only http-stream.ts uses this.
 */
import { HTTPParser } from 'http-parser-js';
import type { HttpHeader } from './http.ts';

// The library's default, ASCII, drops the highest bit: what a packet says is not ASCII.
HTTPParser.encoding = 'latin1';
// It counts a chunk that ends between messages as a head, bodies and all. http-stream.ts has its own limit.
HTTPParser.maxHeaderSize = Number.POSITIVE_INFINITY;

export type LibraryHead = {
  readonly versionMajor: number;
  readonly versionMinor: number;
  /** Names and values, alternating. */
  readonly headers: readonly string[];
  readonly method: string;
  readonly url: string;
  readonly statusCode: number;
  readonly statusMessage: string;
  /** Of a request: it asks for another protocol. Of a response: it is a 101 that goes over to it. */
  readonly upgrade: boolean;
};

export type LibraryEvents = {
  /**
   * `nextOctet`: index in the chunk, behind the head. Returns what follows: the body that the headers speak of, no body whatever
   * they say, or octets that are HTTP no more.
   */
  readonly head: (head: LibraryHead, nextOctet: number) => 'body' | 'no-body' | 'tunnel';
  readonly body: (bytes: Uint8Array, nextOctet: number) => void;
  readonly trailers: (headers: readonly string[]) => void;
  readonly end: (nextOctet: number) => void;
};

/** Why the library, or a guard, stopped. `problem` is worded "wanted X, got Y"; without one the line itself says it. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem';
  readonly field: string;
  readonly problem: string | undefined;

  constructor(field: string, problem?: string, cause?: unknown) {
    super(problem ?? field, { cause });
    this.field = field;
    this.problem = problem;
  }
}

type State =
  | 'REQUEST_LINE'
  | 'RESPONSE_LINE'
  | 'HEADER'
  | 'BODY_CHUNKHEAD'
  | 'BODY_CHUNK'
  | 'BODY_CHUNKEMPTYLINE'
  | 'BODY_CHUNKTRAILERS'
  | 'BODY_RAW'
  | 'BODY_SIZED';

/** What the library's instances have and its types leave out. */
type Parser = {
  state: State;
  offset: number;
  line: string;
  info: { upgrade: boolean };
  body_bytes: number | null;
  execute(chunk: Buffer): number | Error;
  consumeLine(): string | undefined;
  onHeadersComplete: (head: LibraryHead) => number;
  onBody: (bytes: Buffer) => void;
  onHeaders: (headers: string[]) => void;
  onMessageComplete: () => void;
  BODY_CHUNKHEAD(): void;
};

const FIELD: Readonly<Record<State, string>> = {
  REQUEST_LINE: 'request line',
  RESPONSE_LINE: 'status line',
  HEADER: 'header',
  BODY_CHUNKHEAD: 'chunk size',
  BODY_CHUNK: 'chunk',
  BODY_CHUNKEMPTYLINE: 'end of chunk',
  BODY_CHUNKTRAILERS: 'trailer',
  BODY_RAW: 'body',
  BODY_SIZED: 'body',
};

export class HttpLibrary {
  readonly #parser: Parser;

  constructor(type: 'request' | 'response', events: LibraryEvents) {
    const parser = new HTTPParser(
      type === 'request' ? HTTPParser.REQUEST : HTTPParser.RESPONSE,
    ) as unknown as Parser;
    this.#parser = parser;
    parser.onHeadersComplete = (head) => {
      checkContentLength(head.headers);
      const follows = events.head(head, parser.offset);
      // The library would stop behind a request that only asks for an upgrade, and go on behind the answer to CONNECT.
      parser.info.upgrade = follows === 'tunnel';
      return follows === 'body' ? 0 : 1;
    };
    parser.onBody = (bytes) => events.body(bytes, parser.offset + bytes.length);
    parser.onHeaders = (headers) => events.trailers(headers);
    parser.onMessageComplete = () => events.end(parser.offset);
    const readChunkHead = parser.BODY_CHUNKHEAD.bind(parser);
    parser.BODY_CHUNKHEAD = () => {
      // The library's parseInt takes -5 for a size and "x" for the last chunk: look at the line before it does.
      const consumeLine = parser.consumeLine.bind(parser);
      parser.consumeLine = () => {
        const line = consumeLine();
        if (line !== undefined) checkChunkSize(line);
        return line;
      };
      try {
        readChunkHead();
      } finally {
        parser.consumeLine = consumeLine;
      }
    };
  }

  /** What of the current line was pushed before. */
  get partialLine(): number {
    return this.#parser.line.length;
  }

  get isBetweenMessages(): boolean {
    const { state } = this.#parser;
    return state === 'REQUEST_LINE' || state === 'RESPONSE_LINE';
  }

  get isInHead(): boolean {
    return this.isBetweenMessages || this.#parser.state === 'HEADER';
  }

  /** True where the end of the connection ends the message. */
  get endsWithConnection(): boolean {
    return this.#parser.state === 'BODY_RAW';
  }

  /** What is being read, as the specification calls it. */
  get field(): string {
    return FIELD[this.#parser.state];
  }

  /** Octets of the body that may come before anything else can: undefined where it is not inside a body. */
  get bodyLeft(): number | undefined {
    const { state, body_bytes: left } = this.#parser;
    if (state === 'BODY_RAW') return Number.POSITIVE_INFINITY;
    return (state === 'BODY_SIZED' || state === 'BODY_CHUNK') && left !== null ? left : undefined;
  }

  /** So many octets of the body, fewer than are left of it, were read without the library. */
  passBody(octets: number): void {
    const { body_bytes: left } = this.#parser;
    if (left !== null) this.#parser.body_bytes = left - octets;
  }

  /** Octets read, all of them but behind an upgrade; or the problem, and the index in the chunk behind what was read. */
  push(chunk: Uint8Array): { readonly read: number; readonly problem?: HttpProblem } {
    const result = this.#execute(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    const read = this.#parser.offset;
    if (!(result instanceof Error)) return { read: result };
    if (result instanceof HttpProblem) return { read, problem: result };
    return { read, problem: new HttpProblem(this.field, undefined, result) };
  }

  #execute(chunk: Buffer): number | Error {
    try {
      return this.#parser.execute(chunk);
    } catch (error) {
      // Thrown by a guard inside a callback, which the library lets through. Anything else is a bug.
      if (error instanceof HttpProblem) return error;
      throw error;
    }
  }
}

function checkContentLength(headers: readonly string[]): void {
  for (let i = 0; i < headers.length; i += 2) {
    const value = headers[i + 1] ?? '';
    if (headers[i]?.toLowerCase() === 'content-length' && !/^\d{1,15}$/.test(value)) {
      throw new HttpProblem('Content-Length', `wanted digits, got ${JSON.stringify(value)}`);
    }
  }
}

/** RFC 9112 §7.1: hexadecimal digits, then extensions. Thirteen digits are as far as numbers are exact. */
function checkChunkSize(line: string): void {
  if (!/^[0-9a-fA-F]{1,13}[ \t]*(;|$)/.test(line)) {
    throw new HttpProblem(
      'chunk size',
      `wanted hexadecimal digits, got ${JSON.stringify(line.slice(0, 40))}`,
    );
  }
}

export function headerPairs(flat: readonly string[]): readonly HttpHeader[] {
  return Array.from(
    { length: flat.length / 2 },
    (_, i): HttpHeader => [flat[2 * i] ?? '', flat[2 * i + 1] ?? ''],
  );
}
