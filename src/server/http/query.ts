/**
 * A query as iPXE writes it (clauses HTTP-011 to HTTP-013, trap 27): `%XX` is an octet, `+` is a plus (form decoders make
 * it a space and read another product name), a key may stand twice, a value may be missing.
 */
export function parseBootQuery(query: string): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, string[]>();
  for (const part of query.split('&')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const name = percentDecoded(equals < 0 ? part : part.slice(0, equals));
    const value = equals < 0 ? '' : percentDecoded(part.slice(equals + 1));
    const known = values.get(name);
    if (known === undefined) values.set(name, [value]);
    else known.push(value);
  }
  return values;
}

/** RFC 3986 §2.1. A `%` without two hex digits stays as it is; octets that are no UTF-8 become replacement characters. */
export function percentDecoded(text: string): string {
  if (!text.includes('%')) return text;
  const octets: number[] = [];
  const raw = Buffer.from(text);
  for (let at = 0; at < raw.length; at++) {
    const digits = raw[at] === 0x25 ? raw.toString('latin1', at + 1, at + 3) : '';
    if (/^[0-9a-fA-F]{2}$/.test(digits)) {
      octets.push(Number.parseInt(digits, 16));
      at += 2;
    } else octets.push(raw[at] ?? 0);
  }
  return Buffer.from(octets).toString('utf8');
}
