import { commandNeed, type Need } from '../lab/need.ts';
import { findPackagedFile } from '../lab/packaged-file.ts';
import type { Firmware } from './firmware.ts';
import { firmwareFiles } from './firmware-paths.ts';

/** What booting a firmware needs of the machine, besides a lab and its tap. `folders` are those of commandFolders(). */
export function vmNeeds(firmware: Firmware, folders: readonly string[]): readonly Need[] {
  const { qemu, id } = firmware;
  return [
    commandNeed(qemu.program, folders, { why: `firmware ${id}`, package: qemu.package }),
    ...firmwareFiles(firmware).map(
      ({ file, package: debianPackage }): Need => ({
        what: file,
        why: `firmware ${id}`,
        package: debianPackage,
        lacking: async () => ((await findPackagedFile(file)) === undefined ? 'no such file' : undefined),
      }),
    ),
  ];
}
