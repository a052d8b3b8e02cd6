import { type Ipv4Address, parseIpv4 } from '../../wire/address.ts';
import { dnsZone } from '../dns/zone.ts';
import type { ServerConfig } from './server-config.ts';
import type { RawServerConfig } from './server-config-schema.ts';

const PORT = 53;

export function readDns(raw: NonNullable<RawServerConfig['dns']>): NonNullable<ServerConfig['dns']> {
  return { port: raw.port ?? PORT, zone: readZone(raw) };
}

function readZone({ origin, hosts }: NonNullable<RawServerConfig['dns']>) {
  const known = Object.entries(hosts).map(([name, value]): [string, readonly Ipv4Address[]] => [
    name,
    [value].flat().flatMap((text) => parseIpv4(text) ?? []),
  ]);
  return dnsZone({ origin, hosts: Object.fromEntries(known) });
}
