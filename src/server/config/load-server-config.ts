import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { FieldPath } from '../../config/schema-problems.ts';
import { loadYamlFile, type YamlFile } from '../../config/yaml-file.ts';
import { type Ipv4Address, parseIpv4, parseMac } from '../../wire/address.ts';
import { dnsZone } from '../dns/zone.ts';
import { isGlob } from '../orders/glob.ts';
import { kindOfVariable, type Order, type Orders } from '../orders/orders.ts';
import { ConfigProblems } from './config-problems.ts';
import { readDhcp } from './dhcp-section.ts';
import type { ServerConfig } from './server-config.ts';
import { type RawOrder, type RawServerConfig, serverConfigSchema } from './server-config-schema.ts';

const PORT = { tftp: 69, http: 80, dns: 53 } as const;

/**
 * Reads a configuration file. Throws ConfigError: what is wrong with file, line and field, all at once
 * (CONFIG_UNREADABLE, CONFIG_SYNTAX, CONFIG_SCHEMA, or CONFIG_REFERENCE for a folder that is not there).
 */
export async function loadServerConfig(file: string): Promise<ServerConfig> {
  return readServerConfig(await loadYamlFile(file, serverConfigSchema));
}

/** The same for a file that was read. Folders are relative to it. */
function readServerConfig(file: YamlFile<RawServerConfig>): ServerConfig {
  const raw = file.value;
  const problems = new ConfigProblems(file);
  const missing = new ConfigProblems(file);
  // The schema has seen that it is one.
  const address = parseIpv4(raw.address) as Ipv4Address;
  const folder = (path: FieldPath, name: string): string => {
    const absolute = resolve(dirname(file.file), name);
    if (!(statSync(absolute, { throwIfNoEntry: false })?.isDirectory() ?? false)) {
      missing.add(path, `no folder "${name}" (${absolute})`);
    }
    return absolute;
  };
  const config: ServerConfig = {
    address,
    dhcp: readDhcp(raw, address, problems),
    tftp: raw.tftp && {
      root: folder(['tftp', 'root'], raw.tftp.root),
      port: raw.tftp.port ?? PORT.tftp,
      limits: {
        maxBlksize: raw.tftp['max-blksize'] ?? 1468,
        maxWindowsize: raw.tftp['max-windowsize'] ?? 16,
      },
      maxTransfers: raw.tftp['max-transfers'] ?? 1000,
      maxTransfersPerClient: raw.tftp['max-transfers-per-client'] ?? 100,
    },
    http: raw.http && {
      root: raw.http.root === undefined ? undefined : folder(['http', 'root'], raw.http.root),
      port: raw.http.port ?? PORT.http,
      boot2: raw.http.boot2 ?? '/boot2.php',
      orders: readOrders(raw, problems),
    },
    dns: raw.dns && { port: raw.dns.port ?? PORT.dns, zone: readZone(raw.dns) },
  };
  if (raw.http === undefined && raw.orders !== undefined) {
    problems.add(['orders'], 'orders are given at boot2, but there is no http');
  }
  if ([config.dhcp, config.tftp, config.http, config.dns].every((service) => service === undefined)) {
    problems.add([], 'nothing to serve: wanted dhcp, tftp, http or dns');
  }
  problems.throwIfAny('CONFIG_SCHEMA');
  missing.throwIfAny('CONFIG_REFERENCE');
  return config;
}

function readOrders(raw: RawServerConfig, problems: ConfigProblems): Orders {
  const defaultOrder = raw['default-order'];
  if (raw.orders !== undefined && defaultOrder === undefined) {
    problems.add(
      ['orders'],
      'default-order is missing: what does a client get that no rule matches?',
      'e.g. exit',
    );
  }
  return {
    rules: (raw.orders ?? []).map(({ match, order }, at) => {
      const patterns = Object.entries(match).map(([name, value]): [string, readonly string[]] => [
        name,
        typeof value === 'string' ? [value] : value,
      ]);
      for (const [name, values] of patterns) {
        for (const value of values) checkPattern(name, value, ['orders', at, 'match', name], problems);
      }
      return { match: new Map(patterns), order: readOrder(order) };
    }),
    defaultOrder: readOrder(defaultOrder ?? 'exit'),
  };
}

/** A MAC address or UUID that no client could have is a mistyped one. */
function checkPattern(name: string, value: string, path: FieldPath, problems: ConfigProblems): void {
  if (isGlob(value) || value === '') return;
  const kind = kindOfVariable(name);
  if (kind === 'mac' && parseMac(value) === undefined) {
    problems.add(path, `wanted a MAC address or a pattern with * and ?, got "${value}"`);
  }
  if (kind === 'uuid' && !/^[0-9a-f]{32}$/i.test(value.replace(/[-{}]/g, ''))) {
    problems.add(path, `wanted a UUID or a pattern with * and ?, got "${value}"`);
  }
}

function readOrder(raw: RawOrder): Order {
  if (raw === 'exit') return { kind: 'exit' };
  if ('chain' in raw) return { kind: 'chain', url: raw.chain };
  if ('sanboot' in raw) {
    return { kind: 'sanboot', uri: raw.sanboot.uri, initiatorIqn: raw.sanboot['initiator-iqn'] };
  }
  return { kind: 'script', text: raw.script };
}

function readZone({ origin, hosts }: NonNullable<RawServerConfig['dns']>) {
  const known = Object.entries(hosts).map(([name, value]): [string, readonly Ipv4Address[]] => [
    name,
    [value].flat().flatMap((text) => parseIpv4(text) ?? []),
  ]);
  return dnsZone({ origin, hosts: Object.fromEntries(known) });
}
