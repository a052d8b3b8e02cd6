/** A list in a document, whose members are made one after the other while it is written: all of them may be too many. */
export class Unrolled {
  readonly members: () => Iterable<unknown>;

  constructor(members: () => Iterable<unknown>) {
    this.members = members;
  }
}

const INDENT = '  ';

/**
 * A document as JSON.stringify(document, null, 2) writes it, in pieces, with a line end. Its own fields may be Unrolled. Numbers
 * of 64 bits (bigint) become text: JSON's do not hold them.
 */
export function* jsonText(document: unknown): Generator<string> {
  const fields = Object.entries(document ?? {});
  if (!fields.some(([, value]) => value instanceof Unrolled)) {
    yield `${written(document, '')}\n`;
    return;
  }
  let before = '{';
  for (const [name, value] of fields) {
    yield `${before}\n${INDENT}${JSON.stringify(name)}: `;
    if (value instanceof Unrolled) yield* list(value);
    else yield written(value, INDENT);
    before = ',';
  }
  yield '\n}\n';
}

function* list({ members }: Unrolled): Generator<string> {
  const indent = INDENT + INDENT;
  let before = '[';
  for (const member of members()) {
    yield `${before}\n${indent}${written(member, indent)}`;
    before = ',';
  }
  yield before === '[' ? '[]' : `\n${INDENT}]`;
}

function written(value: unknown, indent: string): string {
  const text = JSON.stringify(
    value,
    (_, one: unknown) => (typeof one === 'bigint' ? one.toString() : one),
    2,
  );
  // A line end inside a text is escaped: those that are left are JSON's own.
  return (text ?? 'null').replaceAll('\n', `\n${indent}`);
}
