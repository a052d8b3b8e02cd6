import { join } from 'node:path';
import { bootWarnings } from './config/boot-warnings.ts';
import type { ServerConfig } from './config/server-config.ts';
import { bootOf, needsBootServer } from './dhcp/boot-config.ts';
import { isUrl } from './dhcp/boot-name.ts';
import { bootServerOf } from './dhcp/boot-server.ts';
import { isInSubnet } from './dhcp/subnet-choice.ts';
import type { ServerEvent } from './event.ts';
import { certificateWarning } from './http/certificate-warning.ts';
import type { LogRecord } from './operator/log-record.ts';
import { type GeneratedFile, generatedFile } from './orders/generated-files.ts';
import { type BootFolder, openBootFolder } from './shell/boot-folder.ts';
import type { Clock } from './shell/clock.ts';
import { HTTP_LIMITS } from './shell/http-limits.ts';
import type { HttpTransfer } from './shell/http-transfers.ts';
import { forgetfulLeaseStore, type LeaseStore, openLeaseStore } from './shell/lease-store.ts';
import { limitedLog } from './shell/log-limiter.ts';
import { type Operator, startOperator } from './shell/operator.ts';
import { type OwnInterfaces, ownInterfaces } from './shell/own-interface.ts';
import { BOOT_SERVER_PORT, serveBootServer } from './shell/serve-boot-server.ts';
import { serveDhcp } from './shell/serve-dhcp.ts';
import { serveDns } from './shell/serve-dns.ts';
import { everywhere } from './shell/serve-everywhere.ts';
import { type HttpPlace, serveHttp } from './shell/serve-http.ts';
import { serveProxy } from './shell/serve-proxy.ts';
import { type StatusService, serveStatus } from './shell/serve-status.ts';
import { serveTftp } from './shell/serve-tftp.ts';
import { ServerError } from './shell/server-error.ts';
import { statusSource } from './shell/status-source.ts';
import { openUploadFolder } from './shell/upload-folder.ts';
import { systemWallClock } from './shell/wall-clock.ts';
import type { TransferView } from './transfer-view.ts';

export type ServeDeps = {
  readonly clock: Clock;
  /** Called for each stage of each client's boot; formatEvent makes a line of it. */
  readonly log?: (event: ServerEvent) => void;
  /** Called for each line of the log: what the events lead to, joined to boots. */
  readonly record?: (record: LogRecord, epoch: number) => void;
  /** Milliseconds since 1970. */
  readonly epoch?: () => number;
};

/** All services that the configuration has, ready. Disposing of it stops them and closes every connection. */
export interface RunningServer extends AsyncDisposable {
  /** Where the services are, with the ports that were really bound. */
  readonly ports: Readonly<Partial<Record<ServiceName, number>>>;
  /**
   * Goes on with another configuration; what is under way is finished as it began. Throws ServerError and leaves all as it
   * was: SERVER_NEEDS_RESTART where another address, port or service is wanted, SERVER_NO_FOLDER.
   */
  readonly reload: (config: ServerConfig) => Promise<void>;
  /** For its log: what whoever runs it has to say. */
  readonly tell: (event: ServerEvent) => void;
}

type ServiceName = 'dhcp' | 'proxy' | 'bootServer' | 'tftp' | 'http' | 'dns' | 'status';

/**
 * Starts the reference server. Throws ServerError, with what to do in `hint`; nothing is left running then.
 * DNS, TFTP and HTTP are ready before DHCP sends anybody to them.
 */
