/**
 * make firmware-next: the firmware of the next Debian release beside this one's, in .tools/firmware-next. Its packages are
 * unpacked, nothing is installed. Exit status: 0 done, 2 not; what is missing and what mends it is said.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { PLACES } from '../src/cli/places.ts';
import { findPackagedFile } from '../src/lab/packaged-file.ts';
import { listFirmware, loadFirmware } from '../src/vm/firmware.ts';
import { firmwareFiles } from '../src/vm/firmware-paths.ts';
import { unpackNextRelease } from './debian/next-release.ts';
import { commandRunner } from './debian/run-command.ts';
import { SetupError } from './debian/setup-error.ts';

const ROOT = resolve('.tools/firmware-next');
const say = (text: string): void => console.error(`firmware-next: ${text}`);

try {
  if (!existsSync('/usr/bin/apt-get'))
    throw new SetupError('SETUP_MISSING', 'no apt-get here, and it is what fetches them', 'use a Debian');
  const ids = await listFirmware(PLACES.firmware);
  const entries = await Promise.all(ids.map((id) => loadFirmware(id, PLACES.firmware)));
  const names = [...new Set(entries.flatMap((entry) => firmwareFiles(entry).map((file) => file.package)))];
  say(`fetching ${names.join(', ')} of the next Debian release`);
  const { release, packages, absent } = await unpackNextRelease(names, {
    run: commandRunner('.tools/setup.log'),
    workFolder: resolve('.tools/apt/next'),
    root: ROOT,
  });
  say(`${release}: ${packages.join(', ')}`);
  for (const name of absent) say(`${release} has no ${name}`);
  for (const entry of entries) {
    for (const { file } of firmwareFiles(entry)) {
      if (!(await findPackagedFile(file, ROOT))?.startsWith(`${ROOT}/`))
        say(`${entry.id}: ${release} has no ${file}; this release's is used`);
    }
  }
  console.log('bin/pxebench run firmware recorded --firmware-files .tools/firmware-next');
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  say(error.message);
  console.error(`  ${error.hint}`);
  process.exitCode = 2;
}
