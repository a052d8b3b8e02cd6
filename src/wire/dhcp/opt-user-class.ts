/**
 * Option 77, User Class: RFC 3004 §4, and the form that iPXE and others send instead.
 *
 *   RFC 3004  | 77 | length | ( n:u8 = 1..255, class:n )+ |
 *   raw       | 77 | length | text |                        iPXE: 69 50 58 45, four octets
 *
 * Read as RFC 3004, the 'i' of a raw `iPXE` would announce 105 octets. So the list is believed if, and only if, its lengths
 * are not zero and add up to the end of the option; anything else is one raw string.
 */
import { latin1 } from '../bytes.ts';
import { type ParseResult, WireError } from '../wire-error.ts';
import { quoteText } from './opt-text.ts';

export type UserClass = {
  readonly encoding: 'rfc3004' | 'raw';
  /** One character per octet, NULs included. Raw: exactly one. */
  readonly classes: readonly string[];
};

/** Never fails: what is no RFC 3004 list is raw. */
export function parseUserClass(data: Uint8Array): ParseResult<UserClass> {
  return { ok: true, value: rfc3004List(data) ?? { encoding: 'raw', classes: [latin1(data)] } };
}

function rfc3004List(data: Uint8Array): UserClass | undefined {
  const classes: string[] = [];
  let at = 0;
  while (at < data.length) {
    const length = data[at] ?? 0;
    const next = at + 1 + length;
    if (length === 0 || next > data.length) return undefined;
    classes.push(latin1(data.subarray(at + 1, next)));
    at = next;
  }
  return classes.length === 0 ? undefined : { encoding: 'rfc3004', classes };
}

/**
 * Byte-exact inverse of parseUserClass. Throws WireError (WIRE_UNENCODABLE) for an RFC 3004 class of 0 or more than 255
 * octets, a raw one that is not exactly one string, and characters above U+00FF.
 */
export function serializeUserClass({ encoding, classes }: UserClass): Uint8Array {
  for (const [i, text] of classes.entries()) {
    if (/[^\0-\xff]/.test(text))
      throw new WireError('WIRE_UNENCODABLE', 0, `user class ${i + 1}`, 'wanted octets 0 to 255 only');
  }
  switch (encoding) {
    case 'rfc3004': {
      for (const [i, text] of classes.entries())
        if (text.length === 0 || text.length > 255)
          throw new WireError(
            'WIRE_UNENCODABLE',
            0,
            `user class ${i + 1}`,
            `wanted 1 to 255 octets, got ${text.length}`,
          );
      return Buffer.from(classes.map((text) => String.fromCharCode(text.length) + text).join(''), 'latin1');
    }
    case 'raw':
      if (classes.length !== 1)
        throw new WireError(
          'WIRE_UNENCODABLE',
          0,
          'user class',
          `wanted one raw string, got ${classes.length}`,
        );
      return Buffer.from(classes[0] ?? '', 'latin1');
    default:
      return encoding satisfies never;
  }
}

/** True where one of the classes is this text, in this letter case; NULs at its end do not count (RFC 2132 §2). */
export function hasUserClass({ classes }: UserClass, name: string): boolean {
  return classes.some((text) => text.replace(/\0+$/, '') === name);
}

/** `"iPXE" raw`, or `"foo", "iPXE"`. */
export function formatUserClass({ encoding, classes }: UserClass): string {
  const list = classes.map(quoteText).join(', ');
  return encoding === 'raw' ? `${list} raw` : list;
}
