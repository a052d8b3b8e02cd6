import { matchesGlob } from 'node:path';
import { describeFindings, type Finding, type InertFiles, withoutInert } from './findings.ts';
import { SetupError } from './setup-error.ts';
import type { PlannedPackage, Simulation } from './simulation.ts';

/**
 * Divides what an unpacked package needs (all of it, as on a bare machine): what is taken into .tools/debian, and the
 * shared libraries to install. The rest (documentation, helpers of maintainer scripts) serves an installed package only.
 */
export function planUnpacking(
  needed: readonly PlannedPackage[],
  take: readonly string[],
): { readonly taken: readonly PlannedPackage[]; readonly libraries: readonly string[] } {
  const isTaken = ({ name }: PlannedPackage): boolean => take.some((pattern) => matchesGlob(name, pattern));
  return {
    taken: needed.filter(isTaken),
    libraries: needed
      .filter((entry) => !isTaken(entry) && entry.name.startsWith('lib'))
      .map(({ name }) => name),
  };
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
  const standing = withoutInert(findings, inert);
  if (standing.length === 0) return;
  const replaced = new Set(
    simulation.installs.filter(({ replaces }) => replaces !== undefined).map(({ name }) => name),
  );
  const onlyUpgrades = standing.every((finding) => replaced.has(finding.package));
  throw new SetupError(
    'SETUP_BRINGS_SERVICE',
    ['nothing was installed, because it could start by itself:', ...describeFindings(standing)].join('\n  '),
    onlyUpgrades
      ? 'they are on this machine already, in an older version. Bring it up to date (apt-get upgrade), then run this again'
      : 'such packages are only unpacked: tools/debian-packages.yaml has a list for them',
  );
}
