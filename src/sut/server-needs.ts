import { commandNeed, type Need } from '../lab/need.ts';
import { findPackagedFile } from '../lab/packaged-file.ts';
import { subordinateIdNeeds } from '../lab/subordinate-ids.ts';
import type { ServerSpec } from './server-spec.ts';

/** What a server under test needs of the machine. `folders` are those of commandFolders(). */
export function serverNeeds({ id, file }: ServerSpec, folders: readonly string[]): readonly Need[] {
  const { needs = {}, files = {}, hosts } = file.value;
  const why = `server ${id}`;
  const changesUser = Object.values(hosts).some((processes) =>
    processes.some((process) => process['changes-user'] === 'always'),
  );
  return [
    ...Object.entries(needs).map(([command, debianPackage]) =>
      commandNeed(command, folders, { why, package: debianPackage }),
    ),
    ...Object.values(files).map(
      ({ from, package: debianPackage }): Need => ({
        what: from,
        why,
        package: debianPackage,
        remedy: `make setup (Debian package ${debianPackage})`,
        lacking: async () => ((await findPackagedFile(from)) === undefined ? 'no such file' : undefined),
      }),
    ),
    ...(changesUser ? subordinateIdNeeds(folders, `server ${id} changes its user`) : []),
  ];
}