export async function serve(config: ServerConfig, deps: ServeDeps): Promise<RunningServer> {
  const { clock } = deps;
  await using undo = new AsyncDisposableStack();
  const operator = undo.use(operatorOf(config, deps));
  const limited = logOf(operator, deps);
  const { address } = config;
  const own = interfacesOf(config);
  const served = own?.served.map((one) => one.address) ?? [address];
  const settings = await settingsOf(config, own);
  warn(config, limited);
  const ports: { -readonly [K in keyof RunningServer['ports']]: RunningServer['ports'][K] } = {};
  const services: string[] = [];
  const ready = (what: string): void => {
    services.push(what);
    limited({ stage: 'server', did: `serves ${what}` });
  };
  const where = (service: { readonly port: number }) => ({ address, port: service.port });

  const dns =
    config.dns &&
    settings.dns &&
    (await everywhere(served, serveDns)(where(config.dns), settings.dns, limited));
  if (dns !== undefined) {
    undo.use(dns);
    ready(`DNS on ${address}:${dns.port} for ${settings.dns?.origin}`);
  }
  const tftp =
    config.tftp &&
    settings.tftp &&
    (await everywhere(served, serveTftp)(where(config.tftp), settings.tftp, { clock, log: limited }));
  if (tftp !== undefined) {
    undo.use(tftp);
    ready(`TFTP on ${address}:${tftp.port} from ${config.tftp?.root}`);
  }
  const http =
    config.http &&
    settings.http &&
    (await everywhere(served, serveHttp)(httpPlace(config.http, address), settings.http, {
      clock,
      log: limited,
      wallClock: Date.now,
    }));
  if (http !== undefined) {
    undo.use(http);
    const root = config.http?.root;
    const { tlsPort } = http.services[0];
    const secure = tlsPort === undefined ? '' : `, HTTPS on ${address}:${tlsPort}`;
    ready(`HTTP on ${address}:${http.port}${secure}${root === undefined ? '' : ` from ${root}`}`);
    warnOfCertificate(config, limited);
  }
  await warnOfMissingBootFiles(config, settings.tftp?.folder, limited);
  const bootServer =
    settings.bootServer &&
    (await everywhere(served, serveBootServer)({ address, port: BOOT_SERVER_PORT }, settings.bootServer, {
      log: limited,
    }));
  if (bootServer !== undefined) {
    undo.use(bootServer);
    ready(`PXE boot server on ${address}:${bootServer.port}`);
  }
  const proxy =
    own && settings.proxy && (await serveProxy(own.served[0], settings.proxy, { clock, log: limited }));
  if (proxy !== undefined) {
    undo.use(proxy);
    ready(`proxyDHCP on ${own?.served[0].name}, beside another DHCP server`);
  }
  const leases = undo.use(await leaseStoreOf(config, { clock, log: limited }));
  const dhcp =
    own && settings.dhcp && (await serveDhcp(own.served, settings.dhcp, { clock, log: limited, leases }));
  if (dhcp !== undefined) {
    undo.use(dhcp);
    const networks = settings.dhcp?.subnets.map(({ network, prefixLength }) => `${network}/${prefixLength}`);
    const wires = own?.served.map((one) => `${one.name} (${one.address})`);
    ready(`DHCP on ${wires?.join(', ')} for ${networks?.join(', ')}`);
  }
  let current = { config, since: clock.now() };
  let status: StatusService | undefined;
  const source = undo.use(
    statusSource({
      operator,
      clock,
      started: clock.now(),
      config: () => current,
      services,
      subnets: () => dhcp?.view() ?? [],
      tftp: () => tftp?.services.flatMap((service) => service.transfers()),
      http: () => http?.services.flatMap((service) => service.transfers().map(httpUnderWay)),
      viewers: () => status?.viewers() ?? 0,
    }),
  );
  status =
    config.status && (await serveStatus(config.status, config.status, { clock, log: limited, ...source }));
  if (status !== undefined) {
    undo.use(status);
    limited({
      stage: 'server',
      did: `shows its status on http://${config.status?.address}:${status.port}/`,
    });
  }
  for (const [name, service] of Object.entries({ dns, tftp, http, bootServer, proxy, dhcp, status })) {
    if (service !== undefined) ports[name as ServiceName] = service.port;
  }

  const owned = undo.move();
  return {
    ports,
    reload: async (next) => {
      const wanted = await takeable(config, own, next);
      warn(next, limited);
      await warnOfMissingBootFiles(next, wanted.tftp?.folder, limited);
      warnOfCertificate(next, limited);
      // All at once: no client sees the new script and the old boot file.
      if (wanted.dns !== undefined) dns?.configure(wanted.dns);
      if (wanted.tftp !== undefined) tftp?.configure(wanted.tftp);
      if (wanted.http !== undefined) http?.configure(wanted.http);
      if (wanted.bootServer !== undefined) bootServer?.configure(wanted.bootServer);
      if (wanted.proxy !== undefined) proxy?.configure(wanted.proxy);
      if (wanted.dhcp !== undefined) dhcp?.configure(wanted.dhcp);
      if (next.status !== undefined) status?.configure(next.status);
      operator.configure(bootsSpecOf(next));
      current = { config: next, since: clock.now() };
      limited({ stage: 'server', did: 'goes on with the new configuration', reload: 'done' });
    },
    tell: limited,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function httpUnderWay({ path, since, ...transfer }: HttpTransfer): TransferView {
  return { ...transfer, file: path, seconds: (Date.now() - since) / 1000 };
}

/** Bad input is counted each time, and told of now and then. */
function logOf(
  operator: Operator,
  { log = () => undefined, clock }: ServeDeps,
): (event: ServerEvent) => void {
  const limited = limitedLog((event) => {
    log(event);
    operator.hear(event);
  }, clock);
  return (event) => {
    operator.count(event);
    limited(event);
  };
}

function operatorOf(config: ServerConfig, { clock, epoch = Date.now, record = () => undefined }: ServeDeps) {
  return startOperator(bootsSpecOf(config), { clock, epoch, record });
}

/** What of a boot this server can see. */
function bootsSpecOf({ address, dhcp, proxy, tftp, http }: ServerConfig) {
  return {
    servesLoader: tftp !== undefined && (dhcp ?? proxy)?.boot.nextServer === address,
    servesScripts: http !== undefined,
    boot2: http?.boot2,
  };
}

function warn({ warnings }: ServerConfig, log: (event: ServerEvent) => void): void {
  for (const warning of warnings) log({ stage: 'server', did: `warning: ${warning}` });
}

/** A proxy stands on one wire: which networks are on others, it does not know. */
function interfacesOf({ address, dhcp, proxy }: ServerConfig): OwnInterfaces | undefined {
  if (proxy !== undefined) return ownInterfaces(address, () => false);
  return dhcp && ownInterfaces(address, (own) => dhcp.subnets.some((subnet) => isInSubnet(own, subnet)));
}

/** What each service is told: the configuration, with its folders opened. */
async function settingsOf({ dhcp, proxy, tftp, http, dns }: ServerConfig, own: OwnInterfaces | undefined) {
  return {
    dns: dns?.zone,
    tftp: tftp && (await tftpSettings(tftp, http)),
    http: http && {
      site: { boot2: http.boot2, boot1: http.boot1, orders: http.orders },
      folder: http.root === undefined ? undefined : await folderOf(http.root),
      limits: { ...HTTP_LIMITS, ...http.limits },
      ...(http.tls === undefined ? {} : { tls: http.tls }),
    },
    proxy,
    bootServer: bootServerSettings({ dhcp, proxy }),
    dhcp: own && dhcp && { ...dhcp, ownAddresses: own.ownAddresses },
  };
}

/** Port 4011: always beside another DHCP server, and where our own offers send clients there. */
function bootServerSettings({ dhcp, proxy }: Pick<ServerConfig, 'dhcp' | 'proxy'>) {
  if (proxy?.withBootServer === true) return bootServerOf(proxy);
  return dhcp !== undefined && needsBootServer(dhcp.boot) ? bootServerOf(dhcp) : undefined;
}

async function tftpSettings(tftp: NonNullable<ServerConfig['tftp']>, http: ServerConfig['http']) {
  const { root, upload } = tftp;
  return {
    ...tftp,
    folder: await folderOf(root),
    generated: http && ((segments: readonly string[]) => octetsOf(generatedFile(segments, http))),
    upload: upload && {
      ...upload,
      folder: await orNoFolder('let clients write files to', upload.folder, openUploadFolder),
    },
  };
}

async function leaseStoreOf(
  { leases }: ServerConfig,
  { clock, log }: { readonly clock: Clock; readonly log: (event: ServerEvent) => void },
): Promise<LeaseStore> {
  if (leases === undefined) return forgetfulLeaseStore();
  const store = await openLeaseStore(leases.file, { clock, log, wallClock: systemWallClock });
  log({ stage: 'server', did: `keeps leases in ${leases.file}: ${store.leases.length} are there` });
  return store;
}

/** The settings of another configuration. Throws ServerError where the server would have to be started again for it. */
async function takeable(config: ServerConfig, own: OwnInterfaces | undefined, next: ServerConfig) {
  refuseRestart(config, next);
  const found = interfacesOf(next);
  refuseOtherInterfaces(own, found);
  return settingsOf(next, found);
}

function httpPlace({ port, tls, maxSegment }: NonNullable<ServerConfig['http']>, address: string): HttpPlace {
  return {
    ...{ address, port },
    ...(tls === undefined ? {} : { tlsPort: tls.port }),
    ...(maxSegment === undefined ? {} : { maxSegment }),
  };
}

function octetsOf(made: GeneratedFile | undefined): Uint8Array | undefined {
  return made === undefined ? undefined : Buffer.from(made.text);
}

function warnOfCertificate({ http }: ServerConfig, log: (event: ServerEvent) => void): void {
  const did = http?.tls && certificateWarning(http.tls, Date.now());
  if (did !== undefined) log({ stage: 'server', did });
}

/** Sockets stay where they are: RunningServer.reload. */
function refuseRestart(before: ServerConfig, after: ServerConfig): void {
  const places = ({ address, dhcp, proxy, leases, tftp, http, dns, status }: ServerConfig) => ({
    address,
    dhcp: dhcp !== undefined,
    proxy: proxy !== undefined,
    'boot server': bootServerSettings({ dhcp, proxy }) !== undefined,
    leases: leases?.file,
    tftp: tftp?.port,
    http: http?.port,
    https: http?.tls?.port,
    'max-segment': http?.maxSegment,
    dns: dns?.port,
    status: status && `${status.address}:${status.port}`,
  });
  const [old, wanted] = [places(before), places(after)];
  const changed = (Object.keys(old) as (keyof typeof old)[]).filter((key) => old[key] !== wanted[key]);
  if (changed.length === 0) return;
  throw new ServerError(
    'SERVER_NEEDS_RESTART',
    `another address, port, service or file of leases is wanted: ${changed.join(', ')}`,
    'stop the server and start it again for that; until then it goes on as before',
  );
}

/** A subnet that is on the wire of another interface: there is no socket there yet. */
function refuseOtherInterfaces(before: OwnInterfaces | undefined, after: OwnInterfaces | undefined): void {
  const [old, wanted] = [before, after].map((own) =>
    own?.served.map(({ name, address }) => `${name} (${address})`).join(', '),
  );
  if (old === wanted) return;
  throw new ServerError(
    'SERVER_NEEDS_RESTART',
    `DHCP is served on ${old}, and wanted on ${wanted}`,
    'stop the server and start it again for that; until then it goes on as before',
  );
}

const folderOf = (root: string): Promise<BootFolder> => orNoFolder('serve files from', root, openBootFolder);

async function orNoFolder<T>(what: string, folder: string, open: (folder: string) => Promise<T>): Promise<T> {
  try {
    return await open(folder);
  } catch (error) {
    throw new ServerError(
      'SERVER_NO_FOLDER',
      `cannot ${what} ${folder}: ${error instanceof Error ? error.message : String(error)}`,
      'make the folder, or correct its name in the configuration',
      error,
    );
  }
}

/** A file that DHCP names and TFTP does not have: no error, since it may be put there later, but worth a line. */
async function warnOfMissingBootFiles(
  config: ServerConfig,
  folder: BootFolder | undefined,
  log: (event: ServerEvent) => void,
): Promise<void> {
  const warn = (what: string): void => log({ stage: 'server', did: `warning: ${what}` });
  for (const warning of bootWarnings(config)) warn(warning);
  if (folder === undefined) return;
  for (const name of filesByTftp(config)) {
    const opened = await folder.open(join('/', name).split('/').filter(Boolean));
    if (opened.kind === 'file') await opened.file[Symbol.asyncDispose]();
    else warn(`boot file ${name} is ${opened.kind} in the TFTP folder`);
  }
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
