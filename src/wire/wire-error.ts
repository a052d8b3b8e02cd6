export type WireErrorCode = 'WIRE_TRUNCATED' | 'WIRE_MALFORMED' | 'WIRE_UNENCODABLE';

/**
 * Bytes that cannot be read, or a value that cannot be written. Never used for "non-conformant".
 *
 * - `WIRE_TRUNCATED`: the bytes end before the field does.
 * - `WIRE_MALFORMED`: the bytes are there but cannot be what the field is (an IPv4 header whose IHL is 3).
 * - `WIRE_UNENCODABLE`: the value has no encoding (NUL inside an asciiz string, 300 bytes in one option).
 *
 * `offset` counts bytes from the start of what was handed to the parser; `field` is the specification's name.
 */
export class WireError extends Error {
  override readonly name = 'WireError';
  readonly code: WireErrorCode;
  readonly offset: number;
  readonly field: string;
  readonly hint: string | undefined;

  constructor(code: WireErrorCode, offset: number, field: string, problem: string, hint?: string) {
    super(`${field}: ${problem} (at byte ${offset})`);
    this.code = code;
    this.offset = offset;
    this.field = field;
    this.hint = hint;
  }
}

export type ParseResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: WireError };

/** For the parsers that every frame goes through: they check lengths themselves, without a cursor. */
export function truncated(
  field: string,
  offset: number,
  need: number,
  have: number,
): { readonly ok: false; readonly error: WireError } {
  const problem = `need ${need} ${need === 1 ? 'byte' : 'bytes'}, have ${have}`;
  return { ok: false, error: new WireError('WIRE_TRUNCATED', offset, field, problem) };
}

/** The bytes are there but cannot be what the field is; `problem` is worded "wanted X, got Y". */
export function malformed(
  field: string,
  offset: number,
  problem: string,
): { readonly ok: false; readonly error: WireError } {
  return { ok: false, error: new WireError('WIRE_MALFORMED', offset, field, problem) };
}

/** The one place where a WireError thrown by a reader becomes a value. Other errors are bugs: rethrown. */
export function parsing<T>(read: () => T): ParseResult<T> {
  try {
    return { ok: true, value: read() };
  } catch (error) {
    if (error instanceof WireError) return { ok: false, error };
    throw error;
  }
}
