import { readFile } from 'node:fs/promises';
import { isMap, isNode, isScalar, LineCounter, type Node, type ParsedNode, parseDocument } from 'yaml';
import type { z } from 'zod';
import { ConfigError, type ConfigProblem } from './config-error.ts';
import { type FieldPath, problemsOf } from './schema-problems.ts';

/** A file that was read and holds what its schema says. */
export type YamlFile<T> = {
  /** As the caller named it: what errors print. */
  readonly file: string;
  readonly text: string;
  readonly value: T;
  /** Line and column of a field, for errors found later (a name that does not exist). */
  readonly problemAt: (path: FieldPath, message: string, hint?: string) => ConfigProblem;
};

/** Reads and checks a YAML file. Throws ConfigError with every problem's file, line and field. */
export async function loadYamlFile<S extends z.ZodType>(
  file: string,
  schema: S,
): Promise<YamlFile<z.output<S>>> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const said =
      code === 'ENOENT' ? 'no such file' : code === 'EISDIR' ? 'wanted a file, got a folder' : message;
    throw unreadable(file, said, error);
  }
  if (text.includes('\0')) throw unreadable(file, 'wanted a YAML file, got something that is no text');
  return parseYaml(file, text, schema);
}

function unreadable(file: string, message: string, cause?: unknown): ConfigError {
  const problem = { line: 0, column: 0, field: '', message, hint: undefined };
  return new ConfigError('CONFIG_UNREADABLE', file, [problem], cause);
}

/** The same for text at hand. `file` only names it. */
export function parseYaml<S extends z.ZodType>(file: string, text: string, schema: S): YamlFile<z.output<S>> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    // What follows the first one is mostly about the parser's guess at it.
    const [first] = document.errors.toSorted((a, b) => a.pos[0] - b.pos[0]);
    const { line, col } = lines.linePos(first?.pos[0] ?? 0);
    const message =
      first?.code === 'DUPLICATE_KEY' ? duplicate(text, first.pos) : `not YAML: ${first?.message}`;
    throw new ConfigError('CONFIG_SYNTAX', file, [
      { line, column: col, field: '', message, hint: undefined },
    ]);
  }

  const problemAt = (path: FieldPath, message: string, hint?: string): ConfigProblem => {
    const offset = offsetOf(document.contents, path);
    const { line, col } = lines.linePos(offset);
    return { line, column: col, field: fieldName(path), message, hint };
  };
  const raw: unknown = document.toJS();
  const checked = schema.safeParse(raw);
  if (!checked.success) {
    const problems = problemsOf(checked.error.issues, raw, schema);
    throw new ConfigError(
      'CONFIG_SCHEMA',
      file,
      problems.map(({ path, message, hint }) => problemAt(path, message, hint)),
    );
  }
  return { file, text, value: checked.data, problemAt };
}

/** Offset of the key where there is one (it is what the reader looks for), else of the value; the deepest part that exists. */
function offsetOf(contents: ParsedNode | null, path: FieldPath): number {
  let node: Node | null = contents;
  let offset = contents?.range[0] ?? 0;
  for (const part of path) {
    if (isMap(node)) {
      const pair = node.items.find(
        (item) => (isScalar(item.key) ? String(item.key.value) : '') === String(part),
      );
      if (pair === undefined) return offset;
      const key = pair.key;
      if (isNode(key) && key.range) offset = key.range[0];
      node = isNode(pair.value) ? pair.value : null;
    } else if (node !== null && 'items' in node) {
      const item: unknown = (node.items as readonly unknown[])[Number(part)];
      if (!isNode(item)) return offset;
      if (item.range) offset = item.range[0];
      node = item;
    } else return offset;
  }
  return offset;
}

function duplicate(text: string, [from, to]: readonly [number, number]): string {
  // The parser points at the key's first character only.
  const key = /^[^:\n]*/.exec(text.slice(from))?.[0].trim() ?? text.slice(from, to);
  return `the key ${key} stands twice`;
}

function fieldName(path: FieldPath): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
}
