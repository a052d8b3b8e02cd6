import { latin1 } from '../../wire/bytes.ts';
import type { Tcp } from '../../wire/tcp.ts';

/** What iPXE's `params` and the like take is some hundred octets; more than this would need a window of its own to send again. */
const LONGEST = 32 * 1024;
/** Connections whose bodies are kept at once: a capture may have millions. */
const MOST = 200;
const SPACE = 2 ** 32;
const WITH_BODY = /^(POST|PUT|PATCH) /;
const HEAD_ENDS = '\r\n\r\n';

type Request = { readonly frame: number; readonly seq: number; readonly segments: Map<number, Uint8Array> };

/** The bodies of HTTP requests, as they were on the wire: a story does not keep them. */
export class RequestBodies {
  readonly #requests = new Map<string, Request[]>();
  #count = 0;

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** A segment from the client. It is copied where it is kept. `key`: of its connection. */
  segment(key: string, { seq, payload }: Pick<Tcp, 'seq' | 'payload'>, frame: number): void {
    if (payload.length === 0) return;
    const requests = this.#requests.get(key);
    if (WITH_BODY.test(latin1(payload.subarray(0, 6))) && !requests?.some((one) => one.seq === seq)) {
      if (this.#count >= MOST) return;
      this.#count++;
      this.#requests.set(key, [...(requests ?? []), { frame, seq, segments: new Map() }]);
    }
    const request = this.#requests.get(key)?.at(-1);
    if (request === undefined) return;
    const at = (seq - request.seq + SPACE) % SPACE;
    if (at < LONGEST && !request.segments.has(at)) request.segments.set(at, payload.slice());
  }

  /** The body of the request that began in this frame, transfer coding included; undefined where not all of it is there. */
  bodyOf(key: string, frame: number): Uint8Array | undefined {
    const request = this.#requests.get(key)?.find((one) => one.frame === frame);
    if (request === undefined) return undefined;
    const octets = latin1(inOrder(request.segments));
    const headEnds = octets.indexOf(HEAD_ENDS);
    if (headEnds < 0) return undefined;
    const head = octets.slice(0, headEnds + 2);
    const rest = octets.slice(headEnds + HEAD_ENDS.length);
    const length = /\r\nTransfer-Encoding:[^\r]*chunked/i.test(head)
      ? chunkedLength(rest)
      : Number(/\r\nContent-Length:[ \t]*(\d+)[ \t]*\r\n/i.exec(head)?.[1] ?? 0);
    if (length === undefined || length > rest.length) return undefined;
    return Uint8Array.from(Buffer.from(rest.slice(0, length), 'latin1'));
  }
}

/** Up to the first gap. */
function inOrder(segments: ReadonlyMap<number, Uint8Array>): Uint8Array {
  let whole: Uint8Array = new Uint8Array(0);
  for (const [at, bytes] of [...segments].sort(([a], [b]) => a - b)) {
    if (at > whole.length) break;
    if (at + bytes.length > whole.length) whole = Buffer.concat([whole, bytes.subarray(whole.length - at)]);
  }
  return whole;
}

/** Octets of a chunked body (RFC 9112 §7.1), trailers included. */
function chunkedLength(text: string): number | undefined {
  let at = 0;
  for (;;) {
    const size = /^([0-9a-f]{1,7})[^\r\n]*\r\n/i.exec(text.slice(at, at + 300));
    if (size === null) return undefined;
    const octets = Number.parseInt(size[1] ?? '', 16);
    at += size[0].length;
    if (octets > 0) {
      at += octets + 2;
      continue;
    }
    const trailers = /^(?:[^\r\n]+\r\n)*\r\n/.exec(text.slice(at));
    return trailers === null ? undefined : at + trailers[0].length;
  }
}
