import { constants, createGunzip } from 'node:zlib';

/** A gzip stream that broke off or is damaged. `unpacked` what came before it was yielded. */
export class GunzipError extends Error {
  override readonly name = 'GunzipError';
  readonly code: 'GZIP_TRUNCATED' | 'GZIP_DAMAGED';

  constructor(code: GunzipError['code'], message: string, cause: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/** zlib's output buffer. Large, since each one filled costs a trip through the thread pool. */
const OUTPUT_LENGTH = 64 * 1024;
/**
 * What is in the output buffer when damage is met is lost. Files up to this size are therefore unpacked again with the
 * smallest buffer there is, so that a small damaged capture still yields all but the last few octets before the damage.
 */
const SALVAGED_LENGTH = 128 * 1024;
const SALVAGE_OUTPUT_LENGTH = constants.Z_MIN_CHUNK;
/** Deflate makes at most 1032 octets of one: 16 MiB of this, which bounds the memory that one write may fill. */
const SLICE_LENGTH = 16 * 1024;
/** CRC and length at a member's end. Fed apart, so that a wrong checksum costs no data. */
const TRAILER_LENGTH = 8;

/**
 * Unpacks a gzip stream, of one or more members, as it comes: what a chunk holds is yielded before the next chunk is
 * asked for. Zero octets behind the last member are padding. Throws GunzipError; errors of the source pass through.
 */
export async function* gunzip(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const packed: Uint8Array[] = [];
  let packedLength = 0;
  async function* remembered(): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      packedLength += chunk.length;
      // A copy: the source may read the next chunk into the same memory.
      if (packedLength <= SALVAGED_LENGTH) packed.push(chunk.slice());
      else packed.length = 0;
      yield chunk;
    }
  }
  let unpackedLength = 0;
  try {
    for await (const data of inflate(remembered(), OUTPUT_LENGTH)) {
      unpackedLength += data.length;
      yield data;
    }
  } catch (error) {
    if (!(error instanceof GunzipError) || error.code !== 'GZIP_DAMAGED') throw error;
    if (packedLength <= SALVAGED_LENGTH) yield* salvage(packed, unpackedLength);
    throw error;
  }
}

/** What comes before the damage and was not yielded yet. */
async function* salvage(packed: readonly Uint8Array[], yielded: number): AsyncGenerator<Uint8Array> {
  let at = 0;
  try {
    for await (const data of inflate(packed, SALVAGE_OUTPUT_LENGTH)) {
      at += data.length;
      if (at > yielded) yield data.subarray(Math.max(0, data.length - (at - yielded)));
    }
  } catch (error) {
    if (!(error instanceof GunzipError)) throw error;
  }
}

async function* inflate(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  chunkSize: number,
): AsyncGenerator<Uint8Array> {
  const stream = createGunzip({ chunkSize });
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
