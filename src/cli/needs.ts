import { commandFolders } from '../lab/command-path.ts';
import { labNeeds, tapNeed } from '../lab/lab-needs.ts';
import { findMissing, type Missing, type Need } from '../lab/need.ts';
import { serverNeeds } from '../sut/server-needs.ts';
import type { ServerSpec } from '../sut/server-spec.ts';
import type { Firmware } from '../vm/firmware.ts';
import { vmNeeds } from '../vm/vm-needs.ts';

/** The machine lacks something that the bench needs: exit status 3. */
export class MissingError extends Error {
  override readonly name = 'MissingError';
  readonly code = 'BENCH_MISSING';
  readonly hint: string;

  constructor(missing: readonly Missing[]) {
    super(`this machine lacks what the run needs:\n${missing.map(missingLine).join('\n')}`);
    this.hint = remedyFor(missing);
  }
}

/** What booting this firmware against this server needs, the lab included. */
export function needsOf(
  server: ServerSpec | undefined,
  firmware: Firmware | undefined,
  path: string,
): readonly Need[] {
  const folders = commandFolders(path);
  return [
    ...labNeeds(folders),
    ...(firmware === undefined ? [] : [tapNeed(), ...vmNeeds(firmware, folders)]),
    ...(server === undefined ? [] : serverNeeds(server, folders)),
  ];
}

/** Everything that is missing, each thing once. */
export async function missingOf(needs: readonly Need[]): Promise<readonly Missing[]> {
  const missing = await findMissing([...new Map(needs.map((need) => [need.what, need])).values()]);
  return missing;
}

/** `  command qemu-system-x86_64: not in /usr/bin (boots PCs)`. */
export function missingLine({ what, why, found }: Missing): string {
  return `  ${what}: ${found} (${why})`;
}

/** The one command that mends what packages can mend, and the others, one a line. */
export function remedyFor(missing: readonly Missing[]): string {
  const packages = missing.some((one) => one.package !== undefined) ? ['make setup'] : [];
  const others = missing.flatMap((one) =>
    one.package === undefined && one.remedy !== undefined ? [one.remedy] : [],
  );
  return [...new Set([...packages, ...others])].join('\n');
}
