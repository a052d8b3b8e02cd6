/**
 * Options that hold IPv4 addresses: one (1, 28, 32, 50, 54) or a list, most preferred first (3, 6, 42, 44, 150).
 * RFC 2132 §3 to §9; 150 is RFC 5859.
 *
 *   | code | 4n | address:4 * n |
 */

import { type Ipv4Address, ipv4FromBytes, ipv4ToBytes } from '../address.ts';
import { type ParseResult, WireError } from '../wire-error.ts';
import { type DhcpMessage, optionData } from './message.ts';

/** WIRE_TRUNCATED where the length is not a multiple of four. An empty list is a list. */
export function parseAddresses(data: Uint8Array): ParseResult<readonly Ipv4Address[]> {
  const rest = data.length % 4;
  if (rest !== 0)
    return {
      ok: false,
      error: new WireError(
        'WIRE_TRUNCATED',
        data.length - rest,
        'IPv4 address',
        `need 4 bytes, have ${rest}`,
      ),
    };
  const addresses: Ipv4Address[] = [];
  for (let at = 0; at < data.length; at += 4) addresses.push(ipv4FromBytes(data, at));
  return { ok: true, value: addresses };
}

/** The first address; WIRE_TRUNCATED where there are less than four octets. What follows is not looked at. */
export function parseAddress(data: Uint8Array): ParseResult<Ipv4Address> {
  if (data.length < 4)
    return {
      ok: false,
      error: new WireError('WIRE_TRUNCATED', 0, 'IPv4 address', `need 4 bytes, have ${data.length}`),
    };
  return { ok: true, value: ipv4FromBytes(data) };
}

/** The first address of an option; undefined where it is not there, or too short for one. */
export function addressIn(message: DhcpMessage, code: number): Ipv4Address | undefined {
  const data = optionData(message, code);
  const parsed = data === undefined ? undefined : parseAddress(data);
  return parsed?.ok === true ? parsed.value : undefined;
}

export function addressesOption(...addresses: readonly Ipv4Address[]): Uint8Array {
  const data = new Uint8Array(4 * addresses.length);
  for (const [i, address] of addresses.entries()) data.set(ipv4ToBytes(address), 4 * i);
  return data;
}
