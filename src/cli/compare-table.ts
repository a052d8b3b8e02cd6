import type { ComparedRow } from '../profile/compare-profiles.ts';
import { type FoldedRows, foldRows } from '../profile/fold-rows.ts';
import type { Fact } from '../profile/profile.ts';
import { printable } from '../report/terminal.ts';
import type { Io } from './command.ts';

export type FramesOf = ReadonlyMap<string, readonly number[]>;
type Frames = { readonly a: FramesOf; readonly b: FramesOf };

const COLOUR = { changed: 'yellow', gone: 'red', new: 'green', same: 'dim' } as const;
const TITLE = {
  changed: 'changed',
  gone: 'gone: only A does it',
  new: 'new: only B does it',
  same: 'same',
} as const;
const CITED_FRAMES = 3;
const INDENT = '    ';
/** Narrower than this and nothing is read any more. */
const NARROWEST = 20;

/**
 * Differences by outcome: the path, then a line for each side, wrapped to the terminal. What only one side has is one
 * line with the count of its facts, unless all is to be shown.
 */
export function* compareTable(
  rows: readonly ComparedRow[],
  frames: Frames,
  all: boolean,
  io: Pick<Io, 'paint' | 'width'>,
): Generator<string> {
  const shown = all ? rows : foldRows(rows);
  for (const outcome of ['changed', 'gone', 'new', 'same'] as const) {
    const those = shown.filter((row) => row.outcome === outcome);
    if (those.length === 0 || (outcome === 'same' && !all)) continue;
    yield io.paint('bold', TITLE[outcome]);
    for (const row of those) {
      const count = 'facts' in row ? `: ${row.facts} facts` : '';
      yield `  ${io.paint(COLOUR[outcome], printable(row.path))}${count}${row.allowed ? ' (allowed)' : ''}`;
      if (!('facts' in row)) yield* sides(row, frames, io.width);
    }
    yield '';
  }
  yield* wrapped('', summaryOf(rows, shown), io.width);
}

function summaryOf(
  rows: readonly ComparedRow[],
  shown: readonly (ComparedRow | FoldedRows)[],
): readonly string[] {
  const count = (outcome: ComparedRow['outcome']): string =>
    `${rows.filter((row) => row.outcome === outcome).length} ${outcome}`;
  const allowed = rows.filter((row) => row.allowed).length;
  const counts = [count('same'), count('changed'), count('gone'), count('new')].join(', ');
  const may = allowed > 0 ? `; ${allowed} of them allowed` : '';
  const more = shown.some((row) => 'facts' in row) ? '; --all or --json: every fact' : '';
  return words(`${counts}${may}${more}`);
}

function* sides(row: ComparedRow, frames: Frames, width: number): Generator<string> {
  const { outcome, path, a, b, detail } = row;
  if (a !== undefined) yield* side(outcome === 'same' ? '=' : 'A', a, frames.a.get(path), width);
  if (b !== undefined && outcome !== 'same') yield* side('B', b, frames.b.get(path), width);
  if (detail !== undefined) yield* wrapped(INDENT, words(`(${printable(detail)})`), width);
}

function side(label: string, value: Fact, cited: readonly number[] = [], width: number): Iterable<string> {
  const proof = cited.length === 0 ? [] : [` ${frameText(cited)}`];
  return wrapped(`${INDENT}${label} `, [...pieces(value), ...proof], width);
}

/** What a line may be broken between. */
function pieces(value: Fact): readonly string[] {
  if (!Array.isArray(value)) return value === '' ? ['(empty)'] : words(printable(String(value)));
  if (value.length === 0) return ['(none)'];
  const comma = value.every((one) => typeof one === 'number') ? '' : ',';
  return value.map((one, i) => `${printable(String(one))}${i < value.length - 1 ? comma : ''}`);
}

function words(text: string): readonly string[] {
  return text.split(' ');
}

function frameText(frames: readonly number[]): string {
  const cited = [...new Set(frames)];
  const more = cited.length > CITED_FRAMES ? ' …' : '';
  return `${cited
    .slice(0, CITED_FRAMES)
    .map((frame) => `#${frame}`)
    .join(' ')}${more}`;
}

/** Pieces with a space between, as many in a line as fit; one that is longer than a line is broken at its spaces, or anywhere. */
function* wrapped(first: string, list: readonly string[], width: number): Generator<string> {
  const room = Math.max(NARROWEST, width - first.length);
  let lead = first;
  let line = '';
  const broken = list.flatMap((piece) =>
    piece.length <= room ? [piece] : words(piece).flatMap((word) => cut(word, room)),
  );
  for (const piece of broken) {
    if (line !== '' && line.length + 1 + piece.trimEnd().length > room) {
      yield `${lead}${line}`;
      lead = ' '.repeat(first.length);
      line = piece.trimStart();
    } else line = line === '' ? piece : `${line} ${piece}`;
  }
  yield `${lead}${line}`;
}

function cut(word: string, length: number): readonly string[] {
  return Array.from({ length: Math.max(1, Math.ceil(word.length / length)) }, (_, i) =>
    word.slice(i * length, (i + 1) * length),
  );
}
