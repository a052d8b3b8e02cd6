/**
 * A DHCP or BOOTP message, in place: every value is replaced by one as long, so that order, padding, overloading and what
 * is odd about it stay. Options that are not named here are nobody's to judge: they are replaced octet by octet.
 */
import { type Ipv4Address, ipv4FromBytes, ipv4ToBytes } from '../wire/address.ts';
import { latin1 } from '../wire/bytes.ts';
import { type DhcpMessage, overloadOf, parseDhcpMessage } from '../wire/dhcp/message.ts';
import { OPTION } from '../wire/dhcp/option-codes.ts';
import type { Pseudonyms } from './pseudonyms.ts';
import { eachTlv, scrubIpxe, scrubPxeVendor, scrubRelayAgent } from './scrub-encapsulated.ts';
import { scrubClientIdentifier } from './scrub-identity.ts';
import { putNames } from './scrub-names.ts';
import { scrubTarget, scrubText, type TextContext } from './scrub-text.ts';

const HTYPE_ETHERNET = 1;

type Scrub = (data: Uint8Array, to: Pseudonyms, message: DhcpMessage) => void;

const codes = (text: string): readonly number[] => text.split(' ').map(Number);

/** Numbers, times, lists of codes, masks and what tells firmware apart: none of it is about the site. */
const KEPT: ReadonlySet<number> = new Set(
  codes(
    '1 2 13 19 20 22 23 24 25 26 27 29 30 31 34 35 36 37 38 39 46 51 52 53 55 57 58 59 80 93 94 108 116 145 208 211',
  ),
);
/** One address, or several, or pairs of which the kept kind (a mask) keeps itself. */
const ADDRESSES: ReadonlySet<number> = new Set(
  codes(
    '3 4 5 6 7 8 9 10 11 16 21 28 32 33 41 42 44 45 48 49 50 54 65 68 69 70 71 72 73 74 75 76 85 112 118 138 150',
  ),
);
/** Paths, URLs, messages and classes: kept but for what in them is somebody's. */
const TEXTS: ReadonlySet<number> = new Set(codes('14 17 18 56 60 67 114 203 209 210 252'));
/** Names of hosts and domains. */
const NAMES: ReadonlySet<number> = new Set(codes('12 15 40 47 62 64 66'));

const OTHERS: ReadonlyMap<number, Scrub> = new Map<number, Scrub>([
  [OPTION.vendorSpecific, (data, to, message) => scrubPxeVendor(data, to, message)],
  [OPTION.clientIdentifier, (data, to) => scrubClientIdentifier(data, to)],
  [OPTION.userClass, scrubUserClass],
  [81, scrubFqdn],
  [OPTION.relayAgentInformation, (data, to) => scrubRelayAgent(data, to)],
  [OPTION.clientMachineId, scrubMachineId],
  [OPTION.domainSearch, (data, to) => putNames(data, to)],
  [OPTION.classlessStaticRoute, scrubRoutes],
  [OPTION.microsoftStaticRoute, scrubRoutes],
  [OPTION.vendorIdentifyingClass, scrubVendorIdentifying],
  [125, scrubVendorIdentifying],
  [OPTION.ipxe, (data, to) => scrubIpxe(data, to)],
]);

/** False where it is no DHCP message: then nothing was changed. */
export function scrubDhcp(bytes: Uint8Array, to: Pseudonyms, client: Ipv4Address | undefined): boolean {
  const parsed = parseDhcpMessage(bytes);
  if (!parsed.ok) return false;
  const message = parsed.value;
  learnSubnet(message, to);
  const overload = overloadOf(message);
  const context = { client };
  // Where option 52 says so these two hold options, which are among the message's.
  if ((overload & 2) === 0) putText(message.sname, (text) => hostOrText(text, to, context), to);
  if ((overload & 1) === 0) putText(message.file, (text) => scrubTarget(text, to, context), to);
  for (const at of [12, 16, 20, 24]) to.putIpv4(bytes, at);
  scrubHardware(message, to);
  if (message.cookie) scrubOptions(message, to, context);
  else to.putOpaque(message.vend);
  return true;
}

function learnSubnet({ options, yiaddr, ciaddr }: DhcpMessage, to: Pseudonyms): void {
  const value = (code: number): Ipv4Address | undefined => {
    const data = options.find((option) => option.code === code)?.data;
    return data !== undefined && data.length >= 4 ? ipv4FromBytes(data) : undefined;
  };
  const mask = value(OPTION.subnetMask);
  if (mask === undefined) return;
  for (const address of [yiaddr, ciaddr, value(OPTION.router)])
    if (address !== undefined && address !== '0.0.0.0') to.seen.addSubnet(address, mask);
}

