import { existsSync } from 'node:fs';
import { z } from 'zod';
import { loadYamlFile } from '../config/yaml-file.ts';
import { commandFolders } from '../lab/command-path.ts';
import { labNeeds, tapNeed } from '../lab/lab-needs.ts';
import { findMissing, type Missing, type Need } from '../lab/need.ts';
import type { LinkPlanFile } from '../link/link-plan-file.ts';
import { serverNeeds } from '../sut/server-needs.ts';
import type { ServerSpec } from '../sut/server-spec.ts';
import type { Firmware } from '../vm/firmware.ts';
import { vmNeeds } from '../vm/vm-needs.ts';
import { PLACES } from './places.ts';

/** The machine lacks something that the bench needs: exit status 3. Says all of it at once. */
export class MissingError extends Error {
  override readonly name = 'MissingError';
  readonly code = 'BENCH_MISSING';
  readonly hint: string;

  constructor(missing: readonly Missing[]) {
    super(`this machine lacks what the run needs:\n${missing.map(missingLine).join('\n')}`);
    this.hint = remedyFor(missing);
  }
}

/** What is missing on this machine, asked once for each thing however many need it. */
export class Inventory {
  readonly #folders: readonly string[];
  #brought: Promise<ReadonlySet<string>> | undefined;
  readonly #asked = new Map<string, Promise<readonly Missing[]>>();

  /** `path` is the user's PATH. */
  constructor(path: string) {
    this.#folders = commandFolders(path);
  }

  lab(): Promise<readonly Missing[]> {
    return this.#missing(labNeeds(this.#folders));
  }

  /** `cable`: its own, besides that of the firmware; a machine on one hangs on no tap. */
  firmware(firmware: Firmware, cable?: LinkPlanFile): Promise<readonly Missing[]> {
    const taps = (cable ?? firmware.link) === undefined ? [tapNeed()] : [];
    return this.#missing([...taps, ...vmNeeds(firmware, this.#folders)]);
  }

  async server(server: ServerSpec): Promise<readonly Missing[]> {
    const missing = await this.#missing(serverNeeds(server, this.#folders));
    this.#brought ??= packagesOfSetup();
    const brought = await this.#brought;
    // A server of one's own may need packages that nobody but its owner has thought of.
    return missing.map((one) =>
      one.package === undefined || brought.has(one.package)
        ? one
        : { ...one, package: undefined, remedy: remedyForOwn(one.package) },
    );
  }

  /** Everything that booting this firmware against this server lacks; or replaying a client, where there is no firmware. */
  async boot(
    server: ServerSpec,
    firmware: Firmware | undefined,
    cable?: LinkPlanFile,
  ): Promise<readonly Missing[]> {
    const machine = firmware === undefined ? [] : this.firmware(firmware, cable);
    return (await Promise.all([this.lab(), machine, this.server(server)])).flat();
  }

  async #missing(needs: readonly Need[]): Promise<readonly Missing[]> {
    const asked = needs.map((need) => {
      const known = this.#asked.get(need.what) ?? findMissing([need]);
      this.#asked.set(need.what, known);
      return known;
    });
    return (await Promise.all(asked)).flat();
  }
}

const packagesSchema = z.looseObject({
  install: z.array(z.looseObject({ package: z.string(), before: z.string().optional() })),
  unpack: z.array(z.looseObject({ package: z.string(), take: z.array(z.string()) })),
  foreign: z.array(z.looseObject({ package: z.string() })),
});

async function packagesOfSetup(): Promise<ReadonlySet<string>> {
  if (!existsSync(PLACES.debianPackages)) return new Set();
  const { value } = await loadYamlFile(PLACES.debianPackages, packagesSchema);
  return new Set([
    ...[...value.install, ...value.foreign].map((entry) => entry.package),
    ...value.install.flatMap(({ before }) => before ?? []),
    ...value.unpack.flatMap((entry) => [entry.package, ...entry.take]),
  ]);
}

/** Never "apt-get install": a server's package may start it, on the machine's own network. */
function remedyForOwn(debianPackage: string): string {
  return `Debian package ${debianPackage}: docs/servers.md says how to get it without starting a service`;
}

/** Each thing once. */
export function distinct(missing: readonly Missing[]): readonly Missing[] {
  return [...new Map(missing.map((one) => [one.what, one])).values()];
}

/** `  command qemu-system-x86_64: not in /usr/bin (boots PCs)`. */
export function missingLine({ what, why, found }: Missing): string {
  return `  ${what}: ${found} (${why})`;
}

/** The one command that mends what packages can mend, then the others, one a line. */
export function remedyFor(missing: readonly Missing[]): string {
  const packages = missing.some((one) => one.package !== undefined) ? ['make setup'] : [];
  const others = missing.flatMap((one) =>
    one.package === undefined && one.remedy !== undefined ? [one.remedy] : [],
  );
  return [...new Set([...packages, ...others])].join('\n');
}
