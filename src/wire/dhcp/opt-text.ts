/**
 * Options that hold NVT ASCII text (12, 14, 15, 17, 40, 56, 60, 66, 67, 209, 210, ...): RFC 2132 §2.
 *
 *   | code | length | character* |
 *
 * "Options containing NVT ASCII data SHOULD NOT include a trailing NULL; however, the receiver of such options MUST be
 * prepared to delete trailing nulls if they exist." So they are taken off and counted.
 */
import { latin1 } from '../bytes.ts';
import { type ParseResult, WireError } from '../wire-error.ts';

export type OptionText = {
  /** One character per octet, without the trailing NULs; a NUL in the middle stays. */
  readonly text: string;
  readonly trailingNuls: number;
};

/** Never fails: any octets are text of one character each. */
export function parseText(data: Uint8Array): ParseResult<OptionText> {
  return { ok: true, value: readText(data) };
}

/** What parseText reads, for codecs that hold text among other things. */
export function readText(data: Uint8Array): OptionText {
  let end = data.length;
  while (end > 0 && data[end - 1] === 0) end--;
  return { text: latin1(data.subarray(0, end)), trailingNuls: data.length - end };
}

/** Throws WireError (WIRE_UNENCODABLE) for a character above U+00FF. */
export function serializeText({ text, trailingNuls }: OptionText): Uint8Array {
  const data = new Uint8Array(text.length + trailingNuls);
  for (let i = 0; i < text.length; i++) {
    const character = text.charCodeAt(i);
    if (character > 255)
      throw new WireError(
        'WIRE_UNENCODABLE',
        i,
        'text',
        `wanted octets 0 to 255, got character ${character}`,
      );
    data[i] = character;
  }
  return data;
}

/** Text as octets without any NUL at its end, as a server is to send it. */
export function textOption(text: string): Uint8Array {
  return serializeText({ text, trailingNuls: 0 });
}

/** JSON's quoting, so that a peer's control characters cannot reach a terminal or break a line. */
export function quoteText(text: string): string {
  return JSON.stringify(text).replace(/[\u007f-\u009f]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`);
}

/** `"undionly.kpxe"`, with its trailing NULs where it has any: `"boot\u0000"`. */
export function formatText({ text, trailingNuls }: OptionText): string {
  return quoteText(text + '\0'.repeat(trailingNuls));
}
