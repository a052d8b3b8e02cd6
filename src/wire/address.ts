import { u16At, u32At } from './bytes.ts';
import { WireError } from './wire-error.ts';

declare const brand: unique symbol;

/** Six octets as text, lower case, colons: `00:12:34:56:78:90`. Text, so that it can key a Map and be compared. */
export type MacAddress = string & { readonly [brand]: 'MacAddress' };
/** Dotted quad without leading zeros: `10.188.0.66`. */
export type Ipv4Address = string & { readonly [brand]: 'Ipv4Address' };
/** RFC 5952 text: lower case, longest run of zeros shortened: `ff02::1`. */
export type Ipv6Address = string & { readonly [brand]: 'Ipv6Address' };

export type IpAddress = Ipv4Address | Ipv6Address;

export const BROADCAST_MAC = 'ff:ff:ff:ff:ff:ff' as MacAddress;
export const BROADCAST_IPV4 = '255.255.255.255' as Ipv4Address;
export const UNSPECIFIED_IPV4 = '0.0.0.0' as Ipv4Address;

const ZERO = 0x30;
const NINE = 0x39;
const LOWER_A = 0x61;
const DOT = 0x2e;
const HEX_OCTET = Array.from({ length: 256 }, (_, octet) => octet.toString(16).padStart(2, '0'));

/**
 * The texts made last, by a few bits of their octets: a network has few addresses and each frame four of them. One copy of a
 * text also makes a Map that it is a key of faster, whose hash and comparison it saves. Never more than this many.
 */
const REMEMBERED = 4_096;
const knownMacs: MacAddress[] = Array(REMEMBERED).fill('');
const knownMacNumbers = new Float64Array(REMEMBERED).fill(-1);
const knownIpv4s: Ipv4Address[] = Array(REMEMBERED).fill(UNSPECIFIED_IPV4);
const knownIpv4Numbers = new Uint32Array(REMEMBERED);

/** Which of the remembered ones it may be: what differs within a network is in the last octets. */
function slotOf(low: number): number {
  return (low ^ (low >>> 12)) & (REMEMBERED - 1);
}

/** Reads 6 octets at `at`; the caller has checked that they are there. */
export function macFromBytes(bytes: Uint8Array, at = 0): MacAddress {
  const low = u32At(bytes, at + 2);
  const number = u16At(bytes, at) * 0x100000000 + low;
  const slot = slotOf(low);
  if (knownMacNumbers[slot] === number) return knownMacs[slot] as MacAddress;
  const text = macText(bytes, at);
  knownMacNumbers[slot] = number;
  knownMacs[slot] = text;
  return text;
}

function macText(bytes: Uint8Array, at: number): MacAddress {
  let text = HEX_OCTET[bytes[at] ?? 0] ?? '';
  for (let i = 1; i < 6; i++) text += `:${HEX_OCTET[bytes[at + i] ?? 0]}`;
  return text as MacAddress;
}

/** Any of the field's spellings: colons, dashes, Cisco's dots or nothing between the digits, either case. */
export function parseMac(text: string): MacAddress | undefined {
  const digits = text.replace(/[:.-]/g, '').toLowerCase();
  if (!/^[0-9a-f]{12}$/.test(digits)) return undefined;
  return (digits.match(/../g) ?? []).join(':') as MacAddress;
}

export function macToBytes(mac: MacAddress): Uint8Array {
  const bytes = new Uint8Array(6);
  for (let i = 0; i < 6; i++) bytes[i] = 16 * hexDigit(mac, 3 * i) + hexDigit(mac, 3 * i + 1);
  return bytes;
}

/** The text is a MacAddress: its digits are lower case. */
function hexDigit(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code <= NINE ? code - ZERO : code - LOWER_A + 10;
}

/** Reads 4 octets at `at`; the caller has checked that they are there. */
export function ipv4FromBytes(bytes: Uint8Array, at = 0): Ipv4Address {
  const number = u32At(bytes, at);
  const slot = slotOf(number);
  if (knownIpv4Numbers[slot] === number) return knownIpv4s[slot] as Ipv4Address;
  const text = ipv4FromNumber(number);
  knownIpv4Numbers[slot] = number;
  knownIpv4s[slot] = text;
  return text;
}

