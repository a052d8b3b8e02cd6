/**
 * Option 55, Parameter Request List: RFC 2132 §9.8.
 *
 *   | 55 | n | code:u8 * n |
 *
 * The order is the client's preference. Codes that make no sense are kept: EDK2's HTTP boot sends one octet that it never set.
 */
import { type ParseResult, WireError } from '../wire-error.ts';

/** Codes in wire order, duplicates included. Never fails. */
export function parseParameterRequestList(data: Uint8Array): ParseResult<readonly number[]> {
  return { ok: true, value: Array.from(data) };
}

/** Throws WireError (WIRE_UNENCODABLE) for what is no octet. */
export function serializeParameterRequestList(codes: readonly number[]): Uint8Array {
  for (const [i, code] of codes.entries())
    if (!Number.isInteger(code) || code < 0 || code > 255)
      throw new WireError('WIRE_UNENCODABLE', i, 'requested code', `wanted 0 to 255, got ${code}`);
  return Uint8Array.from(codes);
}

/** `1,3,6,128-135`: runs of three and more are drawn together, the order stays. */
export function formatParameterRequestList(codes: readonly number[]): string {
  const parts: string[] = [];
  for (let i = 0; i < codes.length; ) {
    const first = codes[i] ?? 0;
    let run = 1;
    while (codes[i + run] === first + run) run++;
    if (run >= 3) parts.push(`${first}-${first + run - 1}`);
    else run = 1;
    if (run === 1) parts.push(`${first}`);
    i += run;
  }
  return parts.join(',');
}
