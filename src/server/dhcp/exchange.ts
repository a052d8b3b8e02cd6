import type { Ipv4Address } from '../../wire/address.ts';
import type { DhcpMessage } from '../../wire/dhcp/message.ts';
import type { ClientKey, Lease, LeaseTable } from '../leases/lease-table.ts';
import type { AddressProbes } from './address-probes.ts';
import type { BootHistory } from './boot-history.ts';
import type { DhcpConfig, Reservation, Subnet } from './dhcp-config.ts';
import type { RelayInformation } from './relay-information.ts';

/** One subnet's leases, and what follows from its configuration. */
export type SubnetState = {
  readonly subnet: Subnet;
  readonly leases: LeaseTable;
  readonly options: ReadonlyMap<number, Uint8Array>;
  /** This server's address in the subnet, if the subnet is on one of its wires. */
  readonly ownAddress: Ipv4Address | undefined;
};

/** One client's message, and all that answering it needs. */
export type Exchange = {
  readonly request: DhcpMessage;
  /** As the clients of the subnet are to see it: `serverAddress` is the one that they know. */
  readonly config: DhcpConfig;
  readonly subnet: Subnet;
  readonly subnetOptions: ReadonlyMap<number, Uint8Array>;
  readonly leases: LeaseTable;
  readonly boots: BootHistory;
  readonly key: ClientKey;
  readonly now: number;
  /** The server's address on the interface that the message came in through. */
  readonly via: Ipv4Address;
  readonly relay: RelayInformation;
  readonly reservation: Reservation | undefined;
  readonly probes: AddressProbes;
  /** An address that was found to be free just now. */
  readonly cleared: Ipv4Address | undefined;
};

/** Option 54: what the relay says that it is to be (RFC 5107 §4), so that renewals come through the relay too. */
export function serverIdentifierOf({ config, relay }: Pick<Exchange, 'config' | 'relay'>): Ipv4Address {
  return relay.serverOverride ?? config.serverAddress;
}

/** Whether option 54 names this server: by any of its addresses (RFC 2131 §4.1), or as its relay calls it (RFC 5107 §4). */
export function namesThisServer(
  server: Ipv4Address,
  { config, relay }: Pick<Exchange, 'config' | 'relay'>,
): boolean {
  return config.ownAddresses.has(server) || server === relay.serverOverride;
}

/** What a message leads to, before it is octets. */
export type Answer =
  | { readonly kind: 'offer' | 'ack' | 'released' | 'declined'; readonly lease: Lease }
  | { readonly kind: 'inform-ack' }
  /** The address is held, and is offered when nobody answers there. */
  | { readonly kind: 'probe'; readonly lease: Lease }
  /** To a client that speaks no DHCP. Undefined: it has its address, and wants a boot file. */
  | { readonly kind: 'bootp'; readonly yiaddr: Ipv4Address | undefined; readonly lease: Lease | undefined }
  | { readonly kind: 'nak'; readonly because: string }
  | { readonly kind: 'silence'; readonly because: string };

export const NO_ADDRESS_LEFT: Answer = { kind: 'silence', because: 'no address is free' };
