/** HTTP messages out of one direction of a TCP stream: see http.ts for what comes out, http-library.ts for who reads it. */
import { latin1 } from './bytes.ts';
import { type HttpHeader, type HttpItem, looksLikeHttp } from './http.ts';
import { HttpLibrary, type HttpProblem, headerPairs, type LibraryHead } from './http-library.ts';
import { WireError } from './wire-error.ts';

/** Octets of one head, of what stands between two pieces of a chunked body, or of trailers. */
const MAX_HEAD = 80 * 1024;
/** Gaps in a body are filled with these for the library, which counts octets and does not look at them. */
const FILLER = new Uint8Array(64 * 1024);

export type HttpStreamOptions = {
  readonly type: 'request' | 'response';
  /**
   * Asked once for each final response (not for 1xx): the method of the request it answers, which decides whether a body
   * follows. Undefined, or left out: not HEAD and not CONNECT.
   */
  readonly requestMethod?: () => string | undefined;
  /** The stream begins somewhere inside: skip up to what looks like a message. */
  readonly midStream?: boolean;
};

type Mode = 'messages' | 'lost' | 'tunnel' | 'closed';

export class HttpStream {
  readonly #options: HttpStreamOptions;
  #library: HttpLibrary;
  #mode: Mode;
  /** Position in the stream of the first octet of the chunk that is being read. */
  #chunkAt = 0;
  #chunk: Uint8Array = FILLER;
  #filling = false;
  #items: HttpItem[] = [];
  /** Copies of what earlier chunks had of this head. */
  #headPieces: Uint8Array[] = [];
  #headAt = 0;
  /** Behind the last piece of a body or the last message: what comes since must stay below MAX_HEAD. */
  #progressAt = 0;
  #body: { octets: number; missing: number } | undefined;

  constructor(options: HttpStreamOptions) {
    this.#options = options;
    this.#mode = options.midStream === true ? 'lost' : 'messages';
    this.#library = this.#newLibrary();
  }

  /** Position of the next octet. */
  get position(): number {
    return this.#chunkAt;
  }

