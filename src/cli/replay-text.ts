import type { ExchangeResult, ExchangeVerdict } from '../client/replay/exchange.ts';
import { printable, wrapped } from '../report/terminal.ts';
import type { Io } from './command.ts';

const COLOUR: Readonly<Record<ExchangeVerdict, 'green' | 'red' | 'yellow'>> = {
  ...{ same: 'green', got: 'yellow' },
  ...{ differs: 'red', missing: 'red', extra: 'red', skipped: 'red' },
};
const COUNTED: Readonly<Record<ExchangeVerdict, string>> = {
  ...{ same: 'same', differs: 'differ', missing: 'missing', extra: 'extra' },
  ...{ got: 'with nothing to compare', skipped: 'skipped' },
};
const INDENT = ' '.repeat(11);
const NARROWEST = 24;
/** Frames that are listed; --json has all. */
const FRAMES = 4;

/** The exchanges of each client, in order; what differs field by field. */
export function* replayText(
  results: readonly ExchangeResult[],
  io: Pick<Io, 'paint' | 'width'>,
): Generator<string> {
  let client = '';
  for (const result of results.toSorted((a, b) => a.client.localeCompare(b.client))) {
    if (result.client !== client) yield io.paint('bold', result.client);
    client = result.client;
    const { verdict, what, note, differences } = result;
    yield* headLines(`  ${io.paint(COLOUR[verdict], verdict.padEnd(7))}  `, printable(what), result, io);
    if (note !== undefined) yield* indented(printable(note), io);
    for (const { field, recorded = '(none)', got = '(none)' } of differences)
      yield* indented(printable(`${field}: recorded ${recorded}, got ${got}`), io);
  }
  if (results.length > 1) yield `  ${tally(results)}`;
}

/** `9 exchanges: 2 same, 7 differ`. */
function tally(results: readonly ExchangeResult[]): string {
  const counts = Object.entries(COUNTED).flatMap(([verdict, word]) => {
    const count = results.filter((result) => result.verdict === verdict).length;
    return count === 0 ? [] : [`${count} ${word}`];
  });
  const exchanges = results.filter(({ verdict }) => verdict !== 'extra').length;
  return `${exchanges} exchanges: ${counts.join(', ')}`;
}

/** Frames stand at the right, where there is room for them. */
function* headLines(
  head: string,
  what: string,
  { recorded, frames }: ExchangeResult,
  { paint, width }: Pick<Io, 'paint' | 'width'>,
): Generator<string> {
  const where = `${numbers(recorded)}${frames.length === 0 ? '' : ` now ${numbers(frames)}`}`;
  const room = Math.max(NARROWEST, width - INDENT.length);
  if (what.length + 2 + where.length <= room) {
    yield `${head}${what}${' '.repeat(room - what.length - where.length)}${paint('dim', where)}`;
    return;
  }
  const [first = '', ...more] = wrapped(what, room);
  yield `${head}${first}`;
  for (const line of more) yield `${INDENT}${line}`;
  yield `${INDENT}${' '.repeat(Math.max(0, room - where.length))}${paint('dim', where)}`;
}

function* indented(text: string, { width }: Pick<Io, 'width'>): Generator<string> {
  for (const line of wrapped(text, Math.max(NARROWEST, width - INDENT.length))) yield `${INDENT}${line}`;
}

function numbers(frames: readonly number[]): string {
  const shown = frames.slice(0, FRAMES).map((frame) => `#${frame}`);
  return [...shown, ...(frames.length > FRAMES ? ['…'] : [])].join(' ');
}

/** What of a client is not done again. */
export type Left = { readonly client: string; readonly what: string; readonly count: number };

export function leftText({ client, what, count }: Left): string {
  return `${client}: not replayed: ${count === 1 ? '' : `${count} × `}${what}`;
}
