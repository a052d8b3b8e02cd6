/** Conditional requests for files: RFC 9110 §13; validators: §8.8. */
import { parseHttpDate } from './http-date.ts';
import type { RequestFields } from './request-head.ts';

/** What there is to know about a file without reading it. */
export type FileFacts = {
  readonly size: number;
  /** Milliseconds since 1970, with all the digits that the file system has. */
  readonly modified: number;
  /** The same of the last change of the file or of what is known about it (ctime), which nobody can set. */
  readonly changed: number;
};

/**
 * Strong (RFC 9110 §8.8.1): ctime moves with every write, rename and `touch -d`, and nobody can set it back, so other
 * octets mean another tag. What is left is two writes within one tick of the kernel's clock (4 ms) with a
 * request between them. A weak tag would be of no use: resuming (EDK2: If-Match, clause HTTP-010) compares strongly.
 */
export function entityTag({ size, modified, changed }: FileFacts): string {
  const hex = (ms: number): string => Math.round(ms * 1000).toString(16);
  return `"${size.toString(16)}-${hex(modified)}-${hex(changed)}"`;
}

/** What Last-Modified says: whole seconds. */
export function lastModified({ modified }: FileFacts): number {
  return Math.floor(modified / 1000) * 1000;
}

/** `proceed` with the whole file even where a range is asked for, if `ignoreRange`. */
export type Precondition =
  | { readonly kind: 'proceed'; readonly ignoreRange: boolean }
  | { readonly kind: 'not-modified' }
  | { readonly kind: 'failed' };

/** In the order of RFC 9110 §13.2.2, for GET and HEAD of a file that is there. */
export function checkConditions(fields: RequestFields, facts: FileFacts, now: number): Precondition {
  const tag = entityTag(facts);
  const seconds = lastModified(facts);
  const date = (name: string): number | undefined => {
    const values = fields.get(name);
    return values?.length === 1 ? parseHttpDate(values[0] ?? '', now) : undefined;
  };
  const ifMatch = fields.get('if-match');
  const unmodifiedSince = ifMatch === undefined ? date('if-unmodified-since') : undefined;
  if (ifMatch !== undefined && !listsTag(ifMatch, tag, 'strong')) return { kind: 'failed' };
  if (unmodifiedSince !== undefined && seconds > unmodifiedSince) return { kind: 'failed' };

  const ifNoneMatch = fields.get('if-none-match');
  const modifiedSince = ifNoneMatch === undefined ? date('if-modified-since') : undefined;
  if (ifNoneMatch !== undefined && listsTag(ifNoneMatch, tag, 'weak')) return { kind: 'not-modified' };
  if (modifiedSince !== undefined && seconds <= modifiedSince) return { kind: 'not-modified' };

  const ifRange = fields.get('if-range');
  return { kind: 'proceed', ignoreRange: ifRange !== undefined && !isSame(ifRange, tag, seconds, now) };
}

/** Does the list of tags, or `*`, name this one? Comparison: RFC 9110 §8.8.3.2. */
function listsTag(values: readonly string[], tag: string, comparison: 'strong' | 'weak'): boolean {
  const list = values.join();
  if (list.trim() === '*') return true;
  const tags = list.match(/(W\/)?"[^"]*"/g) ?? [];
  return tags.some((other) => other === tag || (comparison === 'weak' && other === `W/${tag}`));
}

/** §13.1.5: a date only where it says exactly that second, and the second was over long enough to be a strong validator. */
function isSame(ifRange: readonly string[], tag: string, seconds: number, now: number): boolean {
  const [value = ''] = ifRange;
  if (ifRange.length !== 1) return false;
  if (value.includes('"')) return value === tag;
  return parseHttpDate(value, now) === seconds && now - seconds >= 2000;
}
