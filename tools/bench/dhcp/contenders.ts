/** DHCP servers with the same pool, each as it keeps leases on disk, without asking whether an address is in use. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SERVER_ADDRESS } from '../bench-network.ts';
import { PXEBENCH } from '../places.ts';
import { keaProgram } from './perfdhcp.ts';

/** Room for 61,000 leases. */
export const POOL = { first: '10.188.16.0', last: '10.188.255.254' } as const;
export const LEASE_FILE = 'leases.db';
const LEASE_SECONDS = 3600;

export type Prepared = {
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
};

export type Contender = {
  readonly name: string;
  /** How it keeps leases. */
  readonly keeps: string;
  /** Writes its configuration into a folder, where its leases will be too. */
  readonly prepare: (folder: string) => Promise<Prepared>;
};

export const reference: Contender = {
  name: 'pxebench serve',
  keeps: 'SQLite, on disk before each ACK',
  prepare: async (folder) => {
    const config = join(folder, 'pxe.yaml');
    await writeFile(
      config,
      `address: ${SERVER_ADDRESS}
leases: { file: ${LEASE_FILE} }
dhcp:
  probe-addresses: false
  subnets: [{ network: 10.188.0.0/16, pool: [${POOL.first}-${POOL.last}], lease-time: ${LEASE_SECONDS}s }]
`,
    );
    return { argv: [PXEBENCH, 'serve', '--config', config] };
  },
};

export const kea: Contender = {
  name: 'Kea',
  keeps: 'memfile, written but not synchronised',
  prepare: async (folder) => {
    const { file, env } = await keaProgram('kea-dhcp4');
    const config = join(folder, 'kea.conf');
    const dhcp4 = {
      'interfaces-config': { interfaces: ['eth0'] },
      'lease-database': { type: 'memfile', persist: true, name: join(folder, 'kea-leases4.csv') },
      'valid-lifetime': LEASE_SECONDS,
      subnet4: [{ id: 1, subnet: '10.188.0.0/16', pools: [{ pool: `${POOL.first} - ${POOL.last}` }] }],
      loggers: [{ name: 'kea-dhcp4', severity: 'INFO', output_options: [{ output: 'stdout' }] }],
    };
    await writeFile(config, JSON.stringify({ Dhcp4: dhcp4 }));
    const { file: cleanUp } = await keaProgram('kea-lfc');
    const places = { KEA_PIDFILE_DIR: folder, KEA_LOCKFILE_DIR: 'none', KEA_LFC_EXECUTABLE: cleanUp };
    return { argv: [file, '-c', config], env: { ...env, ...places } };
  },
};

export const dnsmasq: Contender = {
  name: 'dnsmasq',
  keeps: 'a file, written anew and synchronised for each lease',
  prepare: async (folder) => ({
    argv: [
      ...['dnsmasq', '--keep-in-foreground', '--conf-file=/dev/null', '--port=0', '--user=root'],
      ...['--interface=eth0', '--no-ping', '--dhcp-authoritative', '--dhcp-lease-max=65000'],
      `--dhcp-range=${POOL.first},${POOL.last},255.255.0.0,${LEASE_SECONDS}`,
      `--dhcp-leasefile=${join(folder, 'dnsmasq.leases')}`,
      ...['--pid-file=', '--log-facility=-'],
    ],
  }),
};
