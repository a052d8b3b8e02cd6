import { type FileHandle, open } from 'node:fs/promises';
import type { CaptureBatch, CaptureItem } from './capture-item.ts';
import { readCapture, readCaptureBatches } from './read-capture.ts';

export type CaptureErrorCode =
  | 'CAPTURE_NOT_FOUND'
  | 'CAPTURE_IS_DIRECTORY'
  | 'CAPTURE_NO_PERMISSION'
  | 'CAPTURE_UNREADABLE';

/** The capture file cannot be got at. What is wrong inside a file is never thrown: see CaptureEnding. */
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

/** Octets asked for at once: large enough that system calls do not count, small enough to keep little alive. */
const CHUNK_LENGTH = 256 * 1024;

/**
 * Opens a capture file (a named pipe is one too). Throws CaptureError where there is none, it is a directory or may
 * not be read.
 */
export async function openCapture(path: string): Promise<OpenCapture> {
  const handle = await open(path, 'r').catch((cause: unknown) => {
    throw captureError(path, cause);
  });
  try {
    if ((await handle.stat()).isDirectory()) throw directoryError(path);
  } catch (cause) {
    await handle.close();
    throw captureError(path, cause);
  }
  return {
    path,
    batches: () => readCaptureBatches(chunksOf(handle, path)),
    items: () => readCapture(chunksOf(handle, path)),
    [Symbol.asyncDispose]: () => handle.close(),
  };
}

async function* chunksOf(handle: FileHandle, path: string): AsyncGenerator<Uint8Array> {
  let buffer = Buffer.allocUnsafeSlow(CHUNK_LENGTH);
  for (;;) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, null).catch((cause: unknown) => {
      throw captureError(path, cause);
    });
    if (bytesRead === 0) return;
    if (bytesRead > buffer.length / 2) {
      yield buffer.subarray(0, bytesRead);
      buffer = Buffer.allocUnsafeSlow(CHUNK_LENGTH);
    } else {
      // A pipe gives little at a time: a copy, so that one kept frame does not keep 256 KiB.
      yield new Uint8Array(buffer.subarray(0, bytesRead));
    }
  }
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
