import { netasciiLength, toNetascii } from '../tftp/netascii.ts';
import type { BootFile } from './boot-folder.ts';

/** The octets that go over the wire, read in pieces by transfers that go through them once, mostly forwards. */
export interface BlockSource extends AsyncDisposable {
  readonly size: number;
  /** A view that is good until the next read. Throws where the file is another one by now. One read at a time. */
  readonly read: (offset: number, length: number) => Promise<Uint8Array> | Uint8Array;
}

/** Larger than any window of any block size in use, so that most reads find their octets in memory. */
const CHUNK_OCTETS = 256 * 1024;

/** Octets that were made. */
export function bufferSource(octets: Uint8Array): BlockSource {
  return {
    size: octets.length,
    read: (offset, length) => octets.subarray(offset, offset + length),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** A file as it is. Takes it over. */
export function blockSource(file: BootFile): BlockSource {
  return chunked(file, file.size, (offset, length) =>
    readChunk(file, offset, Math.max(length, CHUNK_OCTETS)),
  );
}

/**
 * A file in netascii, which is as long as nobody knows before it was read once: so it is, to say its size, and where each
 * chunk begins once translated. Takes the file over; throws what reading throws.
 */
export async function netasciiSource(file: BootFile): Promise<BlockSource> {
  // Where chunk n of the file begins in netascii; one more for the end.
  const starts = [0];
  try {
    for (let offset = 0; offset < file.size; offset += CHUNK_OCTETS) {
      const { octets } = await readChunk(file, offset, CHUNK_OCTETS);
      starts.push((starts.at(-1) ?? 0) + netasciiLength(octets));
    }
  } catch (error) {
    await file[Symbol.asyncDispose]();
    throw error;
  }
  const size = starts.at(-1) ?? 0;
  const chunkWith = (offset: number): number => {
    let [low, high] = [0, starts.length - 1];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] as number) <= offset) low = middle;
      else high = middle;
    }
    return low;
  };
  return chunked(file, size, async (offset, length) => {
    const parts: Uint8Array[] = [];
    const first = chunkWith(offset);
    const start = starts[first] as number;
    let octets = 0;
    for (let chunk = first; start + octets < offset + length; chunk++) {
      const part = toNetascii((await readChunk(file, chunk * CHUNK_OCTETS, CHUNK_OCTETS)).octets);
      if (part.length !== (starts[chunk + 1] as number) - (starts[chunk] as number)) throw new FileChanged();
      parts.push(part);
      octets += part.length;
    }
    return { start, octets: parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts) };
  });
}

class FileChanged extends Error {
  override readonly name = 'FileChanged';
  constructor() {
    super('the file was changed during the transfer');
  }
}

type Chunk = { readonly start: number; readonly octets: Uint8Array };

/** Keeps the last chunk. Before the last octets leave it looks whether the file is still the same version. */
function chunked(
  file: BootFile,
  size: number,
  load: (offset: number, length: number) => Promise<Chunk>,
): BlockSource {
  let chunk: Chunk = { start: 0, octets: new Uint8Array(0) };
  let seenWhole = false;
  const held = (offset: number, length: number): Uint8Array | undefined => {
    const at = offset - chunk.start;
    return at >= 0 && at + length <= chunk.octets.length ? chunk.octets.subarray(at, at + length) : undefined;
  };
  const slow = async (offset: number, length: number): Promise<Uint8Array> => {
    if (offset + length === size && !seenWhole) {
      const found = await file.handle.stat();
      if (found.size !== file.size || found.mtimeMs !== file.modified) throw new FileChanged();
      seenWhole = true;
    }
    if (held(offset, length) === undefined) chunk = await load(offset, length);
    const octets = held(offset, length);
    if (octets === undefined) throw new FileChanged();
    return octets;
  };
  return {
    size,
    read: (offset, length) =>
      offset + length === size && !seenWhole
        ? slow(offset, length)
        : (held(offset, length) ?? slow(offset, length)),
    [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
  };
}

async function readChunk(file: BootFile, start: number, octets: number): Promise<Chunk> {
  const room = new Uint8Array(Math.max(0, Math.min(octets, file.size - start)));
  let length = 0;
  while (length < room.length) {
    const { bytesRead } = await file.handle.read(room, length, room.length - length, start + length);
    if (bytesRead === 0) throw new FileChanged();
    length += bytesRead;
  }
  return { start, octets: room };
}