function scrubHardware({ htype, hlen, chaddr }: DhcpMessage, to: Pseudonyms): void {
  // Some write 0 for the length and the address all the same.
  const isMac = htype === HTYPE_ETHERNET || hlen === 6;
  if (isMac) to.putMac(chaddr);
  to.putOpaque(chaddr.subarray(isMac ? 6 : 0));
}

function scrubOptions(message: DhcpMessage, to: Pseudonyms, context: TextContext): void {
  for (const code of new Set(message.options.map((option) => option.code))) {
    const instances = message.options.filter((option) => option.code === code).map(({ data }) => data);
    const [first] = instances;
    if (first === undefined || KEPT.has(code)) continue;
    // RFC 3396: several instances are one value. It is changed as a whole and put back in the same pieces.
    const whole = instances.length === 1 ? first : Buffer.concat(instances);
    scrubOption(code, whole, to, message, context);
    if (instances.length === 1) continue;
    let at = 0;
    for (const instance of instances) {
      instance.set(whole.subarray(at, at + instance.length));
      at += instance.length;
    }
  }
}

function scrubOption(
  code: number,
  data: Uint8Array,
  to: Pseudonyms,
  message: DhcpMessage,
  context: TextContext,
): void {
  if (ADDRESSES.has(code)) {
    for (let at = 0; at + 4 <= data.length; at += 4) to.putIpv4(data, at);
    to.putOpaque(data.subarray(data.length - (data.length % 4)));
  } else if (NAMES.has(code)) putText(data, (text) => hostOrText(text, to, context), to);
  else if (TEXTS.has(code)) putText(data, (text) => scrubTarget(text, to, context), to);
  else (OTHERS.get(code) ?? ((octets) => to.putOpaque(octets)))(data, to, message);
}

/** What stands before the first NUL, as text; what is behind it is nobody's guess. */
function putText(field: Uint8Array, change: (text: string) => string, to: Pseudonyms): void {
  const nul = field.indexOf(0);
  const end = nul < 0 ? field.length : nul;
  const text = latin1(field.subarray(0, end));
  if (text !== '') field.set(Buffer.from(change(text), 'latin1'));
  to.putOpaque(field.subarray(end));
}

/** A host's name; an address, or a URL, where somebody put one instead. */
function hostOrText(text: string, to: Pseudonyms, context: TextContext): string {
  return /^[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?$/i.test(text) && !/^[\d.]+$/.test(text)
    ? to.name(text)
    : scrubText(text, to, context);
}

/** iPXE's and its kin's say which program speaks; others are an administrator's own. */
function scrubUserClass(data: Uint8Array, to: Pseudonyms): void {
  if (/[ig]PXE|PXEClient|HTTPClient/.test(latin1(data))) return;
  to.putOpaque(data[0] === data.length - 1 ? data.subarray(1) : data);
}

/** RFC 4702 §2: flags, two result codes, then a name as text or (flag E) in DNS's form. */
function scrubFqdn(data: Uint8Array, to: Pseudonyms): void {
  const name = data.subarray(3);
  if (((data[0] ?? 0) & 4) !== 0) putNames(name, to);
  else putText(name, (text) => to.name(text), to);
}

function scrubMachineId(data: Uint8Array, to: Pseudonyms): void {
  if (data[0] === 0 && data.length >= 17) to.putUuid(data.subarray(1, 17));
  to.putOpaque(data.subarray(data[0] === 0 && data.length >= 17 ? 17 : 1));
}

/** RFC 3442: width, as many octets of the destination as it fills, router. */
function scrubRoutes(data: Uint8Array, to: Pseudonyms): void {
  for (let at = 0; at < data.length; ) {
    const width = data[at] as number;
    const significant = Math.min(4, Math.ceil(width / 8));
    const router = at + 1 + significant;
    if (router + 4 > data.length) return void to.putOpaque(data.subarray(at + 1));
    const destination = new Uint8Array(4);
    destination.set(data.subarray(at + 1, router));
    const address = ipv4FromBytes(destination);
    const mask = ipv4FromBytes(
      Uint8Array.from({ length: 4 }, (_, i) => 256 - 2 ** (8 - Math.min(8, Math.max(0, width - 8 * i)))),
    );
    to.seen.addSubnet(address, mask);
    if (width > 0) data.set(ipv4ToBytes(to.ipv4(address)).subarray(0, significant), at + 1);
    to.putIpv4(data, router);
    at = router + 4;
  }
}

/** RFC 3925: enterprise number, length, then codes with their lengths (125) or with a length only (124). */
function scrubVendorIdentifying(data: Uint8Array, to: Pseudonyms): void {
  for (let at = 0; at + 5 <= data.length; at += 5 + (data[at + 4] as number)) {
    const body = data.subarray(at + 5, at + 5 + (data[at + 4] as number));
    if (!eachTlv(body, (_, value) => to.putOpaque(value))) to.putOpaque(body);
  }
}
