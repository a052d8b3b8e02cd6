import type { ConfigProblems } from './config-problems.ts';
import type { FolderReader } from './folder-reader.ts';
import type { ServerConfig } from './server-config.ts';
import type { RawServerConfig } from './server-config-schema.ts';

const PORT = 69;
const UNIT: Readonly<Record<string, number>> = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };
const MAX_UPLOAD_OCTETS = 64 * 2 ** 20;

type Raw = NonNullable<RawServerConfig['tftp']>;
type Tftp = NonNullable<ServerConfig['tftp']>;

export function readTftp(raw: Raw, folder: FolderReader, problems: ConfigProblems): Tftp {
  return {
    root: folder(['tftp', 'root'], raw.root),
    port: raw.port ?? PORT,
    limits: {
      maxBlksize: raw['max-blksize'] ?? 1468,
      maxWindowsize: raw['max-windowsize'] ?? 16,
    },
    maxTransfers: raw['max-transfers'] ?? 4000,
    maxTransfersPerClient: raw['max-transfers-per-client'] ?? 100,
    ports: readPorts(raw, problems),
    upload: raw.upload && {
      folder: folder(['tftp', 'upload', 'folder'], raw.upload.folder),
      maxOctets: octetsOf(raw.upload['max-octets']) ?? MAX_UPLOAD_OCTETS,
      overwrite: raw.upload.overwrite ?? false,
    },
  };
}

function readPorts(raw: Raw, problems: ConfigProblems): Tftp['ports'] {
  const range = raw['port-range'];
  if (raw['single-port'] === true) {
    if (range !== undefined)
      problems.add(['tftp', 'port-range'], 'single-port leaves nothing to choose from');
    return 'single';
  }
  if (range === undefined) return 'any';
  if (range.last < range.first) {
    problems.add(['tftp', 'port-range', 'last'], `wanted at least ${range.first}, got ${range.last}`);
  }
  return range;
}

function octetsOf(value: number | string | undefined): number | undefined {
  if (typeof value !== 'string') return value;
  return Number.parseInt(value, 10) * (UNIT[value.at(-1) ?? ''] ?? 1);
}
