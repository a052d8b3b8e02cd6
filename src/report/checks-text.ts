import type { Clause } from '../checks/check.ts';
import type { CheckResult } from '../checks/evaluate.ts';
import { type Paint, printable, wrapped } from './terminal.ts';

/** Failures of one check that are told; the document has more. */
const TOLD = 2;

/** `RFC 2131 §4.3.1 Table 3, MUST`. */
export function clauseName({ document, section, level }: Clause): string {
  return `${[document, section].filter((part) => part !== '').join(' ')}, ${level}`;
}

/** A clause is broken where it binds: a SHOULD only with `strict`. */
export function isBroken({ check, outcome }: CheckResult, strict: boolean): boolean {
  return outcome === 'fail' && (strict || check.clause.level === 'MUST');
}

/**
 * One line of sums, then every clause that was not held: what was wanted, what came and where. Nothing where no clause
 * applied.
 */
export function formatChecks(
  results: readonly CheckResult[],
  strict: boolean,
  paint: Paint,
  width: number,
): readonly string[] {
  const count = (wanted: (result: CheckResult) => boolean) => results.filter(wanted).length;
  const held = count(({ outcome }) => outcome === 'pass');
  const broken = count((result) => isBroken(result, strict));
  const weak = count((result) => result.outcome === 'fail' && !isBroken(result, strict));
  const open = count(({ outcome }) => outcome === 'inconclusive');
  if (results.every(({ applied }) => applied === 0)) return [];
  const sums = [
    `${held} held`,
    ...(broken > 0 ? [paint('red', `${broken} broken`)] : []),
    ...(weak > 0 ? [paint('yellow', `${weak} not as they should be`)] : []),
    ...(open > 0 ? [`${open} undecided`] : []),
  ];
  const lines = [`  ${paint('bold', 'clauses')}: ${sums.join(', ')}`];
  for (const result of results) {
    if (result.outcome !== 'fail') continue;
    const { check, failures, applied } = result;
    const [mark, colour] = isBroken(result, strict) ? (['✗', 'red'] as const) : (['!', 'yellow'] as const);
    lines.push(
      `  ${paint(colour, mark)} ${paint('bold', check.id)}  ${paint('dim', clauseName(check.clause))}`,
    );
    const text = 'quote' in check.clause ? `“${check.clause.quote}”` : check.clause.says;
    lines.push(...wrapped(text, width - 6).map((line) => `      ${paint('dim', line)}`));
    for (const { expected, actual, frames } of failures.slice(0, TOLD)) {
      const where = frames.map((frame) => `#${frame}`).join(' ');
      lines.push(
        ...wrapped(printable(`wanted ${expected}; got ${actual} (${where})`), width - 4).map(
          (line) => `    ${line}`,
        ),
      );
    }
    if (failures.length > TOLD) lines.push(`    … ${failures.length} of ${applied} times`);
  }
  return lines;
}
