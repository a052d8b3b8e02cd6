/**
 * DHCPv6 (RFC 8415 §8, §9, §21; boot options RFC 5970), in place.
 *
 *   | type:u8 | transaction:3 | options |      | 12 or 13:u8 | hops:u8 | link:16 | peer:16 | options |
 */
import { latin1, u16At } from '../wire/bytes.ts';
import type { Pseudonyms } from './pseudonyms.ts';
import { putIdentity } from './scrub-encapsulated.ts';
import { scrubDuid } from './scrub-identity.ts';
import { putNames } from './scrub-names.ts';
import { scrubTarget } from './scrub-text.ts';

const RELAY_FORWARD = 12;
const RELAY_REPLY = 13;
const MESSAGE_HEAD = 4;
const RELAY_HEAD = 34;
/** What is nested in an option stands behind so many octets of its own. */
const DEEPEST = 8;

/** Lists of codes, times, preferences, architectures: nothing of a site. */
const KEPT: ReadonlySet<number> = new Set([6, 7, 8, 14, 16, 19, 20, 32, 61, 62, 82, 83]);
const ADDRESSES: ReadonlySet<number> = new Set([12, 22, 23, 27, 31]);
const NAMES: ReadonlySet<number> = new Set([21, 24, 29, 30]);

/** False where its options cannot be read: then they are still replaced, octet by octet. */
export function scrubDhcpv6(bytes: Uint8Array, to: Pseudonyms): boolean {
  return scrubMessage(bytes, to, 0);
}

function scrubMessage(bytes: Uint8Array, to: Pseudonyms, depth: number): boolean {
  const isRelay = bytes[0] === RELAY_FORWARD || bytes[0] === RELAY_REPLY;
  if (isRelay) {
    to.putIpv6(bytes, 2);
    to.putIpv6(bytes, 18);
  }
  return scrubOptions(bytes.subarray(isRelay ? RELAY_HEAD : MESSAGE_HEAD), to, depth);
}

function scrubOptions(bytes: Uint8Array, to: Pseudonyms, depth: number): boolean {
  let at = 0;
  while (at + 4 <= bytes.length) {
    const end = at + 4 + u16At(bytes, at + 2);
    if (end > bytes.length || depth > DEEPEST) break;
    scrubOption(u16At(bytes, at), bytes.subarray(at + 4, end), to, depth + 1);
    at = end;
  }
  to.putOpaque(bytes.subarray(at));
  return at === bytes.length;
}

function scrubOption(code: number, value: Uint8Array, to: Pseudonyms, depth: number): void {
  if (KEPT.has(code)) return;
  if (ADDRESSES.has(code)) {
    for (let at = 0; at + 16 <= value.length; at += 16) to.putIpv6(value, at);
    return;
  }
  if (NAMES.has(code)) return void putNames(value, to);
  switch (code) {
    case 1:
    case 2:
      return void scrubDuid(value, to);
    // IA_NA and IA_PD: iaid, t1, t2; IA_TA: iaid. Firmware makes the IAID from its address.
    case 3:
    case 4:
    case 25:
      to.putOpaque(value.subarray(0, 4));
      scrubOptions(value.subarray(code === 4 ? 4 : 12), to, depth);
      return;
    // IA address: address, two lifetimes.
    case 5:
      to.putIpv6(value);
      scrubOptions(value.subarray(24), to, depth);
      return;
    case 9:
      scrubMessage(value, to, depth);
      return;
    // Status: code, text.
    case 13:
      return void putText(value.subarray(2), to);
    // User class and boot parameters: ( length:u16 | data )*
    case 15:
    case 60:
      return void eachLong(value, (data) =>
        /PXE|HTTPClient/.test(latin1(data)) ? undefined : putText(data, to),
      );
    // Vendor options: enterprise number, then codes and lengths of 16 bits.
    case 17:
      return void eachOption(value.subarray(4), (data) => to.putOpaque(data));
    // IA prefix: two lifetimes, length, prefix.
    case 26:
      to.putIpv6(value, 9);
      scrubOptions(value.subarray(25), to, depth);
      return;
    // Remote id: enterprise number, then what a relay likes.
    case 37:
      return void putIdentity(value.subarray(4), to);
    // Client FQDN: flags, name.
    case 39:
      return void putNames(value.subarray(1), to);
    case 59:
      return void putText(value, to);
    // Client link-layer address (RFC 6939).
    case 79:
      return void to.putMac(value, 2);
    default:
      to.putOpaque(value);
  }
}

function putText(bytes: Uint8Array, to: Pseudonyms): void {
  bytes.set(Buffer.from(scrubTarget(latin1(bytes), to), 'latin1'));
}

function eachLong(value: Uint8Array, call: (data: Uint8Array) => void): void {
  for (let at = 0; at + 2 <= value.length; at += 2 + u16At(value, at))
    call(value.subarray(at + 2, at + 2 + u16At(value, at)));
}

function eachOption(value: Uint8Array, call: (data: Uint8Array) => void): void {
  for (let at = 0; at + 4 <= value.length; at += 4 + u16At(value, at + 2))
    call(value.subarray(at + 4, at + 4 + u16At(value, at + 2)));
}
