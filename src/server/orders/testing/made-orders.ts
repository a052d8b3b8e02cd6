import type { Boot1 } from '../boot1.ts';
import type { Condition } from '../condition.ts';
import { type ClientVariables, type Order, type OrderRule, type Orders, ordersOf } from '../orders.ts';

/** Patterns by variable, as a configuration has them. */
export function conditions(
  match: Readonly<Record<string, string | readonly string[] | { readonly not: string | readonly string[] }>>,
): OrderRule['match'] {
  return new Map(
    Object.entries(match).map(([name, value]): [string, Condition] => {
      const not = typeof value === 'object' && 'not' in value;
      return [name, { patterns: [not ? value.not : value].flat(), not }];
    }),
  );
}

export function client(values: Readonly<Record<string, string | readonly string[]>>): ClientVariables {
  return new Map(Object.entries(values).map(([name, value]) => [name, [value].flat()]));
}

export function chainTo(
  url: string,
  ...or: Extract<Order, { or: unknown }>['or']
): Extract<Order, { kind: 'chain' }> {
  return { kind: 'chain', url, autofree: false, replace: false, or };
}

/** What HTTP is told of orders, but for a part that a test is about. */
export function siteWith(part: { readonly orders?: Orders; readonly boot1?: Partial<Boot1> } = {}) {
  return {
    boot2: '/boot2.php',
    boot1: {
      path: '/boot1.txt',
      boot2: 'http://pxe.example.com/boot2.php',
      variables: new Map<string, string>(),
      autoexec: false,
      ...part.boot1,
    },
    orders: part.orders ?? ordersOf([], { kind: 'exit' }),
  };
}
