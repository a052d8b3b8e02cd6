/** Range: RFC 9110 §14.1.2 (byte ranges), §14.2 (when the field is to be ignored). */

/** `end` is exclusive. */
export type ByteRange = { readonly start: number; readonly end: number };

export type WantedRanges =
  /** No Range, or one that is ignored: the whole file. */
  | { readonly kind: 'whole' }
  | { readonly kind: 'parts'; readonly ranges: readonly ByteRange[] }
  | { readonly kind: 'unsatisfiable' };

/** More than any client has a use for; each costs a head of its own. */
const MAX_RANGES = 16;
const WHOLE = { kind: 'whole' } as const;

/** What a Range field asks of a file of `size` octets. */
export function wantedRanges(values: readonly string[] | undefined, size: number): WantedRanges {
  const [value = ''] = values ?? [];
  const set = /^bytes=(.*)$/i.exec(value)?.[1];
  if (set === undefined || values?.length !== 1) return WHOLE;
  const specs = set.split(',').map((spec) => /^[ \t]*(\d*)-(\d*)[ \t]*$/.exec(spec));
  const ranges: ByteRange[] = [];
  for (const spec of specs) {
    const range = spec === null ? 'invalid' : rangeOf(spec[1] ?? '', spec[2] ?? '', size);
    // §14.2: a specifier that is not well formed may be ignored: then the client gets what it can surely use.
    if (range === 'invalid') return WHOLE;
    if (range !== 'unsatisfiable') ranges.push(range);
  }
  if (ranges.length === 0) return { kind: 'unsatisfiable' };
  const octets = ranges.reduce((sum, { start, end }) => sum + end - start, 0);
  // §14.2, §17.15: many ranges, or overlapping ones, are a way to make a server send more than it has.
  if (specs.length > MAX_RANGES || (ranges.length > 1 && octets > size)) return WHOLE;
  return { kind: 'parts', ranges };
}

function rangeOf(first: string, last: string, size: number): ByteRange | 'invalid' | 'unsatisfiable' {
  if (first === '') {
    // The last octets of an empty file are all of it, which no Content-Range can say.
    if (last === '' || (size === 0 && Number(last) > 0)) return 'invalid';
    const suffix = Math.min(Number(last), size);
    return suffix === 0 ? 'unsatisfiable' : { start: size - suffix, end: size };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return 'invalid';
  if (start >= size) return 'unsatisfiable';
  return { start, end: last === '' ? size : Math.min(Number(last) + 1, size) };
}
