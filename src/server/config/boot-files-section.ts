import { didYouMean } from '../../config/nearest.ts';
import type { FieldPath } from '../../config/schema-problems.ts';
import { isHttpArchitecture } from '../../wire/dhcp/opt-client-architecture.ts';
import { ARCHITECTURE_NAMES, parseArchitecture } from '../dhcp/architecture.ts';
import type { BootConfig } from '../dhcp/boot-config.ts';
import { FILE_FIELD_OCTETS, isUrl } from '../dhcp/boot-name.ts';
import type { ConfigProblems } from './config-problems.ts';

/** One option: more would have to be split, and neither iPXE nor EDK2 joins the parts. */
const OPTION_OCTETS = 255;

export type NamePlaces = Pick<BootConfig, 'longNames' | 'inOption67'>;

/** Files by architecture, by name or number. */
export function readFiles(
  raw: Readonly<Record<string, string>>,
  path: FieldPath,
  places: NamePlaces,
  problems: ConfigProblems,
): ReadonlyMap<number, string> {
  const files = new Map<number, string>();
  for (const [key, name] of Object.entries(raw)) {
    const here = [...path, key];
    const code = parseArchitecture(key);
    if (code === undefined) {
      problems.add(here, `"${key}" is no architecture`, didYouMean(key, ARCHITECTURE_NAMES));
      continue;
    }
    if (files.has(code)) problems.add(here, `architecture ${code} stands twice: by name and by number`);
    files.set(code, name);
    // A PXE ROM cannot read a URL, and an HTTP client cannot read anything else (clauses PXE-025).
    if (isHttpArchitecture(code) && !isUrl(name)) problems.add(here, `wanted a URL, got "${name}"`);
    if (!isHttpArchitecture(code) && isUrl(name)) {
      problems.add(here, `wanted a file's name, got the URL ${name}`);
    }
    checkLength(name, here, places, problems);
  }
  return files;
}

export function checkLength(
  name: string,
  path: FieldPath,
  { longNames, inOption67 }: NamePlaces,
  problems: ConfigProblems,
): void {
  if (name.length <= FILE_FIELD_OCTETS || longNames === 'cut') return;
  if (name.length > OPTION_OCTETS) {
    problems.add(
      path,
      `wanted at most ${OPTION_OCTETS} octets, which one DHCP option holds; got ${name.length}`,
      'put the long URL into a script and name that; "long-names: cut" stages the defect on purpose',
    );
  } else if (!inOption67) {
    problems.add(
      path,
      `wanted at most ${FILE_FIELD_OCTETS} octets, which the file field holds; got ${name.length}`,
      'let "boot-file-in" have option-67',
    );
  }
}
