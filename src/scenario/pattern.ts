const REGULAR_EXPRESSION = 're:';

/**
 * Whether `text` is what `pattern` says: the text itself, with `*` for any run of characters and `?` for one, or a
 * regular expression after `re:`. Upper and lower case differ: `pxelinux.cfg/0ABC` is not `pxelinux.cfg/0abc`.
 */
export function matchesPattern(pattern: string, text: string): boolean {
  return compilePattern(pattern).test(text);
}

/** Throws SyntaxError for a regular expression that is none. */
export function compilePattern(pattern: string): RegExp {
  if (pattern.startsWith(REGULAR_EXPRESSION))
    return new RegExp(pattern.slice(REGULAR_EXPRESSION.length), 's');
  const escaped = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${escaped}$`, 's');
}
