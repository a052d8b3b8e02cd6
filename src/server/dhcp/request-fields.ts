import { type Ipv4Address, ipv4FromBytes, UNSPECIFIED_IPV4 } from '../../wire/address.ts';
import { type DhcpMessage, optionData } from '../../wire/dhcp/message.ts';
import { INFINITE_LEASE, parseU32 } from '../../wire/dhcp/opt-numbers.ts';
import { OPTION } from '../../wire/dhcp/option-codes.ts';
import type { Subnet } from './dhcp-config.ts';

/** The address in an option (50, 54): undefined where it is missing, of another length, or 0.0.0.0. */
export function addressOption(message: DhcpMessage, code: number): Ipv4Address | undefined {
  const data = optionData(message, code);
  if (data?.length !== 4) return undefined;
  const address = ipv4FromBytes(data);
  return address === UNSPECIFIED_IPV4 ? undefined : address;
}

/** RFC 2131 §4.3.1: what the client asks for in option 51, within what is configured. Infinity never ends. */
export function leaseSecondsFor(
  message: DhcpMessage,
  { leaseSeconds, minLeaseSeconds, maxLeaseSeconds }: Subnet,
): number {
  const data = optionData(message, OPTION.leaseTime);
  const asked = data === undefined ? undefined : parseU32(data);
  if (asked?.ok !== true) return leaseSeconds;
  const seconds = asked.value === INFINITE_LEASE ? Number.POSITIVE_INFINITY : asked.value;
  return Math.min(maxLeaseSeconds, Math.max(minLeaseSeconds, seconds));
}
