import type { Ipv4Address } from '../../wire/address.ts';
import type { DhcpConfig } from '../dhcp/dhcp-config.ts';
import type { ProxyConfig } from '../dhcp/step-proxy.ts';
import type { Zone } from '../dns/zone.ts';
import type { Boot1 } from '../orders/boot1.ts';
import type { Orders } from '../orders/orders.ts';
import type { TftpLimits } from '../tftp/tftp-request.ts';

/** What a server is to do, checked, with folders as absolute paths. A service that is undefined is not started. */
export type ServerConfig = {
  readonly address: Ipv4Address;
  /** Without ownAddresses, which only the machine knows. */
  readonly dhcp: Omit<DhcpConfig, 'ownAddresses'> | undefined;
  /** Beside somebody else's DHCP server: never together with dhcp. */
  readonly proxy: (ProxyConfig & { readonly withBootServer: boolean }) | undefined;
  /** Where leases are kept; undefined: in memory. */
  readonly leases: { readonly file: string } | undefined;
  readonly tftp:
    | {
        readonly root: string;
        readonly port: number;
        readonly limits: TftpLimits;
        readonly maxTransfers: number;
        readonly maxTransfersPerClient: number;
        /** Of transfers; 'single': the service's own. */
        readonly ports: { readonly first: number; readonly last: number } | 'any' | 'single';
        readonly upload:
          | { readonly folder: string; readonly maxOctets: number; readonly overwrite: boolean }
          | undefined;
      }
    | undefined;
  readonly http:
    | {
        readonly root: string | undefined;
        readonly port: number;
        readonly boot2: string;
        readonly boot1: Boot1;
        readonly orders: Orders;
        /** Every name that clients may send, and its aliases. */
        readonly variables: ReadonlySet<string>;
        readonly tls: HttpTls | undefined;
        readonly maxSegment: number | undefined;
        readonly limits: { readonly maxConnections?: number; readonly maxConnectionsPerClient?: number };
      }
    | undefined;
  /** What can be served, but hardly as it was meant: with file, line and field. */
  readonly warnings: readonly string[];
  /** What was read, by absolute path: the configuration, and what it includes. So a change is known for one. */
  readonly sources: ReadonlyMap<string, string>;
  readonly dns: { readonly port: number; readonly zone: Zone } | undefined;
  /** The page, its data, and metrics. */
  readonly status:
    | { readonly address: Ipv4Address; readonly port: number; readonly names: readonly string[] }
    | undefined;
  /** The file it was read from. */
  readonly file: string;
};

/** Read and checked: the key belongs to the certificate. Times are milliseconds since 1970. */
export type HttpTls = {
  readonly port: number;
  /** PEM, with the chain. */
  readonly certificate: string;
  readonly key: string;
  readonly validFrom: number;
  readonly validTo: number;
};