  /** Never throws, whatever the octets. Bodies are views of `chunk`; nothing else of it is kept. */
  push(chunk: Uint8Array): readonly HttpItem[] {
    // The inside of a body, which most chunks are: the library would only count its octets.
    if (this.#mode === 'messages' && this.#body !== undefined && chunk.length < (this.#library.bodyLeft ?? 0))
      return chunk.length === 0 ? [] : this.#passBody(this.#body, chunk);
    return this.#collect(() => this.#read(chunk));
  }

  /** So many octets are not known. A body goes on behind them; a head, or what comes after the body, is lost with them. */
  gap(octets: number): readonly HttpItem[] {
    return this.#collect(() => {
      const filled = this.#mode === 'messages' ? Math.min(octets, this.#library.bodyLeft ?? 0) : 0;
      this.#filling = true;
      for (let left = filled; left > 0 && this.#mode === 'messages'; left -= FILLER.length) {
        this.#read(left < FILLER.length ? FILLER.subarray(0, left) : FILLER);
      }
      this.#filling = false;
      if (filled < octets) this.#lose(octets - filled);
    });
  }

  /** The stream ends: `closed` by the peer (FIN), which ends a body without length; or `cut` (RST, end of the capture). */
  end(how: 'closed' | 'cut'): readonly HttpItem[] {
    return this.#collect(() => {
      if (this.#body !== undefined) this.#endMessage(how === 'closed' && this.#library.endsWithConnection);
      else if (this.#mode === 'messages' && this.#chunkAt > this.#headAt && this.#hasPartialHead()) {
        this.#fail('WIRE_TRUNCATED', this.#headAt, this.#library.field, 'the stream ends inside it');
      }
      this.#mode = 'closed';
    });
  }

  /** The other direction has gone over to another protocol (response 101, or 2xx to CONNECT). */
  leaveHttp(): void {
    if (this.#mode !== 'closed') this.#mode = 'tunnel';
  }

  #collect(read: () => void): readonly HttpItem[] {
    this.#items = [];
    if (this.#mode !== 'closed') read();
    return this.#items;
  }

  #newLibrary(): HttpLibrary {
    return new HttpLibrary(this.#options.type, {
      head: (head, nextOctet) => this.#onHead(head, nextOctet),
      body: (bytes, nextOctet) => this.#onBody(bytes, nextOctet),
      trailers: (headers) => this.#items.push({ kind: 'trailers', headers: headerPairs(headers) }),
      end: (nextOctet) => {
        this.#progressAt = this.#chunkAt + nextOctet;
        this.#endMessage(true);
      },
    });
  }

  #read(chunk: Uint8Array): void {
    if (this.#mode === 'lost' && looksLikeHttp(chunk, this.#options.type)) {
      this.#library = this.#newLibrary();
      this.#mode = 'messages';
      this.#headAt = this.#chunkAt;
      this.#progressAt = this.#chunkAt;
    }
    if (this.#mode !== 'messages') {
      this.#skip(chunk.length);
      return;
    }
    this.#chunk = chunk;
    const partialLine = this.#library.partialLine;
    const { read, problem } = this.#library.push(chunk);
    this.#chunk = FILLER;
    if (problem !== undefined) {
      this.#failAt(problem, chunk, read, partialLine);
      return;
    }
    if (this.#library.isInHead && this.#mode === 'messages') {
      this.#headPieces.push(chunk.slice(Math.max(0, this.#headAt - this.#chunkAt)));
    }
    this.#chunkAt += read;
    if (read < chunk.length) this.#skip(chunk.length - read);
    if (this.#library.bodyLeft === undefined && this.#chunkAt - this.#progressAt > MAX_HEAD) {
      this.#fail(
        'WIRE_MALFORMED',
        this.#progressAt,
        this.#library.field,
        `wanted up to ${MAX_HEAD} octets, got more`,
      );
    }
  }

  #onHead(head: LibraryHead, nextOctet: number): 'body' | 'no-body' | 'tunnel' {
    const { at, bytes } = this.#takeHead(nextOctet);
    const headers = headerPairs(head.headers);
    const follows = this.#whatFollows(head);
    const common = {
      at,
      version: `${head.versionMajor}.${head.versionMinor}`,
      headers,
      head: bytes,
      keepAlive: isPersistent(head, headers, this.#options.type === 'request' || follows !== 'body'),
      upgrade: head.upgrade,
    };
    this.#items.push(
      this.#options.type === 'request'
        ? { kind: 'request', method: head.method, target: head.url, ...common }
        : { kind: 'response', status: head.statusCode, reason: head.statusMessage, ...common },
    );
    this.#body = { octets: 0, missing: 0 };
    this.#progressAt = this.#chunkAt + nextOctet;
    if (follows === 'tunnel') this.#mode = 'tunnel';
    return follows;
  }

  /** RFC 9112 §6.3. */
  #whatFollows({ statusCode }: LibraryHead): 'body' | 'no-body' | 'tunnel' {
    if (this.#options.type === 'request') return 'body';
    if (statusCode === 101) return 'tunnel';
    if (statusCode < 200) return 'no-body';
    const method = this.#options.requestMethod?.();
    if (method === 'CONNECT' && statusCode < 300) return 'tunnel';
    return method === 'HEAD' || statusCode === 204 || statusCode === 304 ? 'no-body' : 'body';
  }

  /** The head as sent, without the empty lines that may stand before it (RFC 9112 §2.2). */
  #takeHead(nextOctet: number): { readonly at: number; readonly bytes: Uint8Array } {
    const here = this.#chunk.subarray(Math.max(0, this.#headAt - this.#chunkAt), nextOctet);
    const all = new Uint8Array(Buffer.concat([...this.#headPieces, here]));
    this.#headPieces = [];
    let lead = 0;
    while (all[lead] === 0x0a || (all[lead] === 0x0d && all[lead + 1] === 0x0a))
      lead += all[lead] === 0x0a ? 1 : 2;
    const at = this.#headAt + lead;
    this.#headAt = at;
    return { at, bytes: all.subarray(lead) };
  }

  #passBody(body: { octets: number }, chunk: Uint8Array): readonly HttpItem[] {
    this.#library.passBody(chunk.length);
    this.#chunkAt += chunk.length;
    this.#progressAt = this.#chunkAt;
    body.octets += chunk.length;
    return [{ kind: 'body', bytes: plain(chunk) }];
  }

  #onBody(bytes: Uint8Array, nextOctet: number): void {
    this.#progressAt = this.#chunkAt + nextOctet;
    if (this.#body === undefined || bytes.length === 0) return;
    this.#body.octets += bytes.length;
    const last = this.#items.at(-1);
    if (!this.#filling) {
      // A Buffer is what the library makes of the chunk; what we were given is a plain view.
      this.#items.push({ kind: 'body', bytes: plain(bytes) });
      return;
    }
    this.#body.missing += bytes.length;
    if (last?.kind === 'body-gap') this.#items.pop();
    this.#items.push({
      kind: 'body-gap',
      octets: bytes.length + (last?.kind === 'body-gap' ? last.octets : 0),
    });
  }

  #endMessage(complete: boolean): void {
    if (this.#body === undefined) return;
    this.#items.push({ kind: 'message-end', complete, ...this.#body });
    this.#body = undefined;
    this.#headAt = this.#progressAt;
  }

  #lose(octets: number): void {
    this.#endMessage(false);
    if (this.#mode === 'messages') this.#mode = 'lost';
    this.#headPieces = [];
    this.#skip(octets);
  }

  #skip(octets: number): void {
    this.#chunkAt += octets;
    if (octets > 0) this.#items.push({ kind: 'skipped', octets });
  }

  /** Only empty lines so far are no head. */
  #hasPartialHead(): boolean {
    return this.#headPieces.some((piece) => piece.some((octet) => octet !== 0x0a && octet !== 0x0d));
  }

  #failAt(refused: HttpProblem, chunk: Uint8Array, read: number, partialLine: number): void {
    const { field, problem } = refused;
    if (field === 'Content-Length') {
      this.#fail('WIRE_MALFORMED', this.#headAt, field, problem ?? 'wanted digits');
      return;
    }
    // `read` is behind the line that was refused; it began behind the line feed before, or behind a piece of body.
    const floor = Math.max(0, this.#progressAt - this.#chunkAt);
    const lineFeed = read < 2 ? -1 : chunk.lastIndexOf(0x0a, read - 2);
    const start = Math.max(floor, lineFeed + 1);
    const at = start === 0 ? this.#chunkAt - partialLine : this.#chunkAt + start;
    const line = JSON.stringify(latin1(chunk.subarray(start, Math.min(read, start + 60))));
    this.#fail('WIRE_MALFORMED', at, field, problem ?? `wanted what RFC 9112 describes, got ${line}`);
  }

  #fail(code: 'WIRE_MALFORMED' | 'WIRE_TRUNCATED', at: number, field: string, problem: string): void {
    this.#endMessage(false);
    this.#items.push({ kind: 'error', error: new WireError(code, at, field, problem) });
    this.#mode = 'closed';
  }
}

function plain(bytes: Uint8Array): Uint8Array {
  return bytes instanceof Buffer ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length) : bytes;
}

/** RFC 9112 §9.3: 1.1 goes on unless told to close, 1.0 only when told to keep alive; a body without length closes too. */
function isPersistent(head: LibraryHead, headers: readonly HttpHeader[], delimited: boolean): boolean {
  const values = (name: string): string[] =>
    headers.filter(([header]) => header.toLowerCase() === name).map(([, value]) => value.toLowerCase());
  const tokens = values('connection').flatMap((value) => value.split(',').map((token) => token.trim()));
  const wanted =
    head.versionMajor > 1 || head.versionMinor > 0
      ? !tokens.includes('close')
      : tokens.includes('keep-alive');
  return (
    wanted &&
    (delimited || values('content-length').length > 0 || values('transfer-encoding').includes('chunked'))
  );
}
