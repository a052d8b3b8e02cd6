import type { FieldPath } from '../../config/schema-problems.ts';
import { type Ipv4Address, ipv4ToNumber, type MacAddress, parseIpv4, parseMac } from '../../wire/address.ts';
import { OPTION } from '../../wire/dhcp/option-codes.ts';
import type { BootConfig } from '../dhcp/boot-config.ts';
import type { ConfiguredOptions, DhcpConfig, Reservation, Subnet } from '../dhcp/dhcp-config.ts';
import { broadcastAddress, isInSubnet } from '../dhcp/subnet-choice.ts';
import type { AddressRange } from '../leases/address-pool.ts';
import { readBoot, readClientBoot } from './boot-section.ts';
import type { ConfigProblems } from './config-problems.ts';
import { overlaid, readOptions } from './dhcp-options-section.ts';
import { networkOf, withoutRanges } from './networks.ts';
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
    bootp: raw.dhcp.bootp ?? 'reserved',
    overload: raw.dhcp.overload ?? 'when-needed',
    probeAddresses: raw.dhcp['probe-addresses'] ?? true,
    relays: raw.dhcp.relays && new Set(addresses(raw.dhcp.relays)),
    leasesPerRemoteId: raw.dhcp['leases-per-remote-id'] ?? Number.POSITIVE_INFINITY,
    subnets: readSubnets(raw.dhcp, boot, problems),
    boot,
  };
}

function readSubnets(
  raw: NonNullable<RawServerConfig['dhcp']>,
  boot: BootConfig,
  problems: ConfigProblems,
): readonly Subnet[] {
  const common = readOptions(raw.options, ['dhcp', 'options'], problems);
  const subnets: Subnet[] = [];
  for (const [at, rawSubnet] of raw.subnets.entries()) {
    const path = ['dhcp', 'subnets', at];
    const subnet = readSubnet(rawSubnet, { common, boot }, path, problems);
    if (subnet === undefined) continue;
    const other = subnets.find((one) => isInSubnet(subnet.network, one) || isInSubnet(one.network, subnet));
    if (other !== undefined) {
      problems.add(
        [...path, 'network'],
        `${networkText(subnet)} overlaps ${networkText(other)}`,
        'a client must be in one of them only',
      );
    }
    subnets.push(subnet);
  }
  return subnets;
}

/** What the server says for all subnets. */
type ForAll = { readonly common: ConfiguredOptions; readonly boot: BootConfig };

function readSubnet(
  raw: RawSubnet,
  { common, boot }: ForAll,
  path: FieldPath,
  problems: ConfigProblems,
): Subnet | undefined {
  const [networkText = '', prefixText] = raw.network.split('/');
  const network = parseIpv4(networkText);
  const prefixLength = Number(prefixText);
  if (network === undefined) {
    problems.add([...path, 'network'], `wanted an IPv4 network, got "${raw.network}"`);
    return undefined;
  }
  const bare = { network, prefixLength };
  const start = networkOf(network, prefixLength);
  if (start !== network) {
    problems.add(
      [...path, 'network'],
      `${network} is inside the network`,
      `did you mean ${start}/${prefixLength}?`,
    );
    return undefined;
  }
  const subnet: Subnet = {
    ...bare,
    ranges: [],
    share: raw.share,
    reservations: new Map(),
    ...readTimes(raw, path, problems),
    routers: addresses(raw.routers),
    dnsServers: addresses(raw['dns-servers']),
    domain: raw.domain,
    options: readSubnetOptions(raw, common, path, problems),
  };
  const read = (field: 'pool' | 'exclude'): readonly AddressRange[] =>
    (raw[field] ?? []).flatMap((text, at) => readRange(text, subnet, [...path, field, at], problems));
  const ranges = withoutRanges(read('pool'), read('exclude'));
  return { ...subnet, ranges, reservations: readReservations(raw, boot, subnet, path, problems) };
}

/** Options that a subnet has a field for: it stands before what the server says for all, and not beside its own option. */
const FIELDS = { routers: OPTION.router, 'dns-servers': OPTION.domainNameServer, domain: OPTION.domainName };

function readSubnetOptions(
  raw: RawSubnet,
  common: ConfiguredOptions,
  path: FieldPath,
  problems: ConfigProblems,
): ConfiguredOptions {
  const own = readOptions(raw.options, [...path, 'options'], problems);
  const fields = Object.entries(FIELDS).filter(([field]) => raw[field as keyof typeof FIELDS] !== undefined);
  for (const [field, code] of fields) {
    if (own.values.has(code))
      problems.add([...path, field], `option ${code} stands twice: here and in "options"`);
  }
  const hidden = new Set<number>(fields.map(([, code]) => code));
  return overlaid(
    { ...common, values: new Map([...common.values].filter(([code]) => !hidden.has(code))) },
    own,
  );
}

/** Below this a client would do little but renew. */
const LEAST_LEASE_SECONDS = 120;
/** RFC 2131 §4.4.5. */
const [T1, T2] = [0.5, 0.875];

function readTimes(raw: RawSubnet, path: FieldPath, problems: ConfigProblems) {
  const read = (field: 'lease-time' | 'min-lease-time' | 'max-lease-time'): number | undefined => {
    const text = raw[field];
    return text === undefined ? undefined : readDuration(text, [...path, field], problems);
  };
  const leaseSeconds = read('lease-time') ?? Number.POSITIVE_INFINITY;
  const minLeaseSeconds = read('min-lease-time') ?? Math.min(LEAST_LEASE_SECONDS, leaseSeconds);
  const maxLeaseSeconds = read('max-lease-time') ?? leaseSeconds;
  if (minLeaseSeconds > leaseSeconds) {
    problems.add([...path, 'min-lease-time'], `wanted at most the lease-time, ${raw['lease-time']}`);
  }
  if (maxLeaseSeconds < leaseSeconds) {
    problems.add([...path, 'max-lease-time'], `wanted at least the lease-time, ${raw['lease-time']}`);
  }
  const renewAt = raw['renew-at'] ?? T1;
  const rebindAt = raw['rebind-at'] ?? T2;
  if (renewAt >= rebindAt) {
    const field = raw['renew-at'] === undefined ? 'rebind-at' : 'renew-at';
    problems.add([...path, field], `wanted renewing before rebinding, got ${renewAt} and ${rebindAt}`);
  }
  return { leaseSeconds, minLeaseSeconds, maxLeaseSeconds, renewAt, rebindAt };
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
    const options = readOptions(client.options, [...here, 'options'], problems);
    const own = client.boot && readClientBoot(client.boot, boot, [...here, 'boot'], problems);
    const reservation = { address, hostName: client['host-name'], options };
    found.set(mac, own === undefined ? reservation : { ...reservation, boot: own });
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
