import { latin1 } from '../../wire/bytes.ts';
import type { ClientIdentity } from '../../wire/dhcp/client-identity.ts';
import { architectureName } from '../../wire/dhcp/opt-client-architecture.ts';
import type { BootConfig } from './dhcp-config.ts';

export type BootChoice =
  | { readonly kind: 'file'; readonly name: string; readonly because: string }
  | { readonly kind: 'none'; readonly because: string };

/**
 * What a client is to load next. iPXE, known by its user class (in both encodings) or by option 175, gets its script and
 * nothing else; firmware gets the file of the first architecture it lists that there is one for. An architecture nobody
 * configured gets nothing rather than another platform's program (RFC 4578 §5, clauses PXE-008).
 */
export function chooseBoot(client: ClientIdentity, boot: BootConfig): BootChoice {
  if (client.isIpxe) {
    const because = `iPXE by ${client.ipxeEvidence}`;
    return boot.ipxe === undefined
      ? { kind: 'none', because: `${because}, and nothing is configured for iPXE` }
      : { kind: 'file', name: boot.ipxe, because };
  }
  if (client.architectures.length === 0) {
    return boot.withoutArchitecture === undefined
      ? { kind: 'none', because: 'no architecture' }
      : { kind: 'file', name: boot.withoutArchitecture, because: 'no architecture' };
  }
  for (const code of client.architectures) {
    const name = boot.files.get(code);
    if (name === undefined || isUrl(name) !== (client.vendorClassKind === 'HTTPClient')) continue;
    return {
      kind: 'file',
      name,
      because: `architecture ${code}${inWords(code)} by ${client.architecturesFrom}`,
    };
  }
  return { kind: 'none', because: `no file for architecture ${client.architectures.join(', ')}` };
}

/** UEFI HTTP boot needs a URL, a PXE ROM cannot read one (clauses PXE-025). */
export function isUrl(name: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(name);
}

function inWords(code: number): string {
  const name = architectureName(code);
  return name === undefined ? '' : ` (${name})`;
}

/** Octets of `file` before its NUL (RFC 2131 §2 Table 1). */
export const FILE_FIELD_OCTETS = 127;

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
