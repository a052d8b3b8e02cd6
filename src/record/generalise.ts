import { fillIn, type Variables } from '../scenario/variables.ts';

/** Longer than a number or a short word: these are found inside other texts, too. */
const FOUND_INSIDE = ['client.ip', 'client.mac', 'client.uuid', 'client.uuid-on-wire', 'pxe'] as const;

/**
 * What one boot said, for every boot: values that a scenario has variables for become these, `10.188.0.66` is
 * `${client.ip}`. Everything else stays what it is.
 */
export class Generaliser {
  readonly #variables: Variables;
  readonly #byValue = new Map<string, string>();

  constructor(variables: Variables) {
    this.#variables = variables;
    for (const [name, value] of variables)
      if (value !== '' && !this.#byValue.has(value)) this.#byValue.set(value, name);
  }

  /** For a field that is compared exactly. */
  text(value: string): string {
    const name = this.#byValue.get(value);
    if (name !== undefined) return `\${${name}}`;
    // Split so that what one replacement wrote is no text for the next.
    let parts: readonly { readonly text: string; readonly done: boolean }[] = [{ text: value, done: false }];
    for (const variable of FOUND_INSIDE) {
      const known = this.#variables.get(variable);
      if (known === undefined) continue;
      parts = parts.flatMap((part) => (part.done ? [part] : replaced(part.text, known, variable)));
    }
    return parts.map(({ text, done }) => (done ? text : text.replace(/\$\{(?=[^}]*\})/g, '$$$${'))).join('');
  }

  /** For a pattern. A text that cannot be said as one is left open. */
  pattern(value: string): string {
    const text = this.text(value);
    return text === '' || text.startsWith('re:') || fillIn(text, this.#variables) !== value ? '*' : text;
  }

  /** An address that a scenario can name, or undefined: any other is of this one run. */
  address(value: string | undefined): string | undefined {
    const name = value === undefined ? undefined : this.#byValue.get(value);
    return name === undefined ? undefined : `\${${name}}`;
  }
}

/** Where an address or name begins and ends, no letter, digit or dot goes on: `10.188.0.1` is not in `10.188.0.10`. */
function replaced(
  text: string,
  known: string,
  variable: string,
): readonly { readonly text: string; readonly done: boolean }[] {
  const literal = known.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  const pieces = text.split(new RegExp(`(?<![\\w.])${literal}(?![\\w]|\\.\\d)`));
  return pieces.flatMap((piece, i) => [
    ...(i === 0 ? [] : [{ text: `\${${variable}}`, done: true }]),
    { text: piece, done: false },
  ]);
}
