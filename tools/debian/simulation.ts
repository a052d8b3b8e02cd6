import { SetupError } from './setup-error.ts';

/** One package that apt would put on the machine. */
export type PlannedPackage = {
  readonly name: string;
  readonly version: string;
  /** The version that is there now and would be replaced; undefined for a package that is new. */
  readonly replaces: string | undefined;
};

export type Simulation = {
  readonly installs: readonly PlannedPackage[];
  /** Names of packages that would go. */
  readonly removes: readonly string[];
};

/**
 * Reads what `apt-get install --simulate` prints: `Inst NAME [OLD] (NEW ORIGIN [ARCH]) [...]` and `Remv NAME [OLD]`.
 * apt-get(8) promises these words; other lines are for people. Throws SetupError (SETUP_UNREADABLE).
 */
export function parseSimulation(text: string): Simulation {
  const installs: PlannedPackage[] = [];
  const removes: string[] = [];
  for (const line of text.split('\n')) {
    if (line.startsWith('Remv ')) removes.push(line.split(' ')[1] ?? '');
    if (!line.startsWith('Inst ')) continue;
    const match = /^Inst (?<name>\S+) (?:\[(?<replaces>[^\]]+)\] )?\((?<version>\S+)/.exec(line);
    const { name, version, replaces } = match?.groups ?? {};
    if (name === undefined || version === undefined) {
      throw new SetupError(
        'SETUP_UNREADABLE',
        `apt-get --simulate: wanted "Inst NAME (VERSION ...)", got "${line}"`,
        'this apt is newer than set-up knows: please report it',
      );
    }
    installs.push({ name, version, replaces });
  }
  return { installs, removes };
}
