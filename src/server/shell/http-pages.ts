import type { HeaderField } from '../http/reply-head.ts';

/**
 * Pages that the server makes itself, beside the folder and boot2: figures, a live view. Asked before anything else, for
 * GET and HEAD; undefined: not one of them.
 */
export type HttpPages = (request: PageRequest) => HttpPage | undefined;

export type PageRequest = {
  /** Decoded once. */
  readonly path: string;
  /** As it came, without the `?`. */
  readonly query: string;
  /** Address and port. */
  readonly client: string;
};

export type HttpPage = { readonly contentType: string; readonly fields?: readonly HeaderField[] } & (
  | { readonly kind: 'reply'; readonly status: number; readonly body: string | Uint8Array }
  /** Server-sent events and the like: it goes on until the client leaves, or `send` says that it does not keep up. */
  | { readonly kind: 'stream'; readonly open: (stream: PageStream) => Disposable }
);

export type PageStream = {
  /** False: the client is gone, or so far behind that it was sent away. */
  readonly send: (text: string) => boolean;
};
