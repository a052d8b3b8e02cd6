import { bareDigits, compileCondition, isKnown, macPattern, type Test } from './condition.ts';
import { isGlob } from './glob.ts';
import type { ClientVariables, OrderRule } from './orders.ts';

export type CompiledRules = {
  /** Index of the first rule that matches. */
  readonly firstMatch: (client: ClientVariables) => number | undefined;
  /** The same where only some variables are known; `undecided` where a rule may match that comes first. */
  readonly firstCertain: (known: ClientVariables) => number | undefined | 'undecided';
};

type Tests = readonly { readonly name: string; readonly test: Test }[];

/**
 * Rules that name whole MAC addresses, which an operator may have thousands of, are found by address; all others are gone
 * through in order.
 */
export function compileRules(rules: readonly OrderRule[]): CompiledRules {
  const tests = rules.map(
    ({ match }): Tests =>
      Array.from(match, ([name, condition]) => ({ name, test: compileCondition(name, condition) })),
  );
  const byMac = new Map<string, number[]>();
  const others: number[] = [];
  for (const [index, rule] of rules.entries()) {
    const addresses = wholeAddresses(rule);
    if (addresses === undefined) others.push(index);
    for (const address of addresses ?? []) {
      const known = byMac.get(address);
      if (known === undefined) byMac.set(address, [index]);
      else known.push(index);
    }
  }
  const matches = (index: number, client: ClientVariables): boolean =>
    tests[index]?.every(({ test }) => test(client)) ?? false;

  /** Rules that can match a client of whom this is known: where its address is, those of other addresses cannot. */
  const candidates = (known: ClientVariables): Iterable<number> => {
    const addresses = known.get('mac');
    if (addresses === undefined) return tests.keys();
    const own = addresses.flatMap((mac) => byMac.get(bareDigits(mac)) ?? []);
    return [...own, ...others].toSorted((a, b) => a - b);
  };

  return {
    firstMatch: (client) => {
      let first = Number.POSITIVE_INFINITY;
      for (const mac of client.get('mac') ?? []) {
        for (const index of byMac.get(bareDigits(mac)) ?? []) {
          if (index >= first) break;
          if (matches(index, client)) first = index;
        }
      }
      for (const index of others) {
        if (index >= first) break;
        if (matches(index, client)) return index;
      }
      return first === Number.POSITIVE_INFINITY ? undefined : first;
    },
    firstCertain: (known) => {
      for (const index of candidates(known)) {
        const conditions = tests[index] ?? [];
        const told = conditions.filter(({ name }) => isKnown(name, known));
        if (!told.every(({ test }) => test(known))) continue;
        return told.length === conditions.length ? index : 'undecided';
      }
      return undefined;
    },
  };
}

/** The MAC addresses of a rule that names nothing but whole ones; undefined for every other rule. */
export function wholeAddresses({ match }: OrderRule): readonly string[] | undefined {
  const condition = match.get('mac');
  if (condition === undefined || condition.not) return undefined;
  const digits = condition.patterns.map(macPattern);
  return digits.some(isGlob) ? undefined : digits;
}
