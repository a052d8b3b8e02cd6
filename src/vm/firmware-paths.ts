import { findPackagedFile } from '../lab/packaged-file.ts';
import type { Firmware } from './firmware.ts';
import { VmError } from './vm-error.ts';

type PackagedFile = { readonly file: string; readonly package: string };

/** Every file of packages that a firmware entry names. */
export function firmwareFiles({ qemu }: Firmware): readonly PackagedFile[] {
  const rom = qemu['nic-rom'];
  return [
    qemu.firmware,
    qemu.bios,
    qemu.kernel,
    qemu.variables,
    typeof rom === 'object' ? rom : undefined,
    ...(qemu.needs ?? []),
  ].filter((file) => file !== undefined);
}

/** Where the files are that QEMU is told of. */
export type FirmwarePaths = {
  readonly code: string | undefined;
  readonly bios: string | undefined;
  readonly kernel: string | undefined;
  readonly variables: string | undefined;
  readonly nicRom: string | undefined;
};

/** Where the files are on this machine. Throws VmError (VM_MISSING_FIRMWARE) with the package that has the missing one. */
export async function firmwarePaths(firmware: Firmware): Promise<FirmwarePaths> {
  const { qemu, id, filesFrom } = firmware;
  const find = async (wanted: PackagedFile | undefined): Promise<string | undefined> => {
    if (wanted === undefined) return undefined;
    const found = await findPackagedFile(wanted.file, filesFrom);
    if (found !== undefined) return found;
    throw new VmError(
      'VM_MISSING_FIRMWARE',
      `${wanted.file} is not on this machine: firmware ${id} needs it`,
      `make setup (it is in Debian's ${wanted.package})`,
    );
  };
  const rom = qemu['nic-rom'];
  const [code, bios, kernel, variables, nicRom] = await Promise.all([
    find(qemu.firmware),
    find(qemu.bios),
    find(qemu.kernel),
    find(qemu.variables),
    find(typeof rom === 'object' ? rom : undefined),
  ]);
  return { code, bios, kernel, variables, nicRom };
}
