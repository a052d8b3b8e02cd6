import { z } from 'zod';
import { loadYamlFile } from '../../src/config/yaml-file.ts';

const packageName = z.string().regex(/^[a-z0-9][a-z0-9+.-]+$/);
const why = z.string().min(1);
const provides = z.array(z.string().min(1)).min(1);

const unpacked = z.array(
  z.strictObject({ package: packageName, take: z.array(z.string().min(1)).min(1), provides, why }),
);

const debianPackagesSchema = z.strictObject({
  install: z.array(z.strictObject({ package: packageName, before: packageName.optional(), provides, why })),
  unpack: unpacked,
  foreign: z.array(
    z.strictObject({
      package: packageName,
      architecture: z.string().regex(/^[a-z0-9-]+$/),
      provides,
      why,
    }),
  ),
  bench: unpacked,
  inert: z.array(z.strictObject({ package: packageName, files: z.array(z.string().min(1)).min(1), why })),
});

/** tools/debian-packages.yaml: what set-up installs and unpacks, and what each package is for. */
export type DebianPackages = z.output<typeof debianPackagesSchema>;

/** With the packages that this release has: `before` in place of what it does not know. */
export function asReleased(packages: DebianPackages, isKnown: (name: string) => boolean): DebianPackages {
  const install = packages.install.map((entry) =>
    entry.before === undefined || isKnown(entry.package) ? entry : { ...entry, package: entry.before },
  );
  return { ...packages, install };
}

/** Throws ConfigError. */
export async function loadDebianPackages(file: string): Promise<DebianPackages> {
  return (await loadYamlFile(file, debianPackagesSchema)).value;
}
