/**
 * Options inside options 43 and 175: RFC 2132 §8.4 (encapsulated vendor-specific options), PXE 2.1 Table 2-1.
 *
 *   ( code:u8 length:u8 data:length )*, PAD 0 without a length, END 255 without a length and by RFC 2132 optional
 *
 * END here ends only the encapsulation. Option 82 has neither PAD nor END (RFC 3046 §2.0) and its own reader, and the
 * top level of a message is read in message.ts: three loops on purpose.
 */
import { type ParseResult, WireError } from '../wire-error.ts';

const PAD = 0;
const END = 255;

export type SubOption = {
  readonly code: number;
  /** A view, without code and length. */
  readonly data: Uint8Array;
  /** Of the code octet, from the start of the encapsulation. */
  readonly offset: number;
};

export type Encapsulation = {
  /** In wire order, duplicates and unknown codes included; pads are listed with code 0 and no data, so that nothing is lost. */
  readonly subOptions: readonly SubOption[];
  /** Octets from END on, END included; empty where END is missing. */
  readonly end: Uint8Array;
};

/** `field` is the outer option, for error messages. WIRE_TRUNCATED where a sub-option runs over the end. */
export function readEncapsulation(data: Uint8Array, field: string): ParseResult<Encapsulation> {
  const subOptions: SubOption[] = [];
  let at = 0;
  while (at < data.length) {
    const code = data[at] ?? END;
    if (code === END) break;
    if (code === PAD) {
      subOptions.push({ code, data: data.subarray(at + 1, at + 1), offset: at });
      at++;
      continue;
    }
    const length = data[at + 1];
    const need = length ?? 1;
    const have = Math.max(0, data.length - at - (length === undefined ? 1 : 2));
    if (length === undefined || have < need)
      return {
        ok: false,
        error: new WireError(
          'WIRE_TRUNCATED',
          length === undefined ? at + 1 : at + 2,
          length === undefined ? `${field}.${code} length` : `${field}.${code}`,
          `need ${need} ${need === 1 ? 'byte' : 'bytes'}, have ${have}`,
        ),
      };
    subOptions.push({ code, data: data.subarray(at + 2, at + 2 + length), offset: at });
    at += 2 + length;
  }
  return { ok: true, value: { subOptions, end: data.subarray(at) } };
}

/**
 * Byte-exact inverse of readEncapsulation; `end` may be 255 alone, or nothing. Throws WireError (WIRE_UNENCODABLE) for
 * code 255, and for data longer than 255 octets.
 */
export function writeEncapsulation(
  subOptions: readonly Pick<SubOption, 'code' | 'data'>[],
  end: Uint8Array,
  field: string,
): Uint8Array {
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const { code, data } of subOptions) {
    if (!Number.isInteger(code) || code < PAD || code >= END || (code === PAD && data.length > 0))
      throw new WireError('WIRE_UNENCODABLE', at, `${field} code`, `wanted 1 to 254, got ${code}`);
    if (data.length > 255)
      throw new WireError(
        'WIRE_UNENCODABLE',
        at,
        `${field}.${code}`,
        `wanted at most 255 octets, got ${data.length}`,
      );
    const head = code === PAD ? Uint8Array.of(PAD) : Uint8Array.of(code, data.length);
    parts.push(head, data);
    at += head.length + data.length;
  }
  return Buffer.concat([...parts, end]);
}
