/**
 * Text in, text of the same length out: every address, name, UUID and serial number that stands in it is replaced by its
 * pseudonym. One octet is one character.
 */
import {
  type Ipv4Address,
  type Ipv6Address,
  ipv4ToNumber,
  ipv6FromBytes,
  ipv6ToBytes,
  type MacAddress,
  parseIpv4,
  parseMac,
} from '../wire/address.ts';
import { percentDecode } from '../wire/uri-query.ts';
import type { Pseudonyms } from './pseudonyms.ts';

export type TextContext = {
  /** Who asks: tells whose address the digits of a pxelinux name begin. */
  readonly client?: Ipv4Address | undefined;
  /** A script or configuration: lines that hold passwords are overwritten. */
  readonly isScript?: boolean;
};

/** Replaces ranges of a text, none of them twice: what stands first in the list of patterns has it. */
class Edits {
  readonly #text: string;
  readonly #made: string[];
  readonly #done: Uint8Array;

  constructor(text: string) {
    this.#text = text;
    this.#made = [...text];
    this.#done = new Uint8Array(text.length);
  }

  put(at: number, length: number, pseudonym: string): void {
    if (this.#done.subarray(at, at + length).includes(1)) return;
    const made = ofLength(pseudonym, length);
    for (let i = 0; i < length; i++) this.#made[at + i] = made[i] as string;
    this.#done.fill(1, at, at + length);
  }

  each(pattern: RegExp, replace: (match: RegExpMatchArray) => string | undefined): void {
    for (const match of this.#text.matchAll(pattern)) {
      const made = replace(match);
      if (made !== undefined) this.put(match.index, match[0].length, made);
    }
  }

  text(): string {
    return this.#made.join('');
  }
}

/** An octet must not be shortened or added inside a stream. Only IPv6 prefixes of unusual shape come to it. */
function ofLength(text: string, length: number): string {
  return text.length > length ? text.slice(0, length) : text.padEnd(length, 'x');
}

const UUID = /(?<![0-9a-z])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![0-9a-z])/gi;
const OCTETS = /(?<![0-9a-z])[0-9a-f]{2}(?:(?::|-|%3a)[0-9a-f]{2}){5,}(?![0-9a-z])/gi;
const CISCO = /(?<![0-9a-z.])[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}(?![0-9a-z.])/gi;
const BARE = /(?<![0-9a-z])[0-9a-f]{12}(?![0-9a-z])/gi;
const QUAD = /(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?!\d|\.\d)/g;
const IPV6 = /(?<![0-9a-z:])[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?![0-9a-z:])/gi;
const HEX_IPV4 = /(?<![0-9a-z])[0-9a-f]{8}(?![0-9a-z])/gi;
const HEX_PREFIX = /(?<=pxelinux\.cfg\/|grub\.cfg-)[0-9A-F]{1,7}(?![0-9A-Za-z.-])/g;
const USER_INFO = /(?<=:\/\/)[^\s/@?#"']+(?=@)/g;
const URL_HOST = /(?<=:\/\/(?:[^\s/@?#"']*@)?)[a-z0-9][a-z0-9._-]*/gi;
const IQN = /\biqn\.\d{4}-\d{2}\.[!-~]+/gi;
/** What stands behind such a word on its line is a secret, or may be. */
const SECRET =
  /(?<=(?:passw(?:or)?d|rootpw|passphrase|secret|token|api-?key|chap|private[-_]key|ssh-(?:rsa|ed25519|dss)|crypted)\S*[ \t=:"']+)\S[^\r\n]*/gi;
const WORD = /[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?/gi;

export function scrubText(text: string, to: Pseudonyms, context: TextContext = {}): string {
  const edits = new Edits(text);
  const overwritten = (secret: string): string => {
    to.secrets++;
    return secret.replace(/\S/g, 'x');
  };
  edits.each(USER_INFO, ([info]) => overwritten(info));
  if (context.isScript === true) edits.each(SECRET, ([secret]) => overwritten(secret));
  edits.each(UUID, ([uuid]) => to.uuidText(uuid));
  for (const match of text.matchAll(OCTETS)) macs(match[0], match.index, to, edits);
  edits.each(CISCO, ([mac]) => macLike(mac, to));
  edits.each(BARE, ([mac]) => (isKnownMac(mac, to) ? macLike(mac, to) : undefined));
  edits.each(QUAD, ([quad]) => {
    const address = parseIpv4(quad);
    return address === undefined ? undefined : to.ipv4(address);
  });
  edits.each(IPV6, ([written]) => ipv6Like(written, to));
  edits.each(HEX_IPV4, ([hex]) => hexLike(hex, to));
  edits.each(HEX_PREFIX, ([digits]) => hexPrefix(digits, to, context.client));
  edits.each(IQN, ([iqn]) => iqnLike(iqn, to));
  edits.each(URL_HOST, ([host]) => (/^[\d.]+$/.test(host) ? undefined : to.name(host)));
  words(text, to, edits);
  return edits.text();
}

/** Separated octets: `52:54:00:12:34:56`, `01-52-54-...` with its hardware type first, `52%3A54%3A...`. */
function macs(run: string, at: number, to: Pseudonyms, edits: Edits): void {
  const separator = run.includes('%') ? 3 : 1;
  const count = (run.length + separator) / (2 + separator);
  const octet = (i: number): string => run.slice(i * (2 + separator), i * (2 + separator) + 2);
  const octetsFrom = (first: number): MacAddress | undefined =>
    parseMac(Array.from({ length: 6 }, (_, i) => octet(first + i)).join(''));
  const put = (first: number): void => {
    const mac = octetsFrom(first);
    if (mac === undefined) return;
    const pseudonym = to.mac(mac).split(':');
    for (const [i, digits] of pseudonym.entries()) {
      const place = (first + i) * (2 + separator);
      edits.put(at + place, 2, inCaseOf(run, digits));
    }
  };
  if (count === 6) put(0);
  else if (count === 7) put(1);
  else for (let i = 0; i + 6 <= count; i++) if (to.known.macs.has(octetsFrom(i) ?? '')) put(i);
}

/** Capitals where all letters of the original are. */
function inCaseOf(run: string, digits: string): string {
  const letters = run.replace(/%3a/gi, '');
  return /[A-F]/.test(letters) && !/[a-f]/.test(letters) ? digits.toUpperCase() : digits;
}

function isKnownMac(written: string, to: Pseudonyms): boolean {
  const mac = parseMac(written);
  return mac !== undefined && (to.known.macs.has(mac) || to.seen.macs.has(mac));
}

function macLike(written: string, to: Pseudonyms): string | undefined {
  const mac = parseMac(written);
  if (mac === undefined) return undefined;
  const digits = to.mac(mac).replaceAll(':', '');
  let at = 0;
  return written.replace(/[0-9a-f]/gi, () => inCaseOf(written, digits[at++] as string));
}

function ipv6Like(written: string, to: Pseudonyms): string | undefined {
  if (!/[0-9a-f]/i.test(written) || (!written.includes('::') && written.split(':').length !== 8))
    return undefined;
  let octets: Uint8Array;
  try {
    octets = ipv6ToBytes(written.toLowerCase() as Ipv6Address);
  } catch {
    // A time of day, or a piece of something else.
    return undefined;
  }
  const made = to.ipv6(ipv6FromBytes(octets));
  if (made.length >= written.length) return made;
  // Leading zeros are allowed in any group: the shorter pseudonym is made as long.
  const groups = made.split(':');
  let missing = written.length - made.length;
  return groups
    .map((group) => {
      const zeros = group === '' ? 0 : Math.min(missing, 4 - group.length);
      missing -= zeros;
      return '0'.repeat(zeros) + group;
    })
    .join(':');
}

function isKnownIpv4(address: Ipv4Address, to: Pseudonyms): boolean {
  return to.known.ipv4.has(address) || to.seen.ipv4.has(address);
}

/** C0A80001 for an address that the capture has. */
function hexLike(hex: string, to: Pseudonyms): string | undefined {
  const address = Array.from(Buffer.from(hex, 'hex')).join('.') as Ipv4Address;
  if (!isKnownIpv4(address, to)) return undefined;
  const made = hexOf(to.ipv4(address));
  return hex === hex.toLowerCase() ? made.toLowerCase() : made;
}

function hexOf(address: Ipv4Address): string {
  return ipv4ToNumber(address).toString(16).padStart(8, '0').toUpperCase();
}

/** C0A8: the first digits of the address of who asks, or of anybody's. */
function hexPrefix(digits: string, to: Pseudonyms, client: Ipv4Address | undefined): string | undefined {
  const candidates = client === undefined ? [...to.known.ipv4] : [client, ...to.known.ipv4];
  const whose = candidates.find((address) => hexOf(address).startsWith(digits));
  return whose === undefined ? undefined : hexOf(to.ipv4(whose)).slice(0, digits.length);
}

/** RFC 3721 §1.1: a date, the domain of the naming authority turned round, and what it likes behind a colon. */
function iqnLike(iqn: string, to: Pseudonyms): string {
  const [head = '', ...rest] = iqn.split(':');
  const [prefix = '', date = '', ...domain] = head.split('.');
  const isVendor = /^(org\.ipxe|com\.microsoft|org\.linux-iscsi|org\.debian|com\.redhat)$/i.test(
    domain.join('.'),
  );
  const named = isVendor
    ? domain.join('.')
    : to.name(domain.toReversed().join('.')).split('.').reverse().join('.');
  const made = rest.map((part) =>
    part === '' ? '' : isUuid(part) ? to.uuidText(part) : scrubIqnPart(part, to),
  );
  return [[prefix, date, named].filter((part) => part !== '').join('.'), ...made].join(':');
}

function isUuid(text: string): boolean {
  return new RegExp(`^${UUID.source}$`, 'i').test(text);
}

/** What everybody calls them: it names no machine, and stands in scripts as a word of their language. */
const COMMON_PARTS = /^(initiator|target|iscsi|san|boot|(disk|lun|tgt)\d*)$/i;

function scrubIqnPart(part: string, to: Pseudonyms): string {
  return COMMON_PARTS.test(part) ? part : to.serial(part);
}

/** Names, machines' and organisations' words, and serial numbers, wherever they stand as a word of their own. */
function words(text: string, to: Pseudonyms, edits: Edits): void {
  const { names, words: single, serials } = to.known;
  if (names.size + single.size > 0) {
    for (const match of text.matchAll(WORD)) {
      const whole = match[0].toLowerCase();
      if (names.has(whole)) edits.put(match.index, match[0].length, to.names.name(match[0]));
      for (const part of match[0].matchAll(/[a-z0-9-]+/gi)) {
        if (single.has(part[0].toLowerCase()))
          edits.put(match.index + part.index, part[0].length, to.names.label(part[0]));
      }
    }
  }
  for (const serial of serials) {
    if (serial.length < 4) continue;
    for (let at = text.indexOf(serial); at >= 0; at = text.indexOf(serial, at + serial.length))
      edits.put(at, serial.length, to.opaque(serial));
  }
}

/** Query fields whose values are the same on every machine of a make, or of a program. */
const PLAIN_FIELDS: ReadonlySet<string> = new Set([
  'arch',
  'buildarch',
  'cpu',
  'cpuarch',
  'filename',
  'manufacturer',
  'platform',
  'product',
  'userclass',
  'user-class',
  'vendor',
  'version',
]);
const HOST_FIELDS: ReadonlySet<string> = new Set(['hostname', 'host', 'domain', 'fqdn', 'name', 'server']);

/** A path or URL with its query, field by field: what is neither known by name nor an address is replaced as a serial number. */
export function scrubTarget(target: string, to: Pseudonyms, context: TextContext = {}): string {
  const at = target.indexOf('?');
  if (at < 0) return scrubText(target, to, context);
  const pairs = target.slice(at + 1).split('&');
  const made = pairs.map((pair) => {
    const equals = pair.indexOf('=');
    if (equals < 0) return scrubText(pair, to, context);
    const [name, value] = [pair.slice(0, equals), pair.slice(equals + 1)];
    return `${name}=${scrubField(percentDecode(name).toLowerCase(), value, to, context)}`;
  });
  return `${scrubText(target.slice(0, at), to, context)}?${made.join('&')}`;
}

function scrubField(name: string, value: string, to: Pseudonyms, context: TextContext): string {
  if (value === '') return value;
  if (/pass|secret|token|key/.test(name)) {
    to.secrets++;
    return 'x'.repeat(value.length);
  }
  const made = scrubText(value, to, context);
  if (PLAIN_FIELDS.has(name) || made !== value) return made;
  // An address that is kept (a mask, documentation) has stayed what it was.
  if (/^[\d.]+\.[\d.]+$/.test(value) || value.includes('://') || value.includes('%3A//')) return value;
  if (HOST_FIELDS.has(name)) return value.includes('%') ? to.opaque(value) : to.name(value);
  return value.includes('%')
    ? value.replace(/%[0-9a-f]{2}|[^%]+/gi, (part) => (part.startsWith('%') ? part : to.opaque(part)))
    : to.serial(value);
}
