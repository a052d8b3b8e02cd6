/** Why a name cannot be a file below the root. */
export type PathRefusal = 'empty' | 'outside' | 'unreadable';

export type BootPath =
  | { readonly kind: 'path'; readonly segments: readonly string[] }
  | { readonly kind: 'refused'; readonly reason: PathRefusal };

const MAX_SEGMENT_OCTETS = 255;
const MAX_SEGMENTS = 64;

/**
 * A name a client asked for, as segments below the server's root: `/a//b` and `a/b` are the same file.
 * `..` is refused wherever it stands, since a boot client never needs it (clauses SEC-001, SEC-002). Symbolic links are
 * the shell's affair: it sees where a path really leads.
 */
export function bootPath(name: string): BootPath {
  const segments = name.split('/').filter((segment) => segment !== '' && segment !== '.');
  if (segments.includes('..')) return { kind: 'refused', reason: 'outside' };
  if (segments.length === 0) return { kind: 'refused', reason: 'empty' };
  if (name.includes('\0') || segments.length > MAX_SEGMENTS || segments.some(isTooLong)) {
    return { kind: 'refused', reason: 'unreadable' };
  }
  return { kind: 'path', segments };
}

function isTooLong(segment: string): boolean {
  return Buffer.byteLength(segment) > MAX_SEGMENT_OCTETS;
}
