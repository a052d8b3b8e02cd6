/**
 * The internet checksum: RFC 1071; pseudo headers of RFC 768, RFC 9293 §3.1 (IPv4) and RFC 8200 §8.1 (IPv6).
 *
 *   IPv4   | source:4 | destination:4 | 0 | protocol:u8 | upper-layer length:u16 |
 *   IPv6   | source:16 | destination:16 | upper-layer length:u32 | 0 0 0 | next header:u8 |
 */
import { type IpAddress, ipToBytes } from './address.ts';

/** Source and destination as the pseudo header wants them: both IPv4 or both IPv6. */
export type AddressPair = { readonly source: IpAddress; readonly destination: IpAddress };

/**
 * What a UDP, TCP or ICMPv6 checksum turned out to be.
 *
 * - `unfinished`: holds the pseudo header's sum only. A sender with checksum offload leaves it so, and a capture taken
 *   on that sender shows it; a receiver that sees such a frame drops it.
 * - `absent`: UDP's 0, the sender computed none (RFC 768).
 * - `unknown`: octets that the sum needs were not captured.
 */
export type ChecksumState = 'correct' | 'wrong' | 'unfinished' | 'absent' | 'unknown';

/**
 * Adds the octets' 16-bit words to `sum` (an odd octet is the high half of a last word). Not folded: give it to the next
 * call or to foldChecksum. Exact up to 2^53, so for any packet.
 */
export function addWords(bytes: Uint8Array, sum = 0): number {
  const even = bytes.length & ~1;
  let total = sum;
  for (let i = 0; i < even; i += 2) total += ((bytes[i] as number) << 8) | (bytes[i + 1] as number);
  if (even < bytes.length) total += (bytes[even] as number) << 8;
  return total;
}

/** One's complement sum in 16 bits, not yet complemented. 0xffff over a packet with its checksum in place: it holds. */
export function foldSum(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded % 0x10000) + Math.floor(folded / 0x10000);
  return folded;
}

/** RFC 1071: the value for the checksum field, with that field counted as 0. */
export function internetChecksum(bytes: Uint8Array, sum = 0): number {
  return ~foldSum(addWords(bytes, sum)) & 0xffff;
}

/** Sum of the pseudo header, to start addWords or internetChecksum with. `length` in octets. */
export function pseudoHeaderSum(addresses: AddressPair, protocol: number, length: number): number {
  const sum = addWords(ipToBytes(addresses.destination), addWords(ipToBytes(addresses.source)));
  return sum + protocol + Math.floor(length / 0x10000) + (length % 0x10000);
}

/** Judges the checksum of a whole upper-layer packet (header and payload, nothing else). `field` is the field's value. */
export function checksumState(
  packet: Uint8Array,
  field: number,
  addresses: AddressPair,
  protocol: number,
): ChecksumState {
  const pseudo = pseudoHeaderSum(addresses, protocol, packet.length);
  if (foldSum(addWords(packet, pseudo)) === 0xffff) return 'correct';
  return field === foldSum(pseudo) ? 'unfinished' : 'wrong';
}
