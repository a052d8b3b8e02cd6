import type { ConfigProblems } from './config-problems.ts';
import type { FolderReader } from './folder-reader.ts';
import { readOrders } from './orders-section.ts';
import type { ServerConfig } from './server-config.ts';
import type { RawServerConfig } from './server-config-schema.ts';

const PORT = 80;

/** With the orders, which are given at boot2. */
export function readHttp(
  raw: RawServerConfig,
  folder: FolderReader,
  problems: ConfigProblems,
): ServerConfig['http'] {
  if (raw.http === undefined) {
    if (raw.orders !== undefined) problems.add(['orders'], 'orders are given at boot2, but there is no http');
    return undefined;
  }
  const { root, port, boot2 } = raw.http;
  return {
    root: root === undefined ? undefined : folder(['http', 'root'], root),
    port: port ?? PORT,
    boot2: boot2 ?? '/boot2.php',
    orders: readOrders(raw, problems),
  };
}
