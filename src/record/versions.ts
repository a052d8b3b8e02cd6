import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { commandFolders, findCommand, UNPACKED_PACKAGES } from '../lab/command-path.ts';
import type { ServerSpec } from '../sut/server-spec.ts';
import type { Firmware } from '../vm/firmware.ts';
import { firmwareFiles } from '../vm/firmware-paths.ts';

const run = promisify(execFile);

/** `7.2.22 (Debian 1:7.2+dfsg-7)`, as the program says it. */
export async function qemuVersion({ qemu }: Firmware, path: string): Promise<string> {
  const program = await findCommand(qemu.program, commandFolders(path));
  const { stdout } = await run(program ?? qemu.program, ['--version']);
  return /version (.*)/.exec(stdout)?.[1]?.trim() ?? 'of unknown version';
}

/** `ovmf 2022.11-6+deb12u2` of each Debian package that firmware and server are made of, as far as it is a package's. */
export async function packageVersions(
  firmware: Firmware | undefined,
  server: ServerSpec,
): Promise<readonly string[]> {
  const { needs = {}, files = {} } = server.file.value;
  const names = [
    ...(firmware === undefined ? [] : firmwareFiles(firmware).map((file) => file.package)),
    ...Object.values(needs),
    ...Object.values(files).map((file) => file.package),
  ];
  const installed = await installedPackages();
  const unpacked = await unpackedPackages();
  return [...new Set(names)].flatMap((name) => {
    const version = installed.get(name) ?? unpacked.get(name);
    return version === undefined ? [] : [`${name} ${version}`];
  });
}

/** Empty where there is no dpkg. */
async function installedPackages(): Promise<ReadonlyMap<string, string>> {
  try {
    const { stdout } = await run('dpkg-query', ['-W', '-f', '${db:Status-Abbrev} ${Package} ${Version}\\n'], {
      maxBuffer: 64 * 1024 * 1024,
    });
    return new Map(
      [...stdout.matchAll(/^ii\s+(\S+) (\S+)$/gm)].map(([, name = '', version = '']) => [name, version]),
    );
  } catch {
    return new Map();
  }
}

/** What set-up unpacked: it lists them itself. */
async function unpackedPackages(): Promise<ReadonlyMap<string, string>> {
  const text = await readFile(join(UNPACKED_PACKAGES, 'unpacked'), 'utf8').catch(() => '');
  return new Map([...text.matchAll(/^(\S+) (\S+)$/gm)].map(([, name = '', version = '']) => [name, version]));
}
