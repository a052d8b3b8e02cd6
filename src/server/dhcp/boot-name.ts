import { latin1 } from '../../wire/bytes.ts';
import type { BootConfig } from './boot-config.ts';

/** UEFI HTTP boot needs a URL, a PXE ROM cannot read one (clauses PXE-025). */
export function isUrl(name: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(name);
}

/** The last part of a path or URL, in lower case: by it one program is known wherever it lies. */
export function lastPart(name: string): string {
  const path = name.replace(/[?#].*$/, '').split('/');
  return (path.at(-1) ?? '').toLowerCase();
}

/** iPXE as it is built and packaged: undionly.kpxe, ipxe.efi, ipxe-arm64.efi, snponly.efi, ipxe.lkrn. Never a script. */
export function isIpxeItself(name: string): boolean {
  return /(ipxe|gpxe|undionly|snponly)[^/]*\.(efi|pxe|k+pxe|lkrn)$/.test(lastPart(name));
}

/** Octets of `file` and `sname` before their NUL (RFC 2131 §2 Table 1). */
export const FILE_FIELD_OCTETS = 127;
export const SNAME_FIELD_OCTETS = 63;

export type BootNamePlaces = {
  /** For the file field: at most 127 octets; empty: none. */
  readonly file: string;
  /** For option 67, undefined: not sent. */
  readonly option67: Uint8Array | undefined;
};

/**
 * Where a boot file's name stands in a reply. iPXE reads `file` first, EDK2 and PXE 2.1 option 67: the same in both, or in
 * one (clauses PXE-012).
 */
export function placeBootName(name: string, boot: BootConfig, asksFor67: boolean): BootNamePlaces {
  const octets = Buffer.from(name);
  if (octets.length > FILE_FIELD_OCTETS && boot.longNames === 'option-67') {
    return { file: '', option67: octets };
  }
  const fitting = octets.subarray(0, FILE_FIELD_OCTETS);
  return {
    file: boot.inFileField ? latin1(fitting) : '',
    option67: boot.inOption67 && (asksFor67 || !boot.inFileField) ? fitting : undefined,
  };
}
