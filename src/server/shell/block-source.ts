import type { BootFile } from './boot-folder.ts';

/** The octets of a file, read in pieces by transfers that go through it once, mostly forwards. */
export interface BlockSource extends AsyncDisposable {
  readonly size: number;
  /** A view that is good until the next read. Throws where the file has become shorter. */
  readonly read: (offset: number, length: number) => Promise<Uint8Array> | Uint8Array;
}

/** Larger than any window of any block size in use, so that most reads find their octets in memory. */
const CHUNK_OCTETS = 256 * 1024;

/** Reads large chunks and hands out views. One read at a time. */
export function blockSource(file: BootFile): BlockSource {
  let chunk = new Uint8Array(0);
  let start = 0;
  const room = new Uint8Array(Math.min(CHUNK_OCTETS, Math.max(1, file.size)));
  const refill = async (offset: number, length: number): Promise<Uint8Array> => {
    const target = length > room.length ? new Uint8Array(length) : room;
    const { bytesRead } = await file.handle.read(target, 0, target.length, offset);
    if (bytesRead < length) throw new Error('the file has become shorter');
    chunk = target.subarray(0, bytesRead);
    start = offset;
    return chunk.subarray(0, length);
  };
  return {
    size: file.size,
    read: (offset, length) =>
      offset >= start && offset + length <= start + chunk.length
        ? chunk.subarray(offset - start, offset - start + length)
        : refill(offset, length),
    [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
  };
}

export function bufferSource(octets: Uint8Array): BlockSource {
  return {
    size: octets.length,
    read: (offset, length) => octets.subarray(offset, offset + length),
    [Symbol.asyncDispose]: async () => undefined,
  };
}
