/**
 * Option 60, Vendor Class Identifier: RFC 2132 §9.13; the PXE form: PXE 2.1 Table 2-1; HTTPClient: UEFI 2.5 and later.
 *
 *   PXEClient:Arch:xxxxx:UNDI:yyyzzz       xxxxx: architecture, decimal; yyy, zzz: UNDI major and minor, decimal
 *
 * A server answers with the bare `PXEClient` or `HTTPClient`. Clients append to the 32 octets (`:PID:NCS-5508`), so only
 * the beginning can be compared: neither equality nor a search anywhere in the text finds the right clients.
 */

import type { ParseResult } from '../wire-error.ts';
import { type OptionText, quoteText, readText, serializeText } from './opt-text.ts';

export type VendorClassKind = 'PXEClient' | 'HTTPClient' | 'other';

export type UndiVersion = { readonly major: number; readonly minor: number };

export type VendorClass = OptionText &
  (
    | {
        readonly kind: 'PXEClient' | 'HTTPClient';
        /** Undefined where `:Arch:` with five digits does not follow, as in a server's answer. */
        readonly architecture: number | undefined;
        /** Undefined where `:UNDI:` with six digits does not follow. */
        readonly undi: UndiVersion | undefined;
        /** What follows the part that was understood: `:PID:NCS-5508`. */
        readonly suffix: string;
      }
    | { readonly kind: 'other' }
  );

const FORM = /^(PXEClient|HTTPClient)(?::Arch:(\d{5})(?::UNDI:(\d{3})(\d{3}))?)?(.*)$/s;

/** Never fails: a text of another form is `other`. Letter case counts. */
export function parseVendorClass(data: Uint8Array): ParseResult<VendorClass> {
  const text = readText(data);
  const match = FORM.exec(text.text);
  if (match === null) return { ok: true, value: { ...text, kind: 'other' } };
  const [, kind, architecture, major, minor, suffix = ''] = match;
  return {
    ok: true,
    value: {
      ...text,
      kind: kind === 'HTTPClient' ? 'HTTPClient' : 'PXEClient',
      architecture: architecture === undefined ? undefined : Number(architecture),
      undi: major === undefined ? undefined : { major: Number(major), minor: Number(minor) },
      suffix,
    },
  };
}

/** Byte-exact inverse of parseVendorClass: the text and its trailing NULs. */
export function serializeVendorClass(value: OptionText): Uint8Array {
  return serializeText(value);
}

/** The text that a client of this architecture sends: `PXEClient:Arch:00007:UNDI:003016`. */
export function clientVendorClass(
  kind: 'PXEClient' | 'HTTPClient',
  architecture: number,
  undi: UndiVersion,
): string {
  const digits = (value: number, width: number): string => value.toString().padStart(width, '0');
  return `${kind}:Arch:${digits(architecture, 5)}:UNDI:${digits(undi.major, 3)}${digits(undi.minor, 3)}`;
}

export function formatVendorClass({ text, trailingNuls }: VendorClass): string {
  return quoteText(text + '\0'.repeat(trailingNuls));
}
