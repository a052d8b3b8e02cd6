import type { FolderReader } from './folder-reader.ts';
import type { ServerConfig } from './server-config.ts';
import type { RawServerConfig } from './server-config-schema.ts';

const PORT = 69;

export function readTftp(
  raw: NonNullable<RawServerConfig['tftp']>,
  folder: FolderReader,
): NonNullable<ServerConfig['tftp']> {
  return {
    root: folder(['tftp', 'root'], raw.root),
    port: raw.port ?? PORT,
    limits: {
      maxBlksize: raw['max-blksize'] ?? 1468,
      maxWindowsize: raw['max-windowsize'] ?? 16,
    },
    maxTransfers: raw['max-transfers'] ?? 1000,
    maxTransfersPerClient: raw['max-transfers-per-client'] ?? 100,
  };
}
