import type { ConfigProblems } from './config-problems.ts';
import type { FolderReader } from './folder-reader.ts';
import { readHttpTls } from './http-tls-section.ts';
import { readOrders } from './orders-section.ts';
import type { ServerConfig } from './server-config.ts';
import type { RawServerConfig } from './server-config-schema.ts';
import type { TextReader } from './text-reader.ts';

const PORT = 80;

/** With the orders, which are given at boot2. */
export function readHttp(
  raw: RawServerConfig,
  { folder, text }: { readonly folder: FolderReader; readonly text: TextReader },
  problems: ConfigProblems,
): ServerConfig['http'] {
  if (raw.http === undefined) {
    if (raw.orders !== undefined) problems.add(['orders'], 'orders are given at boot2, but there is no http');
    return undefined;
  }
  const { root, port, boot2, tls } = raw.http;
  const maxConnections = raw.http['max-connections'];
  const maxConnectionsPerClient = raw.http['max-connections-per-client'];
  return {
    root: root === undefined ? undefined : folder(['http', 'root'], root),
    port: port ?? PORT,
    boot2: boot2 ?? '/boot2.php',
    orders: readOrders(raw, problems),
    tls: tls && readHttpTls(tls, text, problems),
    maxSegment: raw.http['max-segment'],
    limits: {
      ...(maxConnections === undefined ? {} : { maxConnections }),
      ...(maxConnectionsPerClient === undefined ? {} : { maxConnectionsPerClient }),
    },
  };
}
