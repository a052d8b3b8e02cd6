/** True where the pattern has a wildcard: `*` for any characters, `?` for one. */
export function isGlob(pattern: string): boolean {
  return /[*?]/.test(pattern);
}

/** The pattern as a function. Most are a plain text, or one with a star at its end. */
export function compileGlob(pattern: string): (text: string) => boolean {
  if (!isGlob(pattern)) return (text) => text === pattern;
  const head = pattern.slice(0, -1);
  if (pattern.endsWith('*') && !isGlob(head)) return (text) => text.startsWith(head);
  return (text) => matchesGlob(pattern, text);
}

/** True where every text that `narrow` matches is matched by `wide`. False where that is not plain to see. */
export function coversGlob(wide: string, narrow: string): boolean {
  if (wide === narrow || /^\*+$/.test(wide)) return true;
  if (!isGlob(narrow)) return matchesGlob(wide, narrow);
  // A star in `narrow` may be any text: only a prefix says something about all of them.
  const head = wide.slice(0, -1);
  if (!wide.endsWith('*') || isGlob(head)) return false;
  return narrow.slice(0, narrow.search(/[*?]/)).startsWith(head);
}

/**
 * Matches the whole text. Never more than pattern times text steps: what a client sends is compared with it, so no regular
 * expression that could be made to backtrack.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  /** Where the last `*` stood, and where in the text the try after it began. */
  let star = -1;
  let retry = 0;
  while (t < text.length) {
    if (p < pattern.length && pattern[p] === '*') {
      star = p++;
      retry = t;
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++retry;
    } else return false;
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}
