import type { MacAddress } from '../../wire/address.ts';
import { toHex } from '../../wire/bytes.ts';
import { clientMac, type DhcpMessage, optionData } from '../../wire/dhcp/message.ts';
import { OPTION } from '../../wire/dhcp/option-codes.ts';
import type { ClientKey } from '../leases/lease-table.ts';

const HTYPE_ETHERNET = 1;
const MAX_HLEN = 16;

/** The key of a reservation by MAC address. */
export function macKey(mac: MacAddress): ClientKey {
  return `${HTYPE_ETHERNET}:${mac.replaceAll(':', '')}`;
}

/**
 * What a client's lease hangs on; undefined where it says nothing that could tell it from others.
 *
 * RFC 2131 §4.2 makes it option 61, and chaddr only where that is missing. In one boot a machine sends none (EDK2), 00 + UUID
 * (old ROMs), 01 + MAC (iPXE) and a DUID (the operating system): three or four addresses. So the hardware
 * address comes first unless `client-id` is wanted; and then 01 + MAC is still the MAC, which it names.
 */
export function clientKey(message: DhcpMessage, by: 'mac' | 'client-id'): ClientKey | undefined {
  const { htype, hlen, chaddr } = message;
  if (hlen > MAX_HLEN) return undefined;
  return keyOf(htype, chaddr.subarray(0, hlen), optionData(message, OPTION.clientIdentifier), by);
}

/** The same of what a client is known by: its hardware address, which may be empty, and its option 61. */
export function keyOf(
  htype: number,
  address: Uint8Array,
  id: Uint8Array | undefined,
  by: 'mac' | 'client-id',
): ClientKey | undefined {
  const hardware = address.length === 0 ? undefined : `${htype}:${toHex(address)}`;
  if (by === 'mac' && hardware !== undefined) return hardware;
  // RFC 2132 §9.14: at least two octets.
  if (id === undefined || id.length < 2) return hardware;
  const named = `${id[0]}:${toHex(id.subarray(1))}`;
  return named === hardware ? hardware : `id:${toHex(id)}`;
}

/** How logs name a client: its MAC address, or what it has instead. */
export function clientLabel(message: DhcpMessage): string {
  if (message.htype === HTYPE_ETHERNET && message.hlen === 6) return clientMac(message);
  const octets = toHex(message.chaddr.subarray(0, Math.min(message.hlen, MAX_HLEN)));
  const text = octets.match(/../g)?.join(':') ?? '';
  if (text === '') return `id ${toHex(optionData(message, OPTION.clientIdentifier) ?? new Uint8Array(0))}`;
  return message.htype === HTYPE_ETHERNET ? text : `htype ${message.htype} ${text}`;
}
