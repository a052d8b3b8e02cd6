import { join } from 'node:path';
import type { ServerConfig } from './config/server-config.ts';
import type { ServerEvent } from './event.ts';
import { type BootFolder, openBootFolder } from './shell/boot-folder.ts';
import type { Clock } from './shell/clock.ts';
import { limitedLog } from './shell/log-limiter.ts';
import { interfaceWith } from './shell/own-interface.ts';
import { DHCP_SERVER_PORT, serveDhcp } from './shell/serve-dhcp.ts';
import { serveDns } from './shell/serve-dns.ts';
import { serveHttp } from './shell/serve-http.ts';
import { serveTftp } from './shell/serve-tftp.ts';
import { ServerError } from './shell/server-error.ts';

export type ServeDeps = {
  readonly clock: Clock;
  /** Called for each stage of each client's boot; formatEvent makes a line of it. */
  readonly log: (event: ServerEvent) => void;
};

/** All services that the configuration has, ready. Disposing of it stops them and closes every connection. */
export interface RunningServer extends AsyncDisposable {
  /** Where the services are, with the ports that were really bound. */
  readonly ports: Readonly<Partial<Record<'dhcp' | 'tftp' | 'http' | 'dns', number>>>;
}

/**
 * Starts the reference server. Throws ServerError, with what to do in `hint`; nothing is left running then.
 * DNS, TFTP and HTTP are ready before DHCP sends anybody to them.
 */
export async function serve(config: ServerConfig, { clock, log }: ServeDeps): Promise<RunningServer> {
  await using undo = new AsyncDisposableStack();
  const limited = limitedLog(log, clock);
  const ports: { -readonly [K in keyof RunningServer['ports']]: RunningServer['ports'][K] } = {};
  const { address, dhcp, tftp, http, dns } = config;
  const ready = (what: string): void => limited({ stage: 'server', did: `serves ${what}` });

  if (dns !== undefined) {
    const service = undo.use(await serveDns({ address, ...dns }, limited));
    ports.dns = service.port;
    ready(`DNS on ${address}:${service.port} for ${dns.zone.origin}`);
  }
  if (tftp !== undefined) {
    const folder = await folderOf(tftp.root);
    const service = undo.use(await serveTftp({ address, ...tftp }, { folder, clock, log: limited }));
    ports.tftp = service.port;
    ready(`TFTP on ${address}:${service.port} from ${tftp.root}`);
    await warnOfMissingBootFiles(config, folder, limited);
  }
  if (http !== undefined) {
    const folder = http.root === undefined ? undefined : await folderOf(http.root);
    const site = { boot2: http.boot2, orders: http.orders };
    const service = undo.use(await serveHttp({ address, port: http.port, site }, { folder, log: limited }));
    ports.http = service.port;
    ready(`HTTP on ${address}:${service.port}${http.root === undefined ? '' : ` from ${http.root}`}`);
  }
  if (dhcp !== undefined) {
    const own = interfaceWith(address);
    undo.use(
      await serveDhcp({ config: { ...dhcp, ownAddresses: own.ownAddresses }, own }, { clock, log: limited }),
    );
    ports.dhcp = DHCP_SERVER_PORT;
    const networks = dhcp.subnets.map(({ network, prefixLength }) => `${network}/${prefixLength}`);
    ready(`DHCP on ${own.name} for ${networks.join(', ')}`);
  }
  const owned = undo.move();
  return { ports, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function folderOf(root: string): Promise<BootFolder> {
  try {
    return await openBootFolder(root);
  } catch (error) {
    throw new ServerError(
      'SERVER_NO_FOLDER',
      `cannot serve files from ${root}: ${error instanceof Error ? error.message : String(error)}`,
      'make the folder, or correct "root" in the configuration',
      error,
    );
  }
}

/** A file that DHCP names and TFTP does not have: no error, since it may be put there later, but worth a line. */
async function warnOfMissingBootFiles(
  { dhcp, address }: ServerConfig,
  folder: BootFolder,
  log: (event: ServerEvent) => void,
): Promise<void> {
  if (dhcp === undefined || dhcp.boot.nextServer !== address) return;
  const { files, withoutArchitecture } = dhcp.boot;
  const names = new Set([
    ...files.values(),
    ...(withoutArchitecture === undefined ? [] : [withoutArchitecture]),
  ]);
  for (const name of names) {
    if (name.includes('://')) continue;
    const opened = await folder.open(join('/', name).split('/').filter(Boolean));
    if (opened.kind === 'file') await opened.file[Symbol.asyncDispose]();
    else log({ stage: 'server', did: `warning: boot file ${name} is ${opened.kind} in the TFTP folder` });
  }
}
