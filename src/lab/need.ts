import { findCommand } from './command-path.ts';

/** Something a machine must have for a part of the bench to work. */
export type Need = {
  /** `command ip`, `/dev/net/tun`, `user namespaces`. */
  readonly what: string;
  /** What for, one short clause. */
  readonly why: string;
  /** Debian package that brings it. */
  readonly package?: string;
  /** The command that mends it, asked for only if it is missing; without one `apt-get install PACKAGE`. */
  readonly remedy?: string | (() => Promise<string>);
  /** undefined if the machine has it; else what was found instead, everything tried included. */
  readonly lacking: () => Promise<string | undefined>;
};

export type Missing = {
  readonly what: string;
  readonly why: string;
  readonly package: string | undefined;
  readonly remedy: string | undefined;
  readonly found: string;
};

/** A command that must be found in one of `folders`. */
export function commandNeed(
  command: string,
  folders: readonly string[],
  about: { readonly why: string; readonly package: string },
): Need {
  return {
    what: `command ${command}`,
    ...about,
    lacking: async () =>
      (await findCommand(command, folders)) === undefined ? `not in ${folders.join(', ')}` : undefined,
  };
}

/** Everything that is missing, at once and in the order of the needs. */
export async function findMissing(needs: readonly Need[]): Promise<readonly Missing[]> {
  const found = await Promise.all(needs.map((need) => need.lacking()));
  const missing = needs.map(async (need, index): Promise<readonly Missing[]> => {
    const instead = found[index];
    if (instead === undefined) return [];
    const install = need.package === undefined ? undefined : `apt-get install ${need.package}`;
    const remedy = (typeof need.remedy === 'function' ? await need.remedy() : need.remedy) ?? install;
    return [{ what: need.what, why: need.why, package: need.package, remedy, found: instead }];
  });
  return (await Promise.all(missing)).flat();
}

/** One line a missing thing: `command ip: not in /usr/bin (makes the lab's bridge); apt-get install iproute2`. */
export function formatMissing(missing: readonly Missing[]): string {
  return missing
    .map(
      ({ what, why, remedy, found }) =>
        `${what}: ${found} (${why})${remedy === undefined ? '' : `; ${remedy}`}`,
    )
    .join('\n');
}
