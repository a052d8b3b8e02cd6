import { didYouMean } from '../../config/nearest.ts';
import type { FieldPath } from '../../config/schema-problems.ts';
import { FORMATS, placeholdersOf } from '../orders/client-text.ts';
import { endsCommand } from '../orders/ipxe-script.ts';
import type { ConfigProblems } from './config-problems.ts';

export type OrderContext = {
  readonly problems: ConfigProblems;
  /** `http://pxe.example.com`: where this server's own files are. */
  readonly origin: string;
  /** Names that a client may send. */
  readonly variables: ReadonlySet<string>;
};

/** A URL is one word, and no option. */
export function checkWord(text: string, path: FieldPath, context: OrderContext): void {
  checkText(text, path, context);
  if (text.startsWith('-')) context.problems.add(path, `wanted a URL, got the option "${text}"`);
}

/** A text among an iPXE command's arguments: nothing in it may end the command. */
export function checkText(text: string, path: FieldPath, context: OrderContext): void {
  checkPlaceholders(text, path, context);
  const ends = text.split(/\s+/).find(endsCommand);
  if (ends !== undefined) {
    context.problems.add(
      path,
      `"${ends}" as a word of its own ends a command of iPXE, and there is no quoting`,
      'leave it out, or write it together with something else',
    );
  }
  if (text.endsWith('\\')) context.problems.add(path, 'a backslash at the end joins the next line to it');
}

export function checkPlaceholders(
  text: string,
  path: FieldPath,
  { variables, problems }: OrderContext,
): void {
  if (/\$\{[^}]*\{\{/.test(text)) {
    problems.add(path, 'wanted {{...}} outside of ${...}: a client must not choose the setting');
  }
  for (const { name, format } of placeholdersOf(text)) {
    if (!variables.has(name)) {
      problems.add(path, `{{${name}}}: no client sends "${name}"`, didYouMean(name, [...variables]));
    }
    if (format !== '' && !FORMATS.some((known) => known === format)) {
      problems.add(path, `{{${name}:${format}}}: no format "${format}"`, didYouMean(format, FORMATS));
    }
  }
}
