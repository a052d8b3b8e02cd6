/** Options an operator can set, by name, and the kind of value each has: RFC 2132 §3 to §8 and the documents of later ones. */
import { OPTION } from '../../wire/dhcp/option-codes.ts';

export type OptionKind = 'ip' | 'ips' | 'text' | 'u8' | 'u16' | 'u32' | 'bool' | 'hex' | 'routes' | 'domains';

export type KnownOption = {
  readonly code: number;
  readonly kind: OptionKind;
  /** Sent though not asked for. pxelinux reads 208 to 211 from the replies that the ROM got, which never asks for them. */
  readonly always?: true;
};

const PXELINUX = { always: true } as const;

export const KNOWN_OPTIONS: ReadonlyMap<string, KnownOption> = new Map<string, KnownOption>([
  ['routers', { code: OPTION.router, kind: 'ips' }],
  ['time-servers', { code: 4, kind: 'ips' }],
  ['dns-servers', { code: OPTION.domainNameServer, kind: 'ips' }],
  ['log-servers', { code: OPTION.logServer, kind: 'ips' }],
  ['lpr-servers', { code: 9, kind: 'ips' }],
  ['host-name', { code: OPTION.hostName, kind: 'text' }],
  ['domain', { code: OPTION.domainName, kind: 'text' }],
  ['swap-server', { code: 16, kind: 'ip' }],
  ['root-path', { code: OPTION.rootPath, kind: 'text' }],
  ['ip-forwarding', { code: 19, kind: 'bool' }],
  ['default-ttl', { code: 23, kind: 'u8' }],
  ['interface-mtu', { code: OPTION.interfaceMtu, kind: 'u16' }],
  ['broadcast-address', { code: OPTION.broadcastAddress, kind: 'ip' }],
  ['static-routes', { code: OPTION.staticRoute, kind: 'ips' }],
  ['arp-timeout', { code: 35, kind: 'u32' }],
  ['tcp-keepalive', { code: 38, kind: 'u32' }],
  ['nis-domain', { code: 40, kind: 'text' }],
  ['nis-servers', { code: 41, kind: 'ips' }],
  ['ntp-servers', { code: OPTION.ntpServers, kind: 'ips' }],
  ['vendor-specific', { code: OPTION.vendorSpecific, kind: 'hex' }],
  ['netbios-name-servers', { code: 44, kind: 'ips' }],
  ['netbios-node-type', { code: 46, kind: 'u8' }],
  ['netbios-scope', { code: 47, kind: 'text' }],
  ['smtp-servers', { code: 69, kind: 'ips' }],
  ['pop3-servers', { code: 70, kind: 'ips' }],
  ['posix-time-zone', { code: 100, kind: 'text' }],
  ['time-zone', { code: 101, kind: 'text' }],
  ['ipv6-only-wait', { code: 108, kind: 'u32' }],
  ['captive-portal', { code: 114, kind: 'text' }],
  ['domain-search', { code: OPTION.domainSearch, kind: 'domains' }],
  ['classless-routes', { code: OPTION.classlessStaticRoute, kind: 'routes' }],
  ['tftp-servers', { code: OPTION.tftpServerAddress, kind: 'ips' }],
  ['initiator-name', { code: OPTION.ipxeInitiatorName, kind: 'text' }],
  ['pxelinux-magic', { code: OPTION.pxelinuxMagic, kind: 'hex', ...PXELINUX }],
  ['pxelinux-config-file', { code: OPTION.pxelinuxConfigFile, kind: 'text', ...PXELINUX }],
  ['pxelinux-path-prefix', { code: OPTION.pxelinuxPathPrefix, kind: 'text', ...PXELINUX }],
  ['pxelinux-reboot-time', { code: OPTION.pxelinuxRebootTime, kind: 'u32', ...PXELINUX }],
  ['microsoft-routes', { code: OPTION.microsoftStaticRoute, kind: 'routes' }],
  ['wpad', { code: 252, kind: 'text' }],
]);

const byCode = new Map(Array.from(KNOWN_OPTIONS.values(), (known) => [known.code, known]));

export function knownOption(nameOrCode: string): KnownOption | undefined {
  return KNOWN_OPTIONS.get(nameOrCode) ?? byCode.get(Number(nameOrCode));
}

/** Why an option is not the operator's to set, and what to do instead. */
export function refusedOption(code: number): string | undefined {
  switch (code) {
    case OPTION.subnetMask:
      return 'it follows from "network"';
    case OPTION.leaseTime:
      return 'use "lease-time"';
    case OPTION.renewalTime:
    case OPTION.rebindingTime:
      return 'use "renew-at" and "rebind-at"';
    case OPTION.vendorClass:
    case OPTION.tftpServerName:
    case OPTION.bootFileName:
    case OPTION.ipxe:
      return 'it follows from "boot"';
    case OPTION.pad:
    case OPTION.requestedAddress:
    case OPTION.overload:
    case OPTION.messageType:
    case OPTION.serverIdentifier:
    case OPTION.parameterRequestList:
    case OPTION.message:
    case OPTION.maximumMessageSize:
    case OPTION.clientIdentifier:
    case OPTION.userClass:
    case OPTION.relayAgentInformation:
    case OPTION.clientArchitecture:
    case OPTION.clientInterface:
    case OPTION.clientMachineId:
    case OPTION.end:
      return 'it is part of the protocol itself';
    default:
      return undefined;
  }
}
