import type { CheckResult } from '../checks/evaluate.ts';
import { clauseName, isBroken } from './checks-text.ts';
import { type Paint, printable, wrapped } from './terminal.ts';

/** Failures of one check that are told; the document has more. */
const TOLD = 2;

/** What a server was asked, in groups by protocol, each clause with a tick or with what proves that it was not held. */
export function* formatProbe(
  results: readonly CheckResult[],
  strict: boolean,
  paint: Paint,
  width: number,
): Generator<string> {
  const [asked, unasked] = [
    results.filter(({ applied }) => applied > 0),
    results.filter((r) => r.applied === 0),
  ];
  for (const [group, members] of Map.groupBy(asked, ({ check }) => groupOf(check.id))) {
    yield paint('bold', group);
    for (const result of members) yield* formatResult(result, strict, paint, width);
    yield '';
  }
  if (unasked.length > 0) {
    yield paint('bold', 'not decided: no client asked, or no answer has to do with them');
    const ids = unasked.map(({ check }) => check.id).join(', ');
    yield* wrapped(ids, width - 2).map((line) => `  ${paint('dim', line)}`);
    yield '';
  }
  const count = (wanted: (result: CheckResult) => boolean) => asked.filter(wanted).length;
  const failed = count((result) => isBroken(result, strict));
  const weak = count((result) => result.outcome === 'fail' && !isBroken(result, strict));
  const open = count(({ outcome }) => outcome === 'inconclusive');
  yield [
    `${asked.length} clauses: ${paint('green', `${count(({ outcome }) => outcome === 'pass')} held`)}`,
    ...(failed > 0 ? [paint('red', `${failed} broken`)] : []),
    ...(weak > 0 ? [paint('yellow', `${weak} not as they should be`)] : []),
    ...(open > 0 ? [`${open} undecided`] : []),
    `${unasked.length} not asked`,
  ].join(', ');
}

/** `dhcp` of `dhcp.offer.ciaddr-zero`. */
export function groupOf(id: string): string {
  return id.split('.')[0] ?? id;
}

function* formatResult(result: CheckResult, strict: boolean, paint: Paint, width: number): Generator<string> {
  const { check, outcome, failures, applied } = result;
  const text = 'quote' in check.clause ? `“${check.clause.quote}”` : check.clause.says;
  if (outcome !== 'fail') {
    const mark = outcome === 'pass' ? paint('green', '✔') : '?';
    yield `  ${mark} ${check.id}  ${paint('dim', clauseName(check.clause))}`;
    return;
  }
  const [mark, colour] = isBroken(result, strict) ? (['✗', 'red'] as const) : (['!', 'yellow'] as const);
  yield `  ${paint(colour, mark)} ${paint('bold', check.id)}  ${paint('dim', clauseName(check.clause))}`;
  yield* wrapped(text, width - 6).map((line) => `      ${paint('dim', line)}`);
  for (const { expected, actual, frames } of failures.slice(0, TOLD)) {
    const where = frames.map((frame) => `#${frame}`).join(' ');
    yield* wrapped(printable(`wanted ${expected}; got ${actual} (${where})`), width - 4).map(
      (line) => `    ${line}`,
    );
  }
  if (failures.length > TOLD) yield `    … ${failures.length} of ${applied} times`;
}
