import type { Ipv4Address } from '../../wire/address.ts';
import { type Lease, LeaseTable } from '../leases/lease-table.ts';
import { AddressProbes } from './address-probes.ts';
import { bootAt } from './boot-config.ts';
import { BootHistory } from './boot-history.ts';
import { subnetOptions } from './build-reply.ts';
import { macKey } from './client-key.ts';
import type { DhcpConfig, Subnet } from './dhcp-config.ts';
import type { SubnetState } from './exchange.ts';
import { RemoteIdLimit } from './remote-id-limit.ts';
import { isInSubnet, type SubnetFinder, subnetFinder } from './subnet-choice.ts';

/**
 * Belongs to whoever called last: a step changes the lease tables in place, since 50,000 leases cannot be copied for each
 * packet. Use what stepDhcp returns, never the state that went in.
 */
export type DhcpState = {
  readonly config: DhcpConfig;
  readonly subnets: ReadonlyMap<Subnet, SubnetState>;
  readonly boots: BootHistory;
  /** For each subnet that shares its wire with others: all of them, in the configuration's order. */
  readonly shares: ReadonlyMap<Subnet, readonly SubnetState[]>;
  readonly findSubnet: SubnetFinder;
  /** The configuration with another of the server's own addresses as the one that clients are told. */
  readonly configAt: ReadonlyMap<Ipv4Address, DhcpConfig>;
  readonly probes: AddressProbes;
  readonly remoteIds: RemoteIdLimit;
  /** Leases of addresses that may not be given under this configuration: kept, since another one may have them again. */
  readonly unused: readonly Lease[];
};

/** How long an address is held for an offer: EDK2 collects offers for 4 s, and its REQUEST may be repeated until 28 s. */
const OFFER_HOLD_MS = 30_000;
const DECLINE_HOLD_MS = 10 * 60_000;

/** `leases`: what is known from before, on the clock of `now`; a later one of the same client or address counts. */
export function initialDhcpState(
  config: DhcpConfig,
  leases: Iterable<Lease> = [],
  boots = new BootHistory(),
): DhcpState {
  const subnets = config.subnets.map((subnet): [Subnet, SubnetState] => {
    const leases = new LeaseTable({
      ranges: subnet.ranges,
      excluded: [...config.ownAddresses, ...subnet.routers, ...subnet.dnsServers, config.boot.nextServer],
      reservations: new Map(Array.from(subnet.reservations, ([mac, { address }]) => [macKey(mac), address])),
      offerHoldMs: OFFER_HOLD_MS,
      declineHoldMs: DECLINE_HOLD_MS,
    });
    const ownAddress = [config.serverAddress, ...config.ownAddresses].find((own) => isInSubnet(own, subnet));
    return [subnet, { subnet, leases, options: subnetOptions(subnet), ownAddress }];
  });
  const states = new Map(subnets);
  const sharing = (share: string): readonly SubnetState[] =>
    [...states.values()].filter(({ subnet }) => subnet.share === share);
  const unused: Lease[] = [];
  for (const lease of leases) {
    if (!subnets.some(([, subnet]) => subnet.leases.restore(lease))) unused.push(lease);
  }
  return {
    config,
    subnets: states,
    unused,
    shares: new Map(
      config.subnets.flatMap((one) => (one.share === undefined ? [] : [[one, sharing(one.share)]])),
    ),
    findSubnet: subnetFinder(config.subnets),
    configAt: new Map(Array.from(config.ownAddresses, (own) => [own, configAt(own, config)])),
    probes: new AddressProbes(),
    remoteIds: new RemoteIdLimit(config.leasesPerRemoteId),
    boots,
  };
}

/**
 * RFC 2131 §4.1: the server identifier is an address "appropriate" for the client's network. Where this server is also the
 * next server, it is so by the same address.
 */
function configAt(serverAddress: Ipv4Address, config: DhcpConfig): DhcpConfig {
  return { ...config, serverAddress, boot: bootAt(serverAddress, config) };
}

/** The state under another configuration: leases stay, and hold where their addresses may be given. */
export function configureDhcp(state: DhcpState, config: DhcpConfig): DhcpState {
  const known = [...state.subnets.values()].flatMap(({ leases }) => [...leases.all()]);
  return { ...initialDhcpState(config, [...state.unused, ...known], state.boots), probes: state.probes };
}

/** Without a list, a relay is whoever is in a subnet: a reply to any other giaddr would make a reflector of the server. */
export function isRelay(giaddr: Ipv4Address, { config, findSubnet }: DhcpState): boolean {
  return config.relays === undefined ? findSubnet(giaddr) !== undefined : config.relays.has(giaddr);
}
