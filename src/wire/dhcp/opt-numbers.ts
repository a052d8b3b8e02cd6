/**
 * Options that hold one unsigned number in network order: u8 (52, 116), u16 (13, 22, 57), u32 (2, 51, 58, 59).
 * RFC 2132 §3 to §9.
 *
 *   | code | 1, 2 or 4 | number |
 *
 * Octets after the number are not looked at.
 */
import { type ParseResult, WireError } from '../wire-error.ts';

/** RFC 2131 §3.3: the lease time that never ends, in seconds. */
export const INFINITE_LEASE = 0xffffffff;

function parseNumber(data: Uint8Array, octets: 1 | 2 | 4, field: string): ParseResult<number> {
  if (data.length < octets)
    return {
      ok: false,
      error: new WireError(
        'WIRE_TRUNCATED',
        0,
        field,
        `need ${octets} ${octets === 1 ? 'byte' : 'bytes'}, have ${data.length}`,
      ),
    };
  let value = 0;
  for (let i = 0; i < octets; i++) value = value * 256 + (data[i] ?? 0);
  return { ok: true, value };
}

export function parseU8(data: Uint8Array, field = 'number'): ParseResult<number> {
  return parseNumber(data, 1, field);
}

export function parseU16(data: Uint8Array, field = 'number'): ParseResult<number> {
  return parseNumber(data, 2, field);
}

export function parseU32(data: Uint8Array, field = 'number'): ParseResult<number> {
  return parseNumber(data, 4, field);
}

function serializeNumber(value: number, octets: 1 | 2 | 4, field: string): Uint8Array {
  if (!Number.isInteger(value) || value < 0 || value >= 2 ** (8 * octets))
    throw new WireError(
      'WIRE_UNENCODABLE',
      0,
      field,
      `wanted an integer of ${8 * octets} bits, got ${value}`,
    );
  const data = new Uint8Array(octets);
  for (let i = octets - 1, rest = value; i >= 0; i--, rest = Math.floor(rest / 256)) data[i] = rest % 256;
  return data;
}

/** Throws WireError (WIRE_UNENCODABLE) for what is no unsigned 8-bit integer. */
export function u8Option(value: number, field = 'number'): Uint8Array {
  return serializeNumber(value, 1, field);
}

/** Throws WireError (WIRE_UNENCODABLE) for what is no unsigned 16-bit integer. */
export function u16Option(value: number, field = 'number'): Uint8Array {
  return serializeNumber(value, 2, field);
}

/** Throws WireError (WIRE_UNENCODABLE) for what is no unsigned 32-bit integer. */
export function u32Option(value: number, field = 'number'): Uint8Array {
  return serializeNumber(value, 4, field);
}
