import type { Ipv4Address, MacAddress } from '../../wire/address.ts';
import type { AddressRange } from '../leases/address-pool.ts';
import type { BootConfig, ClientBoot } from './boot-config.ts';

/** Options as the configuration has them, by code, encoded. */
export type ConfiguredOptions = {
  readonly values: ReadonlyMap<number, Uint8Array>;
  /** Sent to clients that did not ask for them too. */
  readonly always: ReadonlySet<number>;
};

/** A client whose address, and perhaps name, options and boot, are fixed. */
export type Reservation = {
  readonly address: Ipv4Address;
  readonly hostName: string | undefined;
  readonly options: ConfiguredOptions;
  readonly boot?: ClientBoot;
};

export type Subnet = {
  readonly network: Ipv4Address;
  readonly prefixLength: number;
  /** Without what is excluded. */
  readonly ranges: readonly AddressRange[];
  /** Subnets of one name are on one wire: a client may get an address of any of them. */
  readonly share: string | undefined;
  readonly reservations: ReadonlyMap<MacAddress, Reservation>;
  /** Seconds; Infinity is a lease that never ends. What a client gets that asks for no time. */
  readonly leaseSeconds: number;
  readonly minLeaseSeconds: number;
  readonly maxLeaseSeconds: number;
  /** T1 and T2 as parts of the lease: RFC 2131 §4.4.5 has 0.5 and 0.875. */
  readonly renewAt: number;
  readonly rebindAt: number;
  readonly routers: readonly Ipv4Address[];
  readonly dnsServers: readonly Ipv4Address[];
  readonly domain: string | undefined;
  /** The server's own and the subnet's: the latter where both have one. */
  readonly options: ConfiguredOptions;
};

export type DhcpConfig = {
  /** Option 54, and where replies come from. */
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
  /** Clients that speak no DHCP (RFC 1534): none, those with a reservation, or all, which keep their address for ever. */
  readonly bootp: 'off' | 'reserved' | 'dynamic';
  /**
   * Options in `file` and `sname` (option 52): where one that the client asked for would be left out otherwise. Never for
   * iPXE and PXE firmware, which would take them for a boot file's name.
   */
  readonly overload: 'never' | 'when-needed';
  /** Asks for an address on its network before it is offered: RFC 2131 §2.2. */
  readonly probeAddresses: boolean;
  /** The relays that are answered; undefined: all whose address is in a subnet. */
  readonly relays: ReadonlySet<Ipv4Address> | undefined;
  /** Addresses for what one remote id (82.2) stands for, against exhaustion: RFC 3046 §4. Infinity: no limit. */
  readonly leasesPerRemoteId: number;
  readonly subnets: readonly Subnet[];
  readonly boot: BootConfig;
};
