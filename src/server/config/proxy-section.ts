import type { Ipv4Address } from '../../wire/address.ts';
import { needsBootServer } from '../dhcp/boot-config.ts';
import type { ProxyConfig } from '../dhcp/step-proxy.ts';
import { readBoot } from './boot-section.ts';
import type { ConfigProblems } from './config-problems.ts';
import type { RawServerConfig } from './server-config-schema.ts';

/** Undefined: nothing is offered beside another DHCP server. */
export function readProxy(
  raw: RawServerConfig,
  address: Ipv4Address,
  problems: ConfigProblems,
): (ProxyConfig & { readonly withBootServer: boolean }) | undefined {
  if (raw.proxy === undefined) return undefined;
  if (raw.dhcp !== undefined) {
    problems.add(
      ['proxy'],
      'stands beside another DHCP server, but there is dhcp too',
      'leave one of them out: dhcp says what to boot by itself',
    );
    return undefined;
  }
  const boot = readBoot(raw.boot ?? {}, address, problems, 'proxy');
  if (boot.rootPath !== undefined && boot.ipxe === undefined) {
    problems.add(
      ['boot', 'root-path'],
      'iPXE takes it from a proxy only together with a script',
      'say "ipxe" too',
    );
  }
  const withBootServer = raw.proxy['boot-server'] ?? true;
  if (!withBootServer && needsBootServer(boot)) {
    problems.add(
      ['proxy', 'boot-server'],
      `pxe-offer ${boot.pxeOffer} sends clients to port 4011, which would not be served`,
    );
  }
  return { serverAddress: address, boot, withBootServer };
}
