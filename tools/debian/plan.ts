import { matchesGlob } from 'node:path';
import { describeFindings, type Finding, type InertFiles, withoutInert } from './findings.ts';
import { SetupError } from './setup-error.ts';
import type { PlannedPackage, Simulation } from './simulation.ts';

/** Of all that a package needs (as on a bare machine), the packages that are taken into .tools/debian. */
export function takenPackages(
  needed: readonly PlannedPackage[],
  take: readonly string[],
): readonly PlannedPackage[] {
  return needed.filter(({ name }) => take.some((pattern) => matchesGlob(name, pattern)));
}

/**
 * The shared libraries that packages depend on themselves, out of the stanzas `apt-cache show` prints of them; to be
 * installed for those that are only unpacked. What else they depend on (documentation, helpers of maintainer scripts)
 * serves an installed package only. Only names in `needed` count: of alternatives that is the one apt has chosen.
 */
export function sharedLibraries(stanzas: string, needed: readonly PlannedPackage[]): readonly string[] {
  const chosen = new Set(needed.map(({ name }) => name));
  const names = [...stanzas.matchAll(/^(?:Pre-)?Depends: (.*)$/gm)]
    .flatMap(([, list = '']) => list.split(/[,|]/))
    .map((relation) => /^[a-z0-9][a-z0-9+.-]*/.exec(relation.trim())?.[0] ?? '')
    .filter((name) => chosen.has(name) && name.startsWith('lib'));
  return [...new Set(names)].sort();
}

/**
 * The guard: throws SetupError unless an installation only adds, and adds nothing that could start by itself.
 * `findings` are of every package the simulation names.
 */
export function refuseUnlessHarmless(
  simulation: Simulation,
  findings: readonly Finding[],
  inert: readonly InertFiles[],
): void {
  if (simulation.removes.length > 0) {
    throw new SetupError(
      'SETUP_REMOVES',
      `apt would remove packages of this machine: ${simulation.removes.join(', ')}`,
      'set-up only adds. Bring the machine up to date (apt-get upgrade), or settle by hand what they are in the way of',
    );
  }
  const replaced = new Set(
    simulation.installs.filter(({ replaces }) => replaces !== undefined).map(({ name }) => name),
  );
  const standing = withoutInert(findings, inert).filter(
    // Of a package that is only upgraded the files are there already; what its scripts restart is what matters.
    (finding) => finding.kind === 'script' || !replaced.has(finding.package),
  );
  if (standing.length === 0) return;
  throw new SetupError(
    'SETUP_BRINGS_SERVICE',
    ['set-up installs nothing that could start by itself:', ...describeFindings(standing)].join('\n  '),
    standing.every((finding) => replaced.has(finding.package))
      ? 'they are on this machine already, in an older version. Bring it up to date (apt-get upgrade), then run this again'
      : 'such packages are only unpacked: tools/debian-packages.yaml has a list for them',
  );
}
