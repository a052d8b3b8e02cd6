import { WireError } from '../wire/wire-error.ts';
import type { CaptureBatch, CaptureEnding, CaptureItem, CaptureNote } from './capture-item.ts';
import { CaptureParser } from './capture-parser.ts';
import type { Frame } from './frame.ts';
import { GunzipError, gunzip } from './gunzip.ts';

const GZIP_MAGIC = [0x1f, 0x8b] as const;

/**
 * Reads a pcap or pcapng file, or either within gzip, as it comes: what a chunk of the source completes is yielded
 * before the next chunk is asked for, so that a pipe from a running capture works too. Memory is bounded by the
 * chunks' size and the largest record, not by the file.
 *
 * Whatever the bytes, it does not throw: the last batch has an `ending` that says how far it got. Errors of the source
 * (a disk that fails) pass through. The source must not write again to a chunk it has handed over: frames are views.
 */
export async function* readCaptureBatches(
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<CaptureBatch, void> {
  const parser = new CaptureParser();
  let problem: WireError | undefined;
  try {
    for await (const chunk of unpacked(source)) {
      const batch = parser.push(chunk);
      if (batch.frames.length > 0 || batch.notes.length > 0 || batch.ending !== undefined) yield batch;
      if (batch.ending !== undefined) return;
    }
  } catch (error) {
    if (!(error instanceof GunzipError)) throw error;
    const code = error.code === 'GZIP_TRUNCATED' ? 'WIRE_TRUNCATED' : 'WIRE_MALFORMED';
    problem = new WireError(code, parser.length, 'gzip stream', error.message);
    problem.cause = error;
  }
  yield parser.end(problem);
}

/** The same one by one, the ending last. For large files use readCaptureBatches: it is several times as fast. */
export async function* readCapture(source: AsyncIterable<Uint8Array>): AsyncGenerator<CaptureItem, void> {
  for await (const { notes, frames, ending } of readCaptureBatches(source)) {
    yield* notes;
    for (const frame of frames) yield { kind: 'frame', frame };
    if (ending !== undefined) yield { kind: 'ending', ending };
  }
}

export type WholeCapture = {
  readonly notes: readonly CaptureNote[];
  readonly frames: readonly Frame[];
  readonly ending: CaptureEnding;
};

/** All of a capture at once, in memory: for captures known to be small. */
export async function collectCapture(source: AsyncIterable<Uint8Array>): Promise<WholeCapture> {
  const notes: CaptureNote[] = [];
  const frames: Frame[] = [];
  for await (const batch of readCaptureBatches(source)) {
    notes.push(...batch.notes);
    for (const frame of batch.frames) frames.push(frame);
    if (batch.ending !== undefined) return { notes, frames, ending: batch.ending };
  }
  throw new Error('readCaptureBatches ended without an ending');
}

/** The source's chunks, or what they unpack to where the first two octets say gzip. */
async function* unpacked(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  // Not `for await`: leaving that loop after the first octets would close the source.
  const chunks = source[Symbol.asyncIterator]();
  let head: Uint8Array = new Uint8Array(0);
  while (head.length < GZIP_MAGIC.length) {
    const next = await chunks.next();
    if (next.done === true) break;
    head = head.length === 0 ? next.value : Uint8Array.of(...head, ...next.value);
  }
  const whole = prefixed(head, chunks);
  yield* GZIP_MAGIC.every((octet, i) => head[i] === octet) ? gunzip(whole) : whole;
}

async function* prefixed(head: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    if (head.length > 0) yield head;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}
