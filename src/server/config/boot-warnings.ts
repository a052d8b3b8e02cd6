import { isHttpArchitecture } from '../../wire/dhcp/opt-client-architecture.ts';
import { hostIsName } from '../dhcp/boot-plan.ts';
import { LOCAL_BOOT } from '../dhcp/pxe-options.ts';
import type { ServerConfig } from './server-config.ts';

/** What will not work for some clients, though it may be meant: each in one sentence. */
export function bootWarnings({ dhcp, proxy }: ServerConfig): readonly string[] {
  const warnings: string[] = [];
  const boot = (dhcp ?? proxy)?.boot;
  if (boot === undefined) return warnings;
  // EDK2 resolves the host with the name server of its offer; without one it drops the offer.
  const named = [...boot.files].filter(([code, name]) => isHttpArchitecture(code) && hostIsName(name));
  for (const { network, prefixLength, dnsServers } of dhcp?.subnets ?? []) {
    const first = named[0];
    if (first === undefined || dnsServers.length > 0) continue;
    warnings.push(
      `UEFI HTTP boot on ${network}/${prefixLength} cannot resolve the host of ${first[1]}: it has no dns-servers`,
    );
  }
  if (boot.menu?.items.every(({ type }) => type === LOCAL_BOOT)) {
    warnings.push('the PXE menu has nothing to boot from the network');
  }
  return warnings;
}
