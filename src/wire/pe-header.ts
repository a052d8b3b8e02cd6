/**
 * What a program was built for: the headers of a PE/COFF image (Microsoft's "PE Format"), which UEFI programs are.
 *
 *   0x00 'MZ' ... 0x3c offset:u32 -> 'PE' 0 0 | machine:u16 | 18 octets of COFF | magic:u16 ... +68 subsystem:u16
 *
 * All little-endian. Sections, signatures and whether it would run: not looked at.
 */

export type PeHeader =
  | {
      readonly kind: 'pe';
      /** IMAGE_FILE_MACHINE_*. */
      readonly machine: number;
      /** 10 to 13 are EFI's; undefined where there is no optional header. */
      readonly subsystem: number | undefined;
    }
  | { readonly kind: 'other'; readonly because: string };

const MZ = 0x5a4d;
const PE_SIGNATURE = 0x00004550;
const PE_OFFSET_AT = 0x3c;
const MACHINE_AT = 4;
const OPTIONAL_HEADER_LENGTH_AT = 20;
const OPTIONAL_HEADER_AT = 24;
const SUBSYSTEM_AT = OPTIONAL_HEADER_AT + 68;
/** EFI application to EFI ROM. */
const FIRST_EFI_SUBSYSTEM = 10;
const LAST_EFI_SUBSYSTEM = 13;

/** Enough of a file for readPeHeader, wherever linkers and stubs (a Linux kernel's too) put the header. */
export const PE_HEADER_OCTETS = 4096;

const MACHINES: ReadonlyMap<number, string> = new Map([
  [0x014c, 'i386'],
  [0x0200, 'Itanium'],
  [0x0166, 'MIPS'],
  [0x0ebc, 'EFI byte code'],
  [0x01c0, 'ARM'],
  [0x01c2, 'ARM (Thumb)'],
  [0x01c4, 'ARM (Thumb-2)'],
  [0x8664, 'x64'],
  [0xaa64, 'ARM64'],
  [0x5032, 'RISC-V 32'],
  [0x5064, 'RISC-V 64'],
  [0x5128, 'RISC-V 128'],
  [0x6232, 'LoongArch 32'],
  [0x6264, 'LoongArch 64'],
]);

/** `x64`, or `machine 0x1234`. */
function machineName(machine: number): string {
  return MACHINES.get(machine) ?? `machine 0x${machine.toString(16)}`;
}

/** From the first PE_HEADER_OCTETS of a file, or all of it. Never throws, whatever the bytes. */
export function readPeHeader(bytes: Uint8Array): PeHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 2 || view.getUint16(0, true) !== MZ) return other('it does not begin with "MZ"');
  if (bytes.length < PE_OFFSET_AT + 4) return other(`it ends after ${bytes.length} octets`);
  const at = view.getUint32(PE_OFFSET_AT, true);
  if (at + OPTIONAL_HEADER_AT > bytes.length) return other(`its PE header would be at octet ${at}`);
  if (view.getUint32(at, true) !== PE_SIGNATURE) return other(`there is no PE header at octet ${at}`);
  const hasSubsystem =
    view.getUint16(at + OPTIONAL_HEADER_LENGTH_AT, true) >= SUBSYSTEM_AT - OPTIONAL_HEADER_AT + 2 &&
    at + SUBSYSTEM_AT + 2 <= bytes.length;
  return {
    kind: 'pe',
    machine: view.getUint16(at + MACHINE_AT, true),
    subsystem: hasSubsystem ? view.getUint16(at + SUBSYSTEM_AT, true) : undefined,
  };
}

function other(because: string): PeHeader {
  return { kind: 'other', because };
}

export function isEfiProgram(header: PeHeader): boolean {
  return (
    header.kind === 'pe' &&
    header.subsystem !== undefined &&
    header.subsystem >= FIRST_EFI_SUBSYSTEM &&
    header.subsystem <= LAST_EFI_SUBSYSTEM
  );
}

const ARM32 = [0x01c0, 0x01c2, 0x01c4];
/** EFI byte code runs on every UEFI that has an interpreter: x86's have. */
const EBC = 0x0ebc;
const BIOS = 0;
/** Machine types by architecture code (option 93); 9 is x64 or EFI byte code, depending on whom one asks. */
const WANTED: ReadonlyMap<number, readonly number[]> = new Map([
  [2, [0x0200, EBC]],
  [6, [0x014c, EBC]],
  [7, [0x8664, EBC]],
  [9, [0x8664, EBC]],
  [10, ARM32],
  [11, [0xaa64]],
  [25, [0x5032]],
  [27, [0x5064]],
  [29, [0x5128]],
  [37, [0x6232]],
  [39, [0x6264]],
]);

/** Firmware that loads by HTTP starts the same programs: x64 UEFI HTTP what x64 UEFI does. */
const HTTP_OF: ReadonlyMap<number, number> = new Map([
  [15, 6],
  [16, 7],
  [17, 9],
  [18, 10],
  [19, 11],
  [26, 25],
  [28, 27],
  [30, 29],
  [38, 37],
  [40, 39],
]);

/** Why a file cannot be started by firmware of this architecture; undefined: it can, or nobody knows. */
export function machineMismatch(architecture: number, header: PeHeader): string | undefined {
  if (architecture === BIOS) {
    return header.kind === 'pe' && isEfiProgram(header)
      ? `it is an EFI program for ${machineName(header.machine)}, which a BIOS cannot start`
      : undefined;
  }
  const wanted = WANTED.get(HTTP_OF.get(architecture) ?? architecture);
  if (wanted === undefined) return undefined;
  const wantedText = `wanted an EFI program for ${machineName(wanted[0] ?? 0)}`;
  if (header.kind === 'other') return `${wantedText}, got no PE image: ${header.because}`;
  if (!wanted.includes(header.machine)) return `${wantedText}, got one for ${machineName(header.machine)}`;
  return isEfiProgram(header)
    ? undefined
    : `${wantedText}, got a program of subsystem ${header.subsystem ?? 'unknown'}`;
}
