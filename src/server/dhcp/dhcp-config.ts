import type { Ipv4Address, MacAddress } from '../../wire/address.ts';
import type { AddressRange } from '../leases/address-pool.ts';

/** A client whose address, and perhaps name, is fixed. */
export type Reservation = { readonly address: Ipv4Address; readonly hostName: string | undefined };

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

export type BootConfig = {
  /** siaddr: who serves the boot file by TFTP. */
  readonly nextServer: Ipv4Address;
  /** What firmware gets, by its architecture (option 93, IANA's codes). */
  readonly files: ReadonlyMap<number, string>;
  /** What a client gets that does not say its architecture at all. */
  readonly withoutArchitecture: string | undefined;
  /** What iPXE gets: a script's URL. Never one of `files`, so that iPXE is not sent iPXE again. */
  readonly ipxe: string | undefined;
  /** Tells iPXE (175.176) not to wait two seconds for a proxyDHCP offer. */
  readonly noProxyDhcp: boolean;
  /** Where the name stands. Option 67 only if asked for, unless it is the only place. */
  readonly inFileField: boolean;
  readonly inOption67: boolean;
  /**
   * A name of more than 127 octets: into option 67 alone, or cut after 127, which no client can boot from. The latter is
   * what dnsmasq does, and there to stage that defect on purpose.
   */
  readonly longNames: 'option-67' | 'cut';
  /**
   * Offers to PXE ROMs: plain DHCP without option 60, or option 60 with 43.6 = 8 (do not discover, take the file). Option 60
   * alone would send EDK2 to port 4011.
   */
  readonly pxeOffer: 'plain' | 'skip-discovery';
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
