/**
 * The query of a URI as iPXE writes it and RFC 3986 §2.1 reads it: `%3A` is a colon, and `+` is a plus (it is a space
 * only in HTML forms). Names may stand more than once and without `=`; order and empty values are kept.
 */
export type QueryParameter = { readonly name: string; readonly value: string };

/** Reads what stands after the `?`. A percent sign without two hex digits stands for itself. Never throws. */
export function decodeQuery(query: string): readonly QueryParameter[] {
  if (query === '') return [];
  return query.split('&').map((pair) => {
    const at = pair.indexOf('=');
    const [name, value] = at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
    return { name: percentDecode(name), value: percentDecode(value) };
  });
}

/** Percent-encoded octets become octets, and octets become text as UTF-8; what is no UTF-8 becomes U+FFFD. */
export function percentDecode(text: string): string {
  if (!text.includes('%')) return text;
  const octets: number[] = [];
  const source = Buffer.from(text, 'utf8');
  for (let i = 0; i < source.length; i++) {
    const hex = source[i] === 0x25 ? source.toString('latin1', i + 1, i + 3) : '';
    if (/^[0-9a-fA-F]{2}$/.test(hex)) {
      octets.push(Number.parseInt(hex, 16));
      i += 2;
    } else octets.push(source[i] ?? 0);
  }
  return Buffer.from(octets).toString('utf8');
}
