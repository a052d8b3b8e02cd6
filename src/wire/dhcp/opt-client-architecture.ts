/**
 * Option 93, Client System Architecture Type: RFC 4578 §2.1; the codes are IANA's "Processor Architecture Types"
 * (RFC 5970 §3.3, most preferred first).
 *
 *   | 93 | 2n | type:u16 * n |
 *
 * RFC 4578's own table calls 7 "EFI BC" and 9 "EFI x86-64"; IANA's registry and firmware mean x64 by 7 and EBC by 9.
 */
import { type ParseResult, WireError } from '../wire-error.ts';

type Architecture = {
  readonly name: string;
  /** The client loads its boot file by HTTP (UEFI 2.5 and later), so the name it is given has to be a URI. */
  readonly http?: true;
};

/** By code. */
const ARCHITECTURES: readonly Architecture[] = [
  { name: 'x86 BIOS' },
  { name: 'NEC PC98' },
  { name: 'Itanium' },
  { name: 'DEC Alpha' },
  { name: 'Arc x86' },
  { name: 'Intel Lean Client' },
  { name: 'IA32 UEFI' },
  { name: 'x64 UEFI' },
  { name: 'Xscale' },
  { name: 'EBC' },
  { name: 'ARM32 UEFI' },
  { name: 'ARM64 UEFI' },
  { name: 'PowerPC Open Firmware' },
  { name: 'PowerPC ePAPR' },
  { name: 'PowerPC OPAL' },
  { name: 'IA32 UEFI HTTP', http: true },
  { name: 'x64 UEFI HTTP', http: true },
  { name: 'EBC HTTP', http: true },
  { name: 'ARM32 UEFI HTTP', http: true },
  { name: 'ARM64 UEFI HTTP', http: true },
  { name: 'x86 BIOS HTTP', http: true },
  { name: 'ARM32 U-Boot' },
  { name: 'ARM64 U-Boot' },
  { name: 'ARM32 U-Boot HTTP', http: true },
  { name: 'ARM64 U-Boot HTTP', http: true },
  { name: 'RISC-V32 UEFI' },
  { name: 'RISC-V32 UEFI HTTP', http: true },
  { name: 'RISC-V64 UEFI' },
  { name: 'RISC-V64 UEFI HTTP', http: true },
  { name: 'RISC-V128 UEFI' },
  { name: 'RISC-V128 UEFI HTTP', http: true },
  { name: 's390 basic' },
  { name: 's390 extended' },
  { name: 'MIPS32 UEFI' },
  { name: 'MIPS64 UEFI' },
  { name: 'Sunway32 UEFI' },
  { name: 'Sunway64 UEFI' },
  { name: 'LoongArch32 UEFI' },
  { name: 'LoongArch32 UEFI HTTP', http: true },
  { name: 'LoongArch64 UEFI' },
  { name: 'LoongArch64 UEFI HTTP', http: true },
  { name: 'ARM rpiboot' },
];

/** Codes in wire order. WIRE_TRUNCATED for an odd length; an empty option is an empty list. */
export function parseClientArchitectures(data: Uint8Array): ParseResult<readonly number[]> {
  if (data.length % 2 !== 0)
    return {
      ok: false,
      error: new WireError('WIRE_TRUNCATED', data.length - 1, 'architecture type', 'need 2 bytes, have 1'),
    };
  const codes: number[] = [];
  for (let at = 0; at < data.length; at += 2) codes.push(((data[at] ?? 0) << 8) | (data[at + 1] ?? 0));
  return { ok: true, value: codes };
}

/** Throws WireError (WIRE_UNENCODABLE) for a code that is no unsigned 16-bit integer. */
export function serializeClientArchitectures(codes: readonly number[]): Uint8Array {
  const data = new Uint8Array(2 * codes.length);
  for (const [i, code] of codes.entries()) {
    if (!Number.isInteger(code) || code < 0 || code > 0xffff)
      throw new WireError(
        'WIRE_UNENCODABLE',
        2 * i,
        'architecture type',
        `wanted an integer of 16 bits, got ${code}`,
      );
    data[2 * i] = code >> 8;
    data[2 * i + 1] = code & 255;
  }
  return data;
}

/** `x64 UEFI`, or undefined for a code that IANA has not given away. */
export function architectureName(code: number): string | undefined {
  return ARCHITECTURES[code]?.name;
}

/** True for the codes of clients that load by HTTP. */
export function isHttpArchitecture(code: number): boolean {
  return ARCHITECTURES[code]?.http === true;
}

/** `7 (x64 UEFI), 254`. */
export function formatClientArchitectures(codes: readonly number[]): string {
  return codes
    .map((code) => (ARCHITECTURES[code] === undefined ? `${code}` : `${code} (${ARCHITECTURES[code].name})`))
    .join(', ');
}
