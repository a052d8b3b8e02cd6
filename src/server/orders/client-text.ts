import type { ClientVariables } from './orders.ts';

/** `{{serial}}`, or with one of iPXE's formats for addresses: `{{mac:hexhyp}}`. */
const PLACEHOLDER = /\{\{([^{}]+)\}\}/g;

type Placeholder = { readonly name: string; readonly format: Format | undefined };
export type Format = (typeof FORMATS)[number];

/** iPXE's own words: `00-12-34-56-78-90`, `001234567890`, `00:12:34:56:78:90`. */
export const FORMATS = ['hexhyp', 'hexraw', 'hex'] as const;

/**
 * Puts the client's own values into a text an operator wrote. `${name}` is left to iPXE. What a client says is
 * percent-encoded but for letters, digits and `._~+:-`; at its beginning `:` and `-` are, too. So a value is never white
 * space, the end of a line, `$`, `|`, `&`, `;`, `#`, a backslash, a quotation mark, a slash, an option or a label: it stays
 * within the word in which it was put, in iPXE's scripts as in pxelinux's configurations and on a kernel's command line
 * (SEC-013). And in a URL it is right: one piece of a path, or one value of a query.
 */
export function fillIn(text: string, client: ClientVariables): string {
  return text.replace(PLACEHOLDER, (_, inner: string) => {
    const { name, format } = placeholder(inner);
    return escaped(formatted(client.get(name)?.[0] ?? '', format));
  });
}

/** The variables that a text wants to know, and formats that do not exist. */
export function placeholdersOf(text: string): readonly { readonly name: string; readonly format: string }[] {
  return Array.from(text.matchAll(PLACEHOLDER), ([, inner = '']) => {
    const [name = '', format = ''] = inner.split(':');
    return { name: name.trim(), format: format.trim() };
  });
}

function placeholder(inner: string): Placeholder {
  const [name = '', format = ''] = inner.split(':');
  return { name: name.trim(), format: FORMATS.find((known) => known === format.trim()) };
}

function formatted(value: string, format: Format | undefined): string {
  if (format === undefined) return value;
  const octets =
    value
      .toLowerCase()
      .replace(/[^0-9a-f]/g, '')
      .match(/../g) ?? [];
  return octets.join(format === 'hexhyp' ? '-' : format === 'hex' ? ':' : '');
}

const PLAIN = /^[A-Za-z0-9._~+][A-Za-z0-9._~+:-]*$/;

function escaped(value: string): string {
  if (PLAIN.test(value)) return value;
  const encoded = Array.from(Buffer.from(value), (octet) => {
    const letter = String.fromCharCode(octet);
    return /[A-Za-z0-9._~+:-]/.test(letter) ? letter : percent(octet);
  }).join('');
  return encoded.replace(/^[-:]/, (first) => percent(first.charCodeAt(0)));
}

function percent(octet: number): string {
  return `%${octet.toString(16).toUpperCase().padStart(2, '0')}`;
}
