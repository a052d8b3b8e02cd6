import type { ComparedRow } from '../profile/compare-profiles.ts';
import type { Fact } from '../profile/profile.ts';
import { printable } from '../report/terminal.ts';
import type { Io } from './command.ts';

export type FramesOf = ReadonlyMap<string, readonly number[]>;

const COLOUR = { changed: 'yellow', gone: 'red', new: 'green', same: 'dim' } as const;
const TITLE = {
  changed: 'changed',
  gone: 'gone: only A does it',
  new: 'new: only B does it',
  same: 'same',
} as const;
const CITED_FRAMES = 3;
const LABEL = 4;
const INDENT = '    ';

/** Differences by outcome: the path, then a line for each side, wrapped to the terminal. */
export function* compareTable(
  rows: readonly ComparedRow[],
  frames: { readonly a: FramesOf; readonly b: FramesOf },
  all: boolean,
  io: Pick<Io, 'paint' | 'width'>,
): Generator<string> {
  for (const outcome of ['changed', 'gone', 'new', 'same'] as const) {
    const those = rows.filter((row) => row.outcome === outcome);
    if (those.length === 0 || (outcome === 'same' && !all)) continue;
    yield io.paint('bold', TITLE[outcome]);
    for (const row of those) {
      yield `  ${io.paint(COLOUR[outcome], printable(row.path))}${row.allowed ? ' (allowed)' : ''}`;
      if (row.a !== undefined)
        yield* side(outcome === 'same' ? '=' : 'A', row.a, frames.a.get(row.path), io.width);
      if (row.b !== undefined && outcome !== 'same')
        yield* side('B', row.b, frames.b.get(row.path), io.width);
      if (row.detail !== undefined) yield* wrapped(INDENT, `(${printable(row.detail)})`, io.width);
    }
    yield '';
  }
  const count = (outcome: ComparedRow['outcome']): string =>
    `${rows.filter((row) => row.outcome === outcome).length} ${outcome}`;
  const allowed = rows.filter((row) => row.allowed).length;
  const more = allowed > 0 ? `; ${allowed} of them allowed` : '';
  yield `${count('changed')}, ${count('gone')}, ${count('new')}${more}; ${count('same')}`;
}

function* side(
  label: string,
  value: Fact,
  cited: readonly number[] | undefined,
  width: number,
): Generator<string> {
  const proof = cited === undefined || cited.length === 0 ? '' : `  ${frameText(cited)}`;
  yield* wrapped(`${INDENT}${label} `.padEnd(LABEL), `${factText(value)}${proof}`, width);
}

function factText(value: Fact): string {
  if (!Array.isArray(value)) return value === '' ? '(empty)' : printable(String(value));
  const separator = value.every((one) => typeof one === 'number') ? ' ' : ', ';
  return value.length === 0 ? '(none)' : printable(value.join(separator));
}

function frameText(frames: readonly number[]): string {
  const cited = [...new Set(frames)];
  const more = cited.length > CITED_FRAMES ? ' …' : '';
  return `${cited
    .slice(0, CITED_FRAMES)
    .map((frame) => `#${frame}`)
    .join(' ')}${more}`;
}

/** Breaks at spaces, and inside a word only where it is longer than a line. */
function* wrapped(first: string, text: string, width: number): Generator<string> {
  const room = Math.max(20, width - first.length);
  let lead = first;
  let left = text;
  while (left.length > room) {
    const space = left.lastIndexOf(' ', room);
    const at = space > 0 ? space : room;
    yield `${lead}${left.slice(0, at).trimEnd()}`;
    lead = ' '.repeat(first.length);
    left = left.slice(at).trimStart();
  }
  yield `${lead}${left}`;
}
