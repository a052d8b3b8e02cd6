import { createHash } from 'node:crypto';
import { latin1 } from '../../wire/bytes.ts';
import type { HttpItem, HttpResponse } from '../../wire/http.ts';
import { HttpStream } from '../../wire/http-stream.ts';
import type { HttpGiven } from './compare-http.ts';

/** Octets of a body that are compared line by line: as many as a story keeps. */
const SHORT_BODY = 4096;

/** One answer, out of the octets of a connection. */
export class HttpRead {
  readonly #stream: HttpStream;
  readonly #hash = createHash('sha256');
  #head: HttpResponse | undefined;
  #text: string | undefined = '';
  #octets = 0;
  /** Set at the end: whether it came whole. */
  complete: boolean | undefined;
  /** Why it cannot be read any further. */
  problem: string | undefined;

  constructor(method: string) {
    this.#stream = new HttpStream({ type: 'response', requestMethod: () => method });
  }

  push(bytes: Uint8Array): void {
    this.#take(this.#stream.push(bytes));
  }

  end(how: 'closed' | 'cut'): void {
    this.#take(this.#stream.end(how));
    this.complete ??= false;
  }

  /** Undefined before the head has come. */
  get given(): HttpGiven | undefined {
    if (this.#head === undefined) return undefined;
    const complete = this.complete === true;
    const { status, headers } = this.#head;
    return {
      ...{ status, headers, octets: this.#octets, complete },
      sha256: complete ? this.#hash.copy().digest('hex') : undefined,
      text: complete ? this.#text : undefined,
    };
  }

  #take(items: readonly HttpItem[]): void {
    for (const item of items) {
      if (this.complete !== undefined) return;
      switch (item.kind) {
        case 'response':
          // 1xx: the final response is still to come (RFC 9110 §15.2).
          if (item.status >= 200) this.#head = item;
          break;
        case 'body':
          this.#hash.update(item.bytes);
          this.#octets += item.bytes.length;
          if (this.#text !== undefined)
            this.#text = this.#octets > SHORT_BODY ? undefined : this.#text + latin1(item.bytes);
          break;
        case 'message-end':
          if (this.#head !== undefined) this.complete = item.complete;
          break;
        case 'error':
          this.problem = item.error.message;
          this.complete = false;
          break;
        case 'body-gap':
        case 'request':
        case 'skipped':
        case 'trailers':
          break;
        default:
          item satisfies never;
      }
    }
  }
}
