import { decodeQuery } from '../../wire/uri-query.ts';

/** The query's values by name: a name may stand twice (`asset` does in the write-up's boot1), all its values are kept. */
export function parseBootQuery(query: string): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, string[]>();
  for (const { name, value } of decodeQuery(query)) {
    const known = values.get(name);
    if (known === undefined) values.set(name, [value]);
    else known.push(value);
  }
  return values;
}
