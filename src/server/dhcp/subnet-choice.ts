import {
  type Ipv4Address,
  ipv4FromBytes,
  ipv4FromNumber,
  ipv4ToNumber,
  UNSPECIFIED_IPV4,
} from '../../wire/address.ts';
import { type DhcpMessage, optionData } from '../../wire/dhcp/message.ts';
import { parseRelayAgentInformation, RELAY } from '../../wire/dhcp/opt-relay-agent.ts';
import { OPTION } from '../../wire/dhcp/option-codes.ts';
import type { DhcpConfig, Subnet } from './dhcp-config.ts';

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

/**
 * The subnet a client is on: what its relay says (RFC 3527, else giaddr), else where its own address lies (a renewal that was
 * routed here), else the server's own. Undefined: none that is served, so that an unknown relay is not answered.
 */
export function chooseSubnet(message: DhcpMessage, config: DhcpConfig): Subnet | undefined {
  const containing = (address: Ipv4Address): Subnet | undefined =>
    config.subnets.find((subnet) => isInSubnet(address, subnet));
  if (message.giaddr !== UNSPECIFIED_IPV4) return containing(linkSelection(message) ?? message.giaddr);
  if (message.ciaddr !== UNSPECIFIED_IPV4) {
    const own = containing(message.ciaddr);
    if (own !== undefined) return own;
  }
  return containing(config.serverAddress);
}

/** RFC 3527 §3: the relay names the client's subnet where its own address is on another one. */
function linkSelection(message: DhcpMessage): Ipv4Address | undefined {
  const data = optionData(message, OPTION.relayAgentInformation);
  const relay = data === undefined ? undefined : parseRelayAgentInformation(data);
  if (relay?.ok !== true) return undefined;
  const link = relay.value.find(({ code, data }) => code === RELAY.linkSelection && data.length === 4);
  return link === undefined ? undefined : ipv4FromBytes(link.data);
}
