import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { ConfigProblems } from './config-problems.ts';
import type { ServerConfig } from './server-config.ts';
import type { RawServerConfig } from './server-config-schema.ts';

/** Undefined: leases are kept in memory and forgotten with the process. `missing` hears of a folder that is not there. */
export function readLeases(
  raw: RawServerConfig,
  configFile: string,
  problems: ConfigProblems,
  missing: ConfigProblems,
): ServerConfig['leases'] {
  if (raw.leases === undefined) return undefined;
  if (raw.dhcp === undefined) problems.add(['leases'], 'says where DHCP keeps leases, but there is no dhcp');
  const file = resolve(dirname(configFile), raw.leases.file);
  const folder = dirname(file);
  if (!(statSync(folder, { throwIfNoEntry: false })?.isDirectory() ?? false)) {
    missing.add(['leases', 'file'], `no folder "${folder}" for it`, `make it: mkdir -p ${folder}`);
  }
  return { file };
}
