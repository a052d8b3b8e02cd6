import type { ServerConfig } from './config/server-config.ts';
import { bootServerSettings, interfacesOf, settingsOf } from './service-settings.ts';
import type { OwnInterfaces } from './shell/own-interface.ts';
import { ServerError } from './shell/server-error.ts';

/** The settings of another configuration. Throws ServerError where the server would have to be started again for it. */
export async function takeable(config: ServerConfig, own: OwnInterfaces | undefined, next: ServerConfig) {
  refuseRestart(config, next);
  const found = interfacesOf(next);
  refuseOtherInterfaces(own, found);
  return settingsOf(next, found);
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
