import { join } from 'node:path';
import { bootWarnings } from './config/boot-warnings.ts';
import type { ServerConfig } from './config/server-config.ts';
import { bootOf } from './dhcp/boot-config.ts';
import { isUrl } from './dhcp/boot-name.ts';
import { bootServerOf } from './dhcp/boot-server.ts';
import { certificateWarning } from './http/certificate-warning.ts';
import { openBootFolder } from './shell/boot-folder.ts';

/** What is not wrong in a configuration, and worth a line all the same. `now`: milliseconds since 1970, for certificates. */
export async function configWarnings(config: ServerConfig, now: number): Promise<readonly string[]> {
  const certificate = config.http?.tls && certificateWarning(config.http.tls, now);
  return [
    ...config.warnings,
    ...bootWarnings(config),
    ...(await missingBootFiles(config)),
    ...(certificate === undefined ? [] : [certificate]),
  ];
}

/** Files that DHCP names and TFTP does not have: they may be put there later. */
async function missingBootFiles(config: ServerConfig): Promise<readonly string[]> {
  // A folder that is not there is an error elsewhere.
  const folder = config.tftp && (await openBootFolder(config.tftp.root).catch(() => undefined));
  if (folder === undefined) return [];
  const missing: string[] = [];
  for (const name of filesByTftp(config)) {
    const opened = await folder.open(join('/', name).split('/').filter(Boolean));
    if (opened.kind === 'file') await opened.file[Symbol.asyncDispose]();
    else missing.push(`boot file ${name} is ${opened.kind} in the TFTP folder`);
  }
  return missing;
}

/** What clients are sent to this server for. */
function filesByTftp({ dhcp, proxy, address }: ServerConfig): ReadonlySet<string> {
  const names = new Set<string | undefined>();
  const bootServer = dhcp === undefined ? proxy && bootServerOf(proxy) : bootServerOf(dhcp);
  const boots =
    bootServer === undefined
      ? []
      : [bootServer.boot, ...Array.from(bootServer.clients.values(), (own) => bootOf(bootServer.boot, own))];
  for (const { nextServer, files, withoutArchitecture, anyArchitecture, raspberryPi, menu } of boots) {
    if (nextServer === address) {
      for (const name of [...files.values(), withoutArchitecture, anyArchitecture, raspberryPi])
        names.add(name);
    }
    for (const item of menu?.items ?? []) {
      if ((item.nextServer ?? nextServer) === address)
        for (const name of item.files.values()) names.add(name);
    }
  }
  return new Set([...names].filter((name) => name !== undefined && !isUrl(name)) as string[]);
}
