import type { ServerConfig } from './config/server-config.ts';
import { configWarnings } from './config-warnings.ts';
import type { ServerEvent } from './event.ts';
import { takeable } from './needs-restart.ts';
import type { LogRecord } from './operator/log-record.ts';
import { interfacesOf, settingsOf } from './service-settings.ts';
import type { Clock } from './shell/clock.ts';
import type { HttpTransfer } from './shell/http-transfers.ts';
import { forgetfulLeaseStore, type LeaseStore, openLeaseStore } from './shell/lease-store.ts';
import { limitedLog } from './shell/log-limiter.ts';
import { type Operator, startOperator } from './shell/operator.ts';
import { BOOT_SERVER_PORT, serveBootServer } from './shell/serve-boot-server.ts';
import { serveDhcp } from './shell/serve-dhcp.ts';
import { serveDns } from './shell/serve-dns.ts';
import { everywhere } from './shell/serve-everywhere.ts';
import { type HttpPlace, serveHttp } from './shell/serve-http.ts';
import { serveProxy } from './shell/serve-proxy.ts';
import { type StatusService, serveStatus } from './shell/serve-status.ts';
import { serveTftp } from './shell/serve-tftp.ts';
import { statusSource } from './shell/status-source.ts';
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
  const { clock, epoch = Date.now } = deps;
  await using undo = new AsyncDisposableStack();
  const operator = undo.use(operatorOf(config, deps));
  const limited = logOf(operator, deps);
  const { address } = config;
  const own = interfacesOf(config);
  const served = own?.served.map((one) => one.address) ?? [address];
  const settings = await settingsOf(config, own);
  await warn(config, epoch(), limited);
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
      wallClock: epoch,
    }));
  if (http !== undefined) {
    undo.use(http);
    const root = config.http?.root;
    const { tlsPort } = http.services[0];
    const secure = tlsPort === undefined ? '' : `, HTTPS on ${address}:${tlsPort}`;
    ready(`HTTP on ${address}:${http.port}${secure}${root === undefined ? '' : ` from ${root}`}`);
  }
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
      http: () =>
        http?.services.flatMap((service) =>
          service.transfers().map((transfer) => httpUnderWay(transfer, epoch())),
        ),
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
      await warn(next, epoch(), limited);
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

function httpUnderWay({ path, since, ...transfer }: HttpTransfer, now: number): TransferView {
  return { ...transfer, file: path, seconds: (now - since) / 1000 };
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

async function leaseStoreOf(
  { leases }: ServerConfig,
  { clock, log }: { readonly clock: Clock; readonly log: (event: ServerEvent) => void },
): Promise<LeaseStore> {
  if (leases === undefined) return forgetfulLeaseStore();
  const store = await openLeaseStore(leases.file, { clock, log, wallClock: systemWallClock });
  log({ stage: 'server', did: `keeps leases in ${leases.file}: ${store.leases.length} are there` });
  return store;
}

function httpPlace({ port, tls, maxSegment }: NonNullable<ServerConfig['http']>, address: string): HttpPlace {
  return {
    ...{ address, port },
    ...(tls === undefined ? {} : { tlsPort: tls.port }),
    ...(maxSegment === undefined ? {} : { maxSegment }),
  };
}

async function warn(config: ServerConfig, now: number, log: (event: ServerEvent) => void): Promise<void> {
  for (const warning of await configWarnings(config, now)) {
    log({ stage: 'server', did: `warning: ${warning}` });
  }
}
