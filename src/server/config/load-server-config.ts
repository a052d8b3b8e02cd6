import { dirname, isAbsolute, join, resolve } from 'node:path';
import { loadYamlFile, type YamlFile } from '../../config/yaml-file.ts';
import { type Ipv4Address, parseIpv4 } from '../../wire/address.ts';
import { checkBootFiles } from './boot-file-check.ts';
import { ConfigProblems } from './config-problems.ts';
import { readDhcp } from './dhcp-section.ts';
import { readDns } from './dns-section.ts';
import { folderReader } from './folder-reader.ts';
import { readHttp } from './http-section.ts';
import { readLeases } from './leases-section.ts';
import { ordersFileSchema, type RawOrdersFile } from './orders-schema.ts';
import { readProxy } from './proxy-section.ts';
import type { ServerConfig } from './server-config.ts';
import { type RawServerConfig, serverConfigSchema } from './server-config-schema.ts';
import { readStatus } from './status-section.ts';
import { textReader } from './text-reader.ts';
import { readTftp } from './tftp-section.ts';

/**
 * Reads a configuration file. Throws ConfigError: what is wrong with file, line and field, all at once
 * (CONFIG_UNREADABLE, CONFIG_SYNTAX, CONFIG_SCHEMA, or CONFIG_REFERENCE for a folder or file that is not there).
 */
export async function loadServerConfig(file: string): Promise<ServerConfig> {
  const main = await loadYamlFile(file, serverConfigSchema);
  const names = [main.value['orders-file'] ?? []].flat();
  const orders = await Promise.all(
    names.map((name) => loadYamlFile(isAbsolute(name) ? name : join(dirname(file), name), ordersFileSchema)),
  );
  return readServerConfig(main, orders);
}

/** The same for files that were read. Folders are relative to the first. */
function readServerConfig(
  file: YamlFile<RawServerConfig>,
  orders: readonly YamlFile<RawOrdersFile>[],
): ServerConfig {
  const raw = file.value;
  const sources = new Map([file, ...orders].map((one) => [resolve(one.file), one.text]));
  const problems = new ConfigProblems(file);
  const missing = new ConfigProblems(file);
  const folder = folderReader(file.file, missing);
  // The schema has seen that it is one.
  const address = parseIpv4(raw.address) as Ipv4Address;
  const config: ServerConfig = {
    address,
    dhcp: readDhcp(raw, address, problems),
    proxy: readProxy(raw, address, problems),
    leases: readLeases(raw, file.file, problems, missing),
    tftp: raw.tftp && readTftp(raw.tftp, folder, problems),
    http: readHttp(raw, {
      folder,
      text: textReader(file.file, missing, sources),
      ordersFiles: orders.map((one) => ({ raw: one.value, problems: problems.within(one) })),
      problems,
    }),
    dns: raw.dns && readDns(raw.dns),
    status: raw.status && readStatus(raw.status),
    file: file.file,
    warnings: problems.warnings,
    sources,
  };
  const { dhcp, proxy, tftp, http, dns } = config;
  if ([dhcp, proxy, tftp, http, dns].every((service) => service === undefined)) {
    problems.add([], 'nothing to serve: wanted dhcp, proxy, tftp, http or dns');
  }
  problems.throwIfAny('CONFIG_SCHEMA');
  checkBootFiles(raw, { tftp: tftp?.root, http: http?.root }, missing);
  missing.throwIfAny('CONFIG_REFERENCE');
  return config;
}
