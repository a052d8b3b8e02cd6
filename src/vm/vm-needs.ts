import { glob } from 'node:fs/promises';
import { join } from 'node:path';
import { commandNeed, type Need } from '../lab/need.ts';
import { findPackagedFile } from '../lab/packaged-file.ts';
import type { Firmware } from './firmware.ts';
import { firmwareFiles } from './firmware-paths.ts';

/** What booting a firmware needs of the machine, besides a lab and its tap. `folders` are those of commandFolders(). */
export function vmNeeds(firmware: Firmware, folders: readonly string[]): readonly Need[] {
  const { qemu, id, filesFrom } = firmware;
  return [
    commandNeed(qemu.program, folders, { why: `firmware ${id}`, package: qemu.package }),
    ...(filesFrom === undefined ? [] : [ownFileNeed(firmware, filesFrom)]),
    ...firmwareFiles(firmware).map(
      ({ file, package: debianPackage }): Need => ({
        what: file,
        why: `firmware ${id}`,
        package: debianPackage,
        lacking: async () =>
          (await findPackagedFile(file, filesFrom)) === undefined ? 'no such file' : undefined,
      }),
    ),
  ];
}

/** Without any of its files from there a firmware would boot as it always does, and seem to have been tried. */
function ownFileNeed(firmware: Firmware, filesFrom: string): Need {
  return {
    what: `a file of firmware ${firmware.id} below ${filesFrom}`,
    why: `firmware ${firmware.id} from there`,
    remedy: `unpack a package that it is made of there: ${firmwareFiles(firmware)
      .map((file) => file.package)
      .join(', ')}`,
    lacking: async () => {
      for (const { file } of firmwareFiles(firmware)) {
        for await (const _ of glob(join(filesFrom, file))) return undefined;
      }
      return 'none of them is there';
    },
  };
}