export function parseIpv4(text: string): Ipv4Address | undefined {
  const octets = text.split('.');
  if (octets.length !== 4) return undefined;
  return octets.every((octet) => /^(0|[1-9]\d{0,2})$/.test(octet) && Number(octet) < 256)
    ? (text as Ipv4Address)
    : undefined;
}

/** Throws WireError (WIRE_UNENCODABLE) for text that is no dotted quad: for addresses written in code. */
export function ipv4(text: string): Ipv4Address {
  const address = parseIpv4(text);
  if (address === undefined)
    throw new WireError('WIRE_UNENCODABLE', 0, 'IPv4 address', `wanted a dotted quad, got "${text}"`);
  return address;
}

/** Throws WireError (WIRE_UNENCODABLE) for text that is no MAC address: for addresses written in code. */
export function mac(text: string): MacAddress {
  const address = parseMac(text);
  if (address === undefined)
    throw new WireError('WIRE_UNENCODABLE', 0, 'MAC address', `wanted six octets, got "${text}"`);
  return address;
}

export function ipv4ToBytes(address: Ipv4Address): Uint8Array {
  const bytes = new Uint8Array(4);
  const value = ipv4ToNumber(address);
  bytes[0] = value >>> 24;
  bytes[1] = value >>> 16;
  bytes[2] = value >>> 8;
  bytes[3] = value;
  return bytes;
}

/** Network order as an unsigned 32-bit number: 10.0.0.1 is 0x0a000001. By character: a server does it ten times a message. */
export function ipv4ToNumber(address: Ipv4Address): number {
  let value = 0;
  let octet = 0;
  for (let i = 0; i < address.length; i++) {
    const code = address.charCodeAt(i);
    if (code === DOT) {
      value = value * 256 + octet;
      octet = 0;
    } else octet = octet * 10 + code - ZERO;
  }
  return value * 256 + octet;
}

export function ipv4FromNumber(value: number): Ipv4Address {
  return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}` as Ipv4Address;
}

/** Reads 16 octets at `at` and writes them as RFC 5952 asks; the caller has checked that they are there. */
export function ipv6FromBytes(bytes: Uint8Array, at = 0): Ipv6Address {
  const groups = Array.from(
    { length: 8 },
    (_, i) => ((bytes[at + 2 * i] ?? 0) << 8) | (bytes[at + 2 * i + 1] ?? 0),
  );
  let best = { start: -1, length: 1 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  const hex = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':');
  if (best.start < 0) return hex(groups) as Ipv6Address;
  return `${hex(groups.slice(0, best.start))}::${hex(groups.slice(best.start + best.length))}` as Ipv6Address;
}

/** Throws WireError (WIRE_UNENCODABLE) for text that is no IPv6 address. A zone and an embedded IPv4 address are none here. */
export function ipv6ToBytes(address: Ipv6Address): Uint8Array {
  const [head = '', tail, ...more] = address.split('::');
  const groups = (part: string): number[] =>
    part === ''
      ? []
      : part
          .split(':')
          .map((group) => (/^[0-9a-f]{1,4}$/i.test(group) ? Number.parseInt(group, 16) : Number.NaN));
  const front = groups(head);
  const back = tail === undefined ? [] : groups(tail);
  const zeros = tail === undefined ? 0 : 8 - front.length - back.length;
  const all = [...front, ...Array<number>(Math.max(0, zeros)).fill(0), ...back];
  if (all.length !== 8 || all.some(Number.isNaN) || more.length > 0) {
    throw new WireError('WIRE_UNENCODABLE', 0, 'IPv6 address', `wanted eight groups, got "${address}"`);
  }
  return Uint8Array.from(all.flatMap((group) => [group >> 8, group & 255]));
}

function isIpv6(address: IpAddress): address is Ipv6Address {
  return address.includes(':');
}

/** 4 or 16 octets. */
export function ipToBytes(address: IpAddress): Uint8Array {
  return isIpv6(address) ? ipv6ToBytes(address) : ipv4ToBytes(address);
}
