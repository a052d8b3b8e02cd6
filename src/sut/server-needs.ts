import { getuid } from 'node:process';
import { commandNeed, type Need } from '../lab/need.ts';
import { findPackagedFile } from '../lab/packaged-file.ts';
import { subordinateIdNeeds } from '../lab/subordinate-ids.ts';
import type { ServerSpec } from './server-spec.ts';

/** What a server under test needs of the machine. `folders` are those of commandFolders(). */
export function serverNeeds({ id, file }: ServerSpec, folders: readonly string[]): readonly Need[] {
  const { needs = {}, files = {}, hosts } = file.value;
  const why = `server ${id}`;
  const changesUser = Object.values(hosts).some((processes) =>
    processes.some((process) => 'run' in process && process['changes-user'] === 'always'),
  );
  const contained = Object.values(hosts)
    .flat()
    .some((process) => 'container' in process);
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
    ...(contained ? containerNeeds(folders, why) : []),
    ...(changesUser ? subordinateIdNeeds(folders, `server ${id} changes its user`) : []),
  ];
}

/** What the lab's own container engine is made of. Its remedy is never to install it: Debian would start it at once. */
function containerNeeds(folders: readonly string[], why: string): readonly Need[] {
  const commands = { dockerd: 'docker.io', containerd: 'containerd', runc: 'runc' };
  return [
    {
      what: 'root, for containers',
      why,
      remedy: 'run as root: a container engine needs the rights of the machine, not of a lab alone',
      lacking: async () => (getuid?.() === 0 ? undefined : `user ${getuid?.()}`),
    },
    ...Object.entries(commands).map(
      ([command, debianPackage]): Need => ({
        ...commandNeed(command, folders, { why, package: debianPackage }),
        remedy: `make setup (Debian package ${debianPackage})`,
      }),
    ),
  ];
}
