import type { Ipv4Address } from '../../wire/address.ts';
import { BOOT2_VARIABLES } from '../orders/boot1.ts';
import { ALIASES } from '../orders/condition.ts';
import type { ConfigProblems } from './config-problems.ts';
import type { FolderReader } from './folder-reader.ts';
import { readHttpTls } from './http-tls-section.ts';
import { type OrdersSource, readOrders } from './orders-section.ts';
import type { ServerConfig } from './server-config.ts';
import type { RawServerConfig } from './server-config-schema.ts';
import type { TextReader } from './text-reader.ts';

const PORT = 80;

/** With the orders, which are given at boot2. `ordersFiles`: what `orders-file` names. */
export function readHttp(
  raw: RawServerConfig,
  {
    folder,
    text,
    ordersFiles,
    problems,
  }: {
    readonly folder: FolderReader;
    readonly text: TextReader;
    readonly ordersFiles: readonly OrdersSource[];
    readonly problems: ConfigProblems;
  },
): ServerConfig['http'] {
  if (raw.http === undefined) {
    for (const field of ['orders', 'orders-file', 'variables'] as const) {
      if (raw[field] !== undefined) problems.add([field], 'orders are given at boot2, but there is no http');
    }
    return undefined;
  }
  const { root, port = PORT, boot1 = '/boot1.txt', boot2 = '/boot2.php', autoexec = false, tls } = raw.http;
  const maxConnections = raw.http['max-connections'];
  const maxConnectionsPerClient = raw.http['max-connections-per-client'];
  const origin = originOf(raw, port);
  const variables = new Map(Object.entries(raw.variables ?? {}));
  const known = new Set([...BOOT2_VARIABLES, ...Object.keys(ALIASES), 'arch', ...variables.keys()]);
  const absolute = root === undefined ? undefined : folder(['http', 'root'], root);
  return {
    root: absolute,
    port,
    boot2,
    boot1: { path: boot1, boot2: `${origin}${boot2}`, variables, autoexec },
    variables: known,
    orders: readOrders([{ raw, problems }, ...ordersFiles], { origin, variables: known }, absolute),
    tls: tls && readHttpTls(tls, text, problems),
    maxSegment: raw.http['max-segment'],
    limits: {
      ...(maxConnections === undefined ? {} : { maxConnections }),
      ...(maxConnectionsPerClient === undefined ? {} : { maxConnectionsPerClient }),
    },
  };
}

/**
 * By which name clients know this server: the one in the URL that iPXE is sent to, else its address. Not the Host field of
 * a request, which is the client's to choose.
 */
function originOf({ address, boot }: RawServerConfig, port: number): string {
  const [origin] = /^https?:\/\/[^/?#]+/i.exec(boot?.ipxe ?? '') ?? [];
  return origin ?? `http://${address as Ipv4Address}${port === PORT ? '' : `:${port}`}`;
}
