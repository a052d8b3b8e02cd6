/**
 * Option 119, Domain Search: RFC 3397 §2. Names one after the other as in RFC 1035 §3.1, the tail of one perhaps a pointer
 * (RFC 1035 §4.1.4) into the octets before it; offsets count from the start of the option's joined parts.
 *
 *   | 119 | n | ( ( length:u8 label )* 0 | ( length:u8 label )* 11oooooo oooooooo )* |
 */
import { latin1 } from '../bytes.ts';
import { type ParseResult, WireError } from '../wire-error.ts';

const POINTER = 0xc0;
const MAX_LABEL = 63;
const MAX_OFFSET = 0x3fff;

/** WIRE_TRUNCATED where a name is cut, or points to itself or behind. */
export function parseDomainSearch(data: Uint8Array): ParseResult<readonly string[]> {
  const names: string[] = [];
  let at = 0;
  while (at < data.length) {
    const labels: string[] = [];
    let start = at;
    let reading = at;
    let end: number | undefined;
    for (;;) {
      const length = data[reading];
      if (length === undefined) return cut(reading, 'need 1 byte, have 0');
      if (length === 0) {
        end ??= reading + 1;
        break;
      }
      if (length >= POINTER) {
        const low = data[reading + 1];
        if (low === undefined) return cut(reading + 1, 'need 1 byte, have 0');
        end ??= reading + 2;
        const target = ((length & ~POINTER) << 8) | low;
        // Each pointer goes back beyond where the reading began last time, so that there is an end.
        if (target >= start) return cut(reading, `points to ${target}, wanted less than ${start}`);
        start = target;
        reading = target;
        continue;
      }
      const have = data.length - reading - 1;
      if (length > have) return cut(reading + 1, `need ${length} bytes, have ${have}`);
      labels.push(latin1(data.subarray(reading + 1, reading + 1 + length)));
      reading += 1 + length;
    }
    names.push(labels.join('.'));
    at = end;
  }
  return { ok: true, value: names };
}

function cut(offset: number, problem: string): { readonly ok: false; readonly error: WireError } {
  return { ok: false, error: new WireError('WIRE_TRUNCATED', offset, 'domain name', problem) };
}

/** With tails that stood before as pointers. Throws WireError (WIRE_UNENCODABLE) for a label that is empty or too long. */
export function domainSearchOption(names: readonly string[]): Uint8Array {
  const octets: number[] = [];
  const seen = new Map<string, number>();
  for (const name of names) {
    const labels = name.split('.');
    let pointed = false;
    for (const [at, label] of labels.entries()) {
      const tail = labels.slice(at).join('.').toLowerCase();
      const before = seen.get(tail);
      if (before !== undefined) {
        octets.push(POINTER | (before >> 8), before & 0xff);
        pointed = true;
        break;
      }
      if (label.length === 0 || label.length > MAX_LABEL || /[^\x21-\x7e]/.test(label))
        throw new WireError(
          'WIRE_UNENCODABLE',
          octets.length,
          'domain name',
          `wanted labels of 1 to ${MAX_LABEL} printable characters, got "${name}"`,
        );
      if (octets.length <= MAX_OFFSET) seen.set(tail, octets.length);
      octets.push(label.length, ...Buffer.from(label));
    }
    if (!pointed) octets.push(0);
  }
  return Uint8Array.from(octets);
}
