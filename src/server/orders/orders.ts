import { matchesGlob } from './glob.ts';

/** What a client is told to do: one iPXE script each. */
export type Order =
  | { readonly kind: 'chain'; readonly url: string }
  | { readonly kind: 'sanboot'; readonly uri: string; readonly initiatorIqn: string | undefined }
  | { readonly kind: 'script'; readonly text: string }
  | { readonly kind: 'exit' };

/** All names have to match, each with any of its patterns. */
export type OrderRule = {
  readonly match: ReadonlyMap<string, readonly string[]>;
  readonly order: Order;
};

export type Orders = {
  /** The first that matches wins. */
  readonly rules: readonly OrderRule[];
  readonly defaultOrder: Order;
};

/** What is known of a client: names as boot1 sends them to boot2, each with all its values (`asset` may stand twice). */
export type ClientVariables = ReadonlyMap<string, readonly string[]>;

export type Decision = {
  readonly order: Order;
  /** Index of the rule that matched; undefined: the default. */
  readonly rule: number | undefined;
};

export function chooseOrder(orders: Orders, client: ClientVariables): Decision {
  const rule = orders.rules.findIndex(({ match }) => matchesAll(match, client));
  const found = orders.rules[rule];
  return found === undefined ? { order: orders.defaultOrder, rule: undefined } : { order: found.order, rule };
}

function matchesAll(match: OrderRule['match'], client: ClientVariables): boolean {
  for (const [name, patterns] of match) {
    const values = client.get(name) ?? [''];
    if (!values.some((value) => patterns.some((pattern) => matchesValue(name, pattern, value)))) return false;
  }
  return true;
}

/** MAC addresses and UUIDs in any of their spellings; everything else as it is. */
function matchesValue(name: string, pattern: string, value: string): boolean {
  switch (kindOfVariable(name)) {
    case 'mac':
      return matchesGlob(bareDigits(pattern), bareDigits(value));
    case 'uuid': {
      const [wanted, got] = [bareDigits(pattern), bareDigits(value)];
      return matchesGlob(wanted, got) || matchesGlob(wanted, swappedUuid(got));
    }
    case 'text':
      return matchesGlob(pattern, value);
  }
}

/** iPXE's names: `mac`, `net0/mac`, `uuid`. */
export function kindOfVariable(name: string): 'mac' | 'uuid' | 'text' {
  const last = name.slice(name.lastIndexOf('/') + 1);
  return last === 'mac' || last === 'uuid' ? last : 'text';
}

/** iPXE writes MAC addresses with colons or, as `hexhyp`, with dashes: IPXE-004 wants both to be the same client. */
function bareDigits(text: string): string {
  return text.toLowerCase().replace(/[-:.{}]/g, '');
}

/**
 * The other byte order of a UUID's 32 digits: SMBIOS 2.6 made the first three fields little-endian, so the octets on the
 * wire and what iPXE prints differ.
 */
function swappedUuid(digits: string): string {
  const octets = digits.match(/../g);
  if (octets === null || octets.length !== 16) return digits;
  const [a, b, c, d, e, f, g, h, ...rest] = octets;
  return [d, c, b, a, f, e, h, g, ...rest].join('');
}
