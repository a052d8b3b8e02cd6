import { SetupError } from './setup-error.ts';

const FINDING_KINDS = ['unit', 'init', 'schedule', 'activate', 'script'] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

/** Something in a package that could start by itself once the package is installed. */
export type Finding = {
  readonly package: string;
  readonly kind: FindingKind;
  /** A path without leading slash; for a script, its name and the line. */
  readonly what: string;
};

/** A file that looks like a finding and starts nothing, with the reason. */
export type InertFiles = {
  readonly package: string;
  readonly files: readonly string[];
};

const KIND_TEXT: Readonly<Record<FindingKind, string>> = {
  unit: 'a systemd unit',
  init: 'an init script',
  schedule: 'a cron job',
  activate: 'a program that others can have started',
  script: 'a script that registers or starts a service',
};

/** Reads the output of inspect-deb.sh. Throws SetupError (SETUP_UNREADABLE). */
export function parseFindings(text: string): readonly Finding[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [name, kindText, what] = line.split('\t');
      const kind = FINDING_KINDS.find((known) => known === kindText);
      if (name === undefined || kind === undefined || what === undefined) {
        throw new SetupError(
          'SETUP_UNREADABLE',
          `inspect-deb.sh: wanted package, kind and what, got "${line}"`,
          'this is a fault of pxebench: please report it',
        );
      }
      return { package: name, kind, what };
    });
}

/**
 * What of the findings stands: all but files known to be inert. A file counts as inert only as long as the scripts of
 * its package touch no service at all.
 */
export function withoutInert(findings: readonly Finding[], inert: readonly InertFiles[]): readonly Finding[] {
  const scripted = new Set(
    findings.filter(({ kind }) => kind === 'script').map((finding) => finding.package),
  );
  return findings.filter(
    (finding) =>
      scripted.has(finding.package) ||
      !inert.some((entry) => entry.package === finding.package && entry.files.includes(finding.what)),
  );
}

/** One sentence for each package, naming its first finding (a file before a script). */
export function describeFindings(findings: readonly Finding[]): readonly string[] {
  const byPackage = Map.groupBy(findings, (finding) => finding.package);
  return [...byPackage].map(([name, all]) => {
    const first = all.find(({ kind }) => kind !== 'script') ?? all[0];
    const more = all.length > 1 ? `, and ${all.length - 1} more` : '';
    return first === undefined ? name : `${name} brings ${KIND_TEXT[first.kind]}: ${first.what}${more}`;
  });
}
