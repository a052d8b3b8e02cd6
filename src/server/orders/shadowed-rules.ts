import { wholeAddresses } from './compile-rules.ts';
import {
  bareDigits,
  type Condition,
  kindOfVariable,
  macPattern,
  parseNetwork,
  variableName,
} from './condition.ts';
import { coversGlob } from './glob.ts';
import type { OrderRule } from './orders.ts';

/** A rule that no client can reach, and the earlier one that takes all its clients. */
export type ShadowedRule = { readonly rule: number; readonly by: number };

/** Those that are plain to see: every condition of the earlier rule is met by whoever meets the later one. */
export function shadowedRules(rules: readonly OrderRule[]): readonly ShadowedRule[] {
  const found: ShadowedRule[] = [];
  // Of thousands of rules with an address each, only those of the same address can be in the way.
  const byMac = new Map<string, number[]>();
  const others: number[] = [];
  for (const [index, rule] of rules.entries()) {
    const addresses = wholeAddresses(rule);
    const [first = ''] = addresses ?? [];
    const by = [...(byMac.get(first) ?? []), ...others].find((earlier) =>
      coversRule(rules[earlier]?.match ?? NOTHING, rule.match),
    );
    if (by !== undefined) found.push({ rule: index, by });
    if (addresses === undefined) others.push(index);
    for (const address of addresses ?? []) byMac.set(address, [...(byMac.get(address) ?? []), index]);
  }
  return found;
}

const NOTHING: OrderRule['match'] = new Map();

type Match = OrderRule['match'];

function coversRule(earlier: Match, later: Match): boolean {
  const conditions = new Map(Array.from(later, ([name, condition]) => [variableName(name), condition]));
  for (const [name, wide] of earlier) {
    if (!wide.not && wide.patterns.some((pattern) => /^\*+$/.test(pattern))) continue;
    const narrow = conditions.get(variableName(name));
    if (narrow === undefined || !coversCondition(name, wide, narrow)) return false;
  }
  return true;
}

function coversCondition(name: string, wide: Condition, narrow: Condition): boolean {
  if (wide.not !== narrow.not) return false;
  const covers = (a: string, b: string): boolean => coversPattern(name, a, b);
  return wide.not
    ? wide.patterns.every((pattern) => narrow.patterns.some((other) => covers(other, pattern)))
    : narrow.patterns.every((pattern) => wide.patterns.some((other) => covers(other, pattern)));
}

function coversPattern(name: string, wide: string, narrow: string): boolean {
  switch (kindOfVariable(name)) {
    case 'mac':
      return coversGlob(macPattern(wide), macPattern(narrow));
    case 'uuid':
      return coversGlob(bareDigits(wide), bareDigits(narrow));
    case 'address': {
      const [outer, inner] = [parseNetwork(wide), parseNetwork(narrow) ?? parseNetwork(`${narrow}/32`)];
      if (outer === undefined || inner === undefined) return coversGlob(wide, narrow);
      return inner.start >= outer.start && inner.start + inner.size <= outer.start + outer.size;
    }
    case 'architecture':
      return coversGlob(wide.toLowerCase(), narrow.toLowerCase());
    case 'text':
      return coversGlob(wide, narrow);
  }
}
