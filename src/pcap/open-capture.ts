import { type FileHandle, open } from 'node:fs/promises';
import type { CaptureBatch, CaptureEnding, CaptureItem } from './capture-item.ts';
import { readCapture, readCaptureBatches } from './read-capture.ts';

export type CaptureErrorCode =
  | 'CAPTURE_NOT_FOUND'
  | 'CAPTURE_IS_DIRECTORY'
  | 'CAPTURE_NO_PERMISSION'
  | 'CAPTURE_UNREADABLE'
  | 'CAPTURE_OTHER_FILE';

/** The capture file cannot be got at. What is wrong inside a file is never thrown while it is read: see CaptureEnding. */
export class CaptureError extends Error {
  override readonly name = 'CaptureError';
  readonly code: CaptureErrorCode;
  readonly path: string;
  readonly hint: string;

  constructor(code: CaptureErrorCode, path: string, problem: string, hint: string, cause?: unknown) {
    super(`capture ${path}: ${problem}`, { cause });
    this.code = code;
    this.path = path;
    this.hint = hint;
  }
}

/** A file opened for reading, once: the two iterables share its position. */
export interface OpenCapture extends AsyncDisposable {
  readonly path: string;
  /** See readCaptureBatches. Throws CaptureError (CAPTURE_UNREADABLE) where the disk fails. */
  readonly batches: () => AsyncIterable<CaptureBatch>;
  /** See readCapture. */
  readonly items: () => AsyncIterable<CaptureItem>;
}

export type OpenOptions = {
  /**
   * Two chunks of memory for the whole file, the one read into while the other is looked at: of 200 MB no 200 MB of garbage. Frames are
   * then valid only until the next batch is asked for.
   */
  readonly reuseMemory?: boolean;
};

/** Octets asked for at once: large enough that system calls do not count, small enough to keep little alive. */
const CHUNK_LENGTH = 256 * 1024;

/**
 * Opens a capture file (a named pipe is one too). Throws CaptureError where there is none, it is a directory or may
 * not be read.
 */
export async function openCapture(path: string, options: OpenOptions = {}): Promise<OpenCapture> {
  const handle = await open(path, 'r').catch((cause: unknown) => {
    throw captureError(path, cause);
  });
  try {
    if ((await handle.stat()).isDirectory()) throw directoryError(path);
  } catch (cause) {
    await handle.close();
    throw captureError(path, cause);
  }
  const chunks = options.reuseMemory === true ? chunksInTurn : chunksOf;
  return {
    path,
    batches: () => readCaptureBatches(chunks(handle, path)),
    items: () => readCapture(chunks(handle, path)),
    [Symbol.asyncDispose]: () => handle.close(),
  };
}

/**
 * Throws CaptureError (CAPTURE_OTHER_FILE) for a file without a frame that cannot be read: it is the wrong file. One that is cut off
 * later still has a story to tell.
 */
export function refuseOtherFile(path: string, ending: CaptureEnding | undefined): void {
  if (ending?.kind !== 'cut-off' || ending.frames > 0) return;
  const hint = 'wanted a file that tcpdump, Wireshark or pxebench wrote';
  throw new CaptureError('CAPTURE_OTHER_FILE', path, ending.message, hint, ending.error);
}

async function* chunksOf(handle: FileHandle, path: string): AsyncGenerator<Uint8Array> {
  let buffer = Buffer.allocUnsafeSlow(CHUNK_LENGTH);
  for (;;) {
    const chunk = await chunkInto(buffer, handle, path);
    if (chunk.length === 0) return;
    if (chunk.length > buffer.length / 2) {
      yield chunk;
      buffer = Buffer.allocUnsafeSlow(CHUNK_LENGTH);
    } else {
      // A pipe gives little at a time: a copy, so that one kept frame does not keep 256 KiB.
      yield new Uint8Array(chunk);
    }
  }
}

async function* chunksInTurn(handle: FileHandle, path: string): AsyncGenerator<Uint8Array> {
  const buffers = [Buffer.allocUnsafeSlow(CHUNK_LENGTH), Buffer.allocUnsafeSlow(CHUNK_LENGTH)] as const;
  let next = chunkInto(buffers[0], handle, path);
  for (let turn: 0 | 1 = 1; ; turn = turn === 1 ? 0 : 1) {
    const chunk = await next;
    if (chunk.length === 0) return;
    next = chunkInto(buffers[turn], handle, path);
    // It is told where it is waited for; whoever leaves the loop before does not want to know.
    next.catch(() => {});
    yield chunk;
  }
}

/** What the next read gives: nothing at the end. */
async function chunkInto(buffer: Buffer, handle: FileHandle, path: string): Promise<Uint8Array> {
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, null).catch((cause: unknown) => {
    throw captureError(path, cause);
  });
  return buffer.subarray(0, bytesRead);
}

function directoryError(path: string, cause?: unknown): CaptureError {
  return new CaptureError(
    'CAPTURE_IS_DIRECTORY',
    path,
    'wanted a file, got a directory',
    'name one of the capture files in it',
    cause,
  );
}

function captureError(path: string, cause: unknown): CaptureError {
  if (cause instanceof CaptureError) return cause;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new CaptureError('CAPTURE_NOT_FOUND', path, 'there is no such file', 'check the path', cause);
    case 'EISDIR':
      return directoryError(path, cause);
    case 'EACCES':
    case 'EPERM':
      return new CaptureError(
        'CAPTURE_NO_PERMISSION',
        path,
        'this user may not read it',
        `let this user read it: chmod +r, or copy it`,
        cause,
      );
    default:
      return new CaptureError(
        'CAPTURE_UNREADABLE',
        path,
        `it cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
        'check the disk or the other end of the pipe',
        cause,
      );
  }
}
