/** Names of architectures for configurations, by IANA's code (option 93). */
const NAMES: readonly string[] = [
  'bios',
  'pc98',
  'itanium',
  'alpha',
  'arc-x86',
  'lean-client',
  'efi-ia32',
  'efi-x64',
  'xscale',
  'efi-ebc',
  'efi-arm32',
  'efi-arm64',
  'ppc-open-firmware',
  'ppc-epapr',
  'ppc-opal',
  'efi-ia32-http',
  'efi-x64-http',
  'efi-ebc-http',
  'efi-arm32-http',
  'efi-arm64-http',
  'bios-http',
  'uboot-arm32',
  'uboot-arm64',
  'uboot-arm32-http',
  'uboot-arm64-http',
  'efi-riscv32',
  'efi-riscv32-http',
  'efi-riscv64',
  'efi-riscv64-http',
  'efi-riscv128',
  'efi-riscv128-http',
  's390-basic',
  's390-extended',
  'efi-mips32',
  'efi-mips64',
  'efi-sunway32',
  'efi-sunway64',
  'efi-loongarch32',
  'efi-loongarch32-http',
  'efi-loongarch64',
  'efi-loongarch64-http',
  'arm-rpiboot',
];

const MAX_ARCHITECTURE = 0xffff;

export const ARCHITECTURE_NAMES: readonly string[] = NAMES;

/** The code of `efi-x64`, `7`; undefined for a name that is none. */
export function parseArchitecture(text: string): number | undefined {
  if (/^\d{1,5}$/.test(text)) return Number(text) <= MAX_ARCHITECTURE ? Number(text) : undefined;
  const code = NAMES.indexOf(text);
  return code === -1 ? undefined : code;
}

/**
 * RFC 4578 and IANA disagree on which of 7 and 9 is x64, and so did firmware (Dell 7, OVMF 9): an entry for one serves the
 * other, unless that has its own. The same for their HTTP counterparts 16 and 17.
 */
const TWINS: ReadonlyMap<number, number> = new Map([
  [7, 9],
  [9, 7],
  [16, 17],
  [17, 16],
]);

/** The entry for an architecture, or for its twin. */
export function fileFor(code: number, files: ReadonlyMap<number, string>): string | undefined {
  const twin = TWINS.get(code);
  return files.get(code) ?? (twin === undefined ? undefined : files.get(twin));
}
