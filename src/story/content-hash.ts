import type { Hash } from 'node:crypto';

/** SHA-256 of contents. node:crypto is loaded with the first: whoever hashes nothing must not wait for it. */
export function contentHash(): Hash {
  return process.getBuiltinModule('node:crypto').createHash('sha256');
}
