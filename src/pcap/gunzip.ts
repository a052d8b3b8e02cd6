import { createGunzip } from 'node:zlib';

/** A gzip stream that broke off or is damaged. `unpacked` what came before it was yielded. */
export class GunzipError extends Error {
  override readonly name = 'GunzipError';
  readonly code: 'GZIP_TRUNCATED' | 'GZIP_DAMAGED';

  constructor(code: GunzipError['code'], message: string, cause: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/** zlib's output buffer. What is in it when damage is met is lost: at most this much of what could be unpacked. */
const OUTPUT_LENGTH = 4096;
/** Deflate makes at most 1032 octets of one: 16 MiB of this, which bounds the memory that one write may fill. */
const SLICE_LENGTH = 16 * 1024;
/** CRC and length at a member's end. Fed apart, so that a wrong checksum costs no data. */
const TRAILER_LENGTH = 8;

/**
 * Unpacks a gzip stream, of one or more members, as it comes: what a chunk holds is yielded before the next chunk is
 * asked for. Zero octets behind the last member are padding. Throws GunzipError; errors of the source pass through.
 */
export async function* gunzip(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const stream = createGunzip({ chunkSize: OUTPUT_LENGTH });
  const unpacked: Uint8Array[] = [];
  let failure: Error | undefined;
  let ended = false;
  let settle = (): void => {};
  stream.on('data', (data: Uint8Array) => unpacked.push(data));
  stream.on('error', (error: Error) => {
    failure = error;
    settle();
  });
  // Padding ends the stream, and then the write it stood in is never acknowledged.
  stream.on('end', () => {
    ended = true;
    settle();
  });

  let fed = 0;
  try {
    for await (const chunk of source) {
      for (const slice of slices(chunk)) {
        await new Promise<void>((resolve) => {
          settle = resolve;
          stream.write(slice, () => resolve());
        });
        fed += slice.length;
        yield* unpacked.splice(0);
        if (failure !== undefined) throw gunzipError(failure, fed);
        if (ended) return;
      }
    }
    await new Promise<void>((resolve) => {
      settle = resolve;
      stream.end();
    });
    yield* unpacked.splice(0);
    if (failure !== undefined) throw gunzipError(failure, fed);
  } finally {
    stream.destroy();
  }
}

function* slices(chunk: Uint8Array): Generator<Uint8Array> {
  const trailerAt = Math.max(0, chunk.length - TRAILER_LENGTH);
  for (let at = 0; at < trailerAt; at += SLICE_LENGTH) {
    yield chunk.subarray(at, Math.min(at + SLICE_LENGTH, trailerAt));
  }
  yield chunk.subarray(trailerAt);
}

function gunzipError(failure: Error, fed: number): GunzipError {
  return 'code' in failure && failure.code === 'Z_BUF_ERROR'
    ? new GunzipError(
        'GZIP_TRUNCATED',
        `the packed data end at their byte ${fed}, in the middle of a member`,
        failure,
      )
    : new GunzipError(
        'GZIP_DAMAGED',
        `the packed data cannot be unpacked before their byte ${fed}: ${failure.message}`,
        failure,
      );
}
