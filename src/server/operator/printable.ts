/**
 * Control characters (C0, DEL, C1), line and paragraph separators, and what turns the direction of text around: a client's
 * name must not be able to write over the lines of others.
 */
const UNPRINTABLE = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/gu;

/** Nearly every line, and quickly seen. */
const PLAIN = /^[ -~]*$/;

/** The text with `\u001b` and the like in place of characters that would do something. */
export function printable(text: string): string {
  return PLAIN.test(text)
    ? text
    : text.replace(UNPRINTABLE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
