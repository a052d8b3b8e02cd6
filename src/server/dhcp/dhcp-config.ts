import type { Ipv4Address, MacAddress } from '../../wire/address.ts';
import type { AddressRange } from '../leases/address-pool.ts';
import type { BootConfig } from './boot-config.ts';

/** A client whose address, and perhaps name, is fixed. */
export type Reservation = {
  readonly address: Ipv4Address;
  readonly hostName: string | undefined;
  /** What it boots, where that is not what everybody does. */
  readonly boot?: BootConfig;
};

export type Subnet = {
  readonly network: Ipv4Address;
  readonly prefixLength: number;
  readonly ranges: readonly AddressRange[];
  readonly reservations: ReadonlyMap<MacAddress, Reservation>;
  /** Seconds; Infinity is a lease that never ends. The most a client gets, and what it gets if it asks for nothing. */
  readonly leaseSeconds: number;
  readonly routers: readonly Ipv4Address[];
  readonly dnsServers: readonly Ipv4Address[];
  readonly domain: string | undefined;
};

export type DhcpConfig = {
  /** Option 54. */
  readonly serverAddress: Ipv4Address;
  /** RFC 2131 §4.1: any of the server's addresses is accepted as option 54. */
  readonly ownAddresses: ReadonlySet<Ipv4Address>;
  /** Answers about addresses it has no record of: dnsmasq's dhcp-authoritative. */
  readonly authoritative: boolean;
  /** `mac`: one machine has one address across ROM, iPXE and operating system, whatever they say in option 61. */
  readonly leaseKey: 'mac' | 'client-id';
  /**
   * Messages of less than 300 octets. RFC 1542 §2.1 has them discarded; but nothing is missing in them, some clients and
   * perfdhcp send them, and no other server in use insists.
   */
  readonly shortMessages: 'answer' | 'discard';
  readonly subnets: readonly Subnet[];
  readonly boot: BootConfig;
};
