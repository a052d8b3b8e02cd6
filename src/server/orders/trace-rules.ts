import { compileCondition, isKnown, valuesOf } from './condition.ts';
import type { ClientVariables, Orders } from './orders.ts';

/** Why a rule matched, or at which variable it did not. */
export type RuleTrace = {
  /** Index of the rule. */
  readonly rule: number;
  readonly where: string | undefined;
  readonly matched: boolean;
  readonly conditions: readonly ConditionTrace[];
};

export type ConditionTrace = {
  readonly variable: string;
  readonly wanted: readonly string[];
  readonly not: boolean;
  readonly got: readonly string[];
  /** False: the client did not say, which is taken for empty. */
  readonly known: boolean;
  readonly holds: boolean;
};

/** Every rule that was looked at, up to the one that matched. */
export function traceRules(orders: Orders, client: ClientVariables): readonly RuleTrace[] {
  const traces: RuleTrace[] = [];
  for (const [rule, { match, where }] of orders.rules.entries()) {
    const conditions = Array.from(
      match,
      ([variable, condition]): ConditionTrace => ({
        variable,
        wanted: condition.patterns,
        not: condition.not,
        got: valuesOf(variable)(client),
        known: isKnown(variable, client),
        holds: compileCondition(variable, condition)(client),
      }),
    );
    const matched = conditions.every(({ holds }) => holds);
    traces.push({ rule, where, matched, conditions });
    if (matched) break;
  }
  return traces;
}
