import { type Ipv4Address, ipv4FromNumber, ipv4ToNumber, UNSPECIFIED_IPV4 } from '../../wire/address.ts';
import type { DhcpMessage } from '../../wire/dhcp/message.ts';
import type { Subnet } from './dhcp-config.ts';
import type { RelayInformation } from './relay-information.ts';

export function subnetMask({ prefixLength }: Subnet): Ipv4Address {
  return ipv4FromNumber(maskOf(prefixLength));
}

export function broadcastAddress({ network, prefixLength }: Subnet): Ipv4Address {
  return ipv4FromNumber((ipv4ToNumber(network) | ~maskOf(prefixLength)) >>> 0);
}

export function isInSubnet(address: Ipv4Address, { network, prefixLength }: Subnet): boolean {
  return (ipv4ToNumber(address) & maskOf(prefixLength)) >>> 0 === ipv4ToNumber(network);
}

/** Shifts of 32 do nothing in JavaScript: /0 is no subnet, the configuration refuses it. */
function maskOf(prefixLength: number): number {
  return (0xffffffff << (32 - prefixLength)) >>> 0;
}

export type SubnetFinder = (address: Ipv4Address) => Subnet | undefined;

/** Finds the subnet that an address lies in: done for every message, so the numbers are computed once. */
export function subnetFinder(subnets: readonly Subnet[]): SubnetFinder {
  const known = subnets.map((subnet) => ({
    subnet,
    mask: maskOf(subnet.prefixLength),
    network: ipv4ToNumber(subnet.network),
  }));
  return (address) => {
    const number = ipv4ToNumber(address);
    return known.find(({ mask, network }) => (number & mask) >>> 0 === network)?.subnet;
  };
}

/**
 * The subnet a client is on: what its relay says (RFC 3527, else giaddr: RFC 2131 §4.3.1), else where its own address lies (a
 * renewal that was routed here), else the one on the wire that the message came from. Undefined: none that is served, so
 * that an unknown relay is not answered.
 */
export function chooseSubnet(
  { giaddr, ciaddr }: DhcpMessage,
  { linkSelection }: RelayInformation,
  via: Ipv4Address,
  find: SubnetFinder,
): Subnet | undefined {
  if (giaddr !== UNSPECIFIED_IPV4) return find(linkSelection ?? giaddr);
  if (ciaddr !== UNSPECIFIED_IPV4) return find(ciaddr) ?? find(via);
  return find(via);
}
