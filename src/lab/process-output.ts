import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

export type OutputListener = (text: string) => void;

export interface ProcessOutput {
  /** The end of what was written so far, stdout and stderr in the order they came. */
  readonly recent: () => string;
  /** Hands over what is kept, then all that comes. */
  readonly listen: (listener: OutputListener) => Disposable;
}

/** Enough for the log of a boot; a server that writes more keeps its end. */
const KEPT_CHARACTERS = 65_536;

/** Reads the streams for good, so that a process never waits because nobody reads its pipe. */
export function keepOutput(streams: readonly (Readable | null)[]): ProcessOutput {
  let kept = '';
  const listeners = new Set<OutputListener>();
  for (const stream of streams) {
    // A character may be cut between two chunks.
    const decoder = new StringDecoder('utf8');
    stream?.on('data', (chunk: Buffer) => {
      const text = decoder.write(chunk);
      kept = (kept + text).slice(-KEPT_CHARACTERS);
      for (const listener of listeners) listener(text);
    });
    // The other end is gone: the process's end says why.
    stream?.on('error', () => {});
  }
  return {
    recent: () => kept,
    listen: (listener) => {
      if (kept !== '') listener(kept);
      listeners.add(listener);
      return { [Symbol.dispose]: () => void listeners.delete(listener) };
    },
  };
}
