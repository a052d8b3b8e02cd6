import type { FieldPath } from '../../config/schema-problems.ts';
import {
  type Ipv4Address,
  ipv4FromNumber,
  ipv4ToNumber,
  type MacAddress,
  parseIpv4,
  parseMac,
} from '../../wire/address.ts';
import type { BootConfig } from '../dhcp/boot-config.ts';
import type { DhcpConfig, Reservation, Subnet } from '../dhcp/dhcp-config.ts';
import { broadcastAddress, isInSubnet } from '../dhcp/subnet-choice.ts';
import type { AddressRange } from '../leases/address-pool.ts';
import { readBoot, readClientBoot } from './boot-section.ts';
import type { ConfigProblems } from './config-problems.ts';
import type { RawServerConfig } from './server-config-schema.ts';

type RawSubnet = NonNullable<RawServerConfig['dhcp']>['subnets'][number];

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;
/** Option 51 is 32 bits, and 0xffffffff means without end. */
const MOST_SECONDS = 0xfffffffe;

/** Undefined: DHCP is not served. The schema has checked the single fields, this checks them against each other. */
export function readDhcp(
  raw: RawServerConfig,
  address: Ipv4Address,
  problems: ConfigProblems,
): Omit<DhcpConfig, 'ownAddresses'> | undefined {
  if (raw.dhcp === undefined) {
    if (raw.boot !== undefined && raw.proxy === undefined) {
      problems.add(['boot'], 'says what DHCP tells clients, but there is no dhcp');
    }
    return undefined;
  }
  const boot = readBoot(raw.boot ?? {}, address, problems);
  return {
    serverAddress: address,
    authoritative: raw.dhcp.authoritative ?? true,
    leaseKey: raw.dhcp['lease-key'] ?? 'mac',
    shortMessages: raw.dhcp['short-messages'] ?? 'answer',
    subnets: raw.dhcp.subnets.flatMap((subnet, at) =>
      readSubnet(subnet, boot, ['dhcp', 'subnets', at], problems),
    ),
    boot,
  };
}

function readSubnet(
  raw: RawSubnet,
  boot: BootConfig,
  path: FieldPath,
  problems: ConfigProblems,
): readonly Subnet[] {
  const [networkText = '', prefixText] = raw.network.split('/');
  const network = parseIpv4(networkText);
  const prefixLength = Number(prefixText);
  if (network === undefined) {
    problems.add([...path, 'network'], `wanted an IPv4 network, got "${raw.network}"`);
    return [];
  }
  const bare = { network, prefixLength };
  const start = networkOf(network, prefixLength);
  if (start !== network) {
    problems.add(
      [...path, 'network'],
      `${network} is inside the network`,
      `did you mean ${start}/${prefixLength}?`,
    );
    return [];
  }
  const subnet: Subnet = {
    ...bare,
    ranges: [],
    reservations: new Map(),
    leaseSeconds: readDuration(raw['lease-time'], [...path, 'lease-time'], problems),
    routers: addresses(raw.routers),
    dnsServers: addresses(raw['dns-servers']),
    domain: raw.domain,
  };
  const ranges = raw.pool.flatMap((text, at) => readRange(text, subnet, [...path, 'pool', at], problems));
  return [{ ...subnet, ranges, reservations: readReservations(raw, boot, subnet, path, problems) }];
}

function networkOf(address: Ipv4Address, prefixLength: number): Ipv4Address {
  const size = 2 ** (32 - prefixLength);
  return ipv4FromNumber(Math.floor(ipv4ToNumber(address) / size) * size);
}

function readDuration(text: string, path: FieldPath, problems: ConfigProblems): number {
  if (text === 'infinite') return Number.POSITIVE_INFINITY;
  const unit = text.at(-1) as keyof typeof SECONDS;
  const seconds = Number(text.slice(0, -1)) * SECONDS[unit];
  if (seconds > MOST_SECONDS) problems.add(path, `wanted at most ${MOST_SECONDS} seconds, got ${seconds}`);
  return seconds;
}

function readRange(
  text: string,
  subnet: Subnet,
  path: FieldPath,
  problems: ConfigProblems,
): readonly AddressRange[] {
  const [first, last = first] = text.split('-').map((part) => parseIpv4(part.trim()));
  if (first === undefined || last === undefined) {
    problems.add(path, `wanted addresses, got "${text}"`);
    return [];
  }
  if (ipv4ToNumber(first) > ipv4ToNumber(last)) {
    problems.add(path, `wanted the lower address first, got "${text}"`);
    return [];
  }
  for (const end of new Set([first, last])) {
    if (!isUsable(end, subnet)) problems.add(path, `${end} is no host's address in ${networkText(subnet)}`);
  }
  return [{ first, last }];
}

function readReservations(
  raw: RawSubnet,
  boot: BootConfig,
  subnet: Subnet,
  path: FieldPath,
  problems: ConfigProblems,
): ReadonlyMap<MacAddress, Reservation> {
  const found = new Map<MacAddress, Reservation>();
  const taken = new Set<string>();
  for (const [at, client] of (raw.clients ?? []).entries()) {
    const here = [...path, 'clients', at];
    const [mac, address] = [parseMac(client.mac), parseIpv4(client.address)];
    if (mac === undefined || address === undefined) continue;
    if (found.has(mac)) problems.add([...here, 'mac'], `${mac} stands twice`);
    if (taken.has(address)) problems.add([...here, 'address'], `${address} stands twice`);
    if (!isUsable(address, subnet)) {
      problems.add([...here, 'address'], `${address} is no host's address in ${networkText(subnet)}`);
    }
    taken.add(address);
    const own = client.boot && readClientBoot(client.boot, boot, [...here, 'boot'], problems);
    found.set(mac, { address, hostName: client['host-name'], ...(own === undefined ? {} : { boot: own }) });
  }
  return found;
}

function isUsable(address: Ipv4Address, subnet: Subnet): boolean {
  return isInSubnet(address, subnet) && address !== subnet.network && address !== broadcastAddress(subnet);
}

function networkText({ network, prefixLength }: Subnet): string {
  return `${network}/${prefixLength}`;
}

/** The schema has seen that they are addresses. */
function addresses(texts: readonly string[] | undefined): readonly Ipv4Address[] {
  return (texts ?? []).flatMap((text) => parseIpv4(text) ?? []);
}
