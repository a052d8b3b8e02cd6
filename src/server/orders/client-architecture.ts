import type { ClientVariables } from './orders.ts';

/** IANA's numbers (option 93) for iPXE's ${buildarch}, where ${platform} is efi. */
const EFI_CODES: Readonly<Record<string, readonly string[]>> = {
  i386: ['6'],
  // 9 is x64 by the letter of RFC 4578, 7 by IANA's list: firmware sends either.
  x86_64: ['7', '9'],
  arm32: ['10'],
  arm64: ['11'],
  riscv32: ['25'],
  riscv64: ['27'],
  loong64: ['39'],
};

/**
 * The architecture in all the ways an operator may write it: iPXE's own name (`x86_64`), that with the platform
 * (`efi-x86_64`), and the number that firmware has in option 93 (`7`). A BIOS machine is 0, whatever iPXE was built for.
 */
export function architectureCodes(client: ClientVariables): readonly string[] {
  const arch = (client.get('buildarch')?.[0] ?? '').toLowerCase();
  const platform = (client.get('platform')?.[0] ?? '').toLowerCase();
  if (arch === '') return [''];
  const codes = platform === 'pcbios' ? ['0'] : platform === 'efi' ? (EFI_CODES[arch] ?? []) : [];
  return [arch, `${platform}-${arch}`, ...codes];
}
