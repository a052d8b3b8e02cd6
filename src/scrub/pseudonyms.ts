import {
  type Ipv4Address,
  type Ipv6Address,
  ipv4FromBytes,
  ipv4ToBytes,
  ipv6FromBytes,
  ipv6ToBytes,
  type MacAddress,
  macFromBytes,
  macToBytes,
} from '../wire/address.ts';
import { latin1, toHex } from '../wire/bytes.ts';
import { Ipv4Pseudonyms, isKeptIpv4 } from './ipv4-pseudonyms.ts';
import { Ipv6Pseudonyms } from './ipv6-pseudonyms.ts';
import { Keyed } from './keyed.ts';
import { Known } from './known.ts';
import { isKeptMac, MacPseudonyms } from './mac-pseudonyms.ts';
import { isKeptLabel, isKeptName, NamePseudonyms } from './name-pseudonyms.ts';

export type PseudonymOptions = { readonly hideVendor: boolean };

const GROUP = /^(33:33:ff)/;

/**
 * Everything that is replaced, each original by one pseudonym wherever and however it is written. What comes by is
 * remembered in `seen`: a second set that is made with it as `known` never gives away what the capture itself has.
 */
export class Pseudonyms {
  readonly keyed: Keyed;
  readonly known: Known;
  readonly seen: Known;
  readonly macs: MacPseudonyms;
  readonly ipv4s: Ipv4Pseudonyms;
  readonly ipv6s: Ipv6Pseudonyms;
  readonly names: NamePseudonyms;
  readonly uuids = new Map<string, string>();
  readonly serials = new Map<string, string>();
  /** How many secrets were overwritten: they have no pseudonyms. */
  secrets = 0;

  constructor(key: Uint8Array, options: PseudonymOptions, known = new Known(), seen = new Known()) {
    this.keyed = new Keyed(key);
    this.known = known;
    this.seen = seen;
    this.macs = new MacPseudonyms(this.keyed, known, options.hideVendor);
    this.ipv4s = new Ipv4Pseudonyms(this.keyed, known);
    this.ipv6s = new Ipv6Pseudonyms(this.keyed, known, this.macs);
    this.names = new NamePseudonyms(this.keyed, known);
  }

  mac(mac: MacAddress): MacAddress {
    if (!isKeptMac(mac)) this.seen.macs.add(mac);
    return this.macs.of(mac);
  }

  ipv4(address: Ipv4Address): Ipv4Address {
    if (!isKeptIpv4(address)) this.seen.ipv4.add(address);
    return this.ipv4s.of(address);
  }

  ipv6(address: Ipv6Address): Ipv6Address {
    this.seen.ipv6.add(address);
    return this.ipv6s.of(address);
  }

  /** Six octets in place. */
  putMac(bytes: Uint8Array, at = 0): void {
    if (at + 6 > bytes.length) return;
    const mac = macFromBytes(bytes, at);
    if (GROUP.test(mac)) bytes.set(this.ipv6s.tail(bytes.slice(at + 3, at + 6)), at + 3);
    else bytes.set(macToBytes(this.mac(mac)), at);
  }

  /** Four octets in place. */
  putIpv4(bytes: Uint8Array, at = 0): void {
    if (at + 4 <= bytes.length) bytes.set(ipv4ToBytes(this.ipv4(ipv4FromBytes(bytes, at))), at);
  }

  /** Sixteen octets in place. */
  putIpv6(bytes: Uint8Array, at = 0): void {
    if (at + 16 <= bytes.length) bytes.set(ipv6ToBytes(this.ipv6(ipv6FromBytes(bytes, at))), at);
  }

  /** Sixteen octets of a machine's UUID in place, as option 97 has them. */
  putUuid(bytes: Uint8Array): void {
    this.seen.uuids.add(toHex(bytes));
    bytes.set(this.#uuid(bytes));
  }

  /** `4c4c4544-...`, in whichever of the two orders. */
  uuidText(text: string): string {
    const octets = Buffer.from(text.replaceAll('-', ''), 'hex');
    const other = swapped(octets);
    const isOther = !this.#knowsUuid(octets) && this.#knowsUuid(other);
    const pseudonym = isOther ? swapped(this.#uuid(other)) : this.#uuid(octets);
    this.seen.uuidTexts.add(toHex(octets));
    const made = toHex(pseudonym).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
    return text === text.toUpperCase() ? made.toUpperCase() : made;
  }

  #knowsUuid(octets: Uint8Array): boolean {
    return this.known.uuids.has(toHex(octets)) || this.seen.uuids.has(toHex(octets));
  }

  #uuid(octets: Uint8Array): Uint8Array {
    const hex = toHex(octets);
    const known = this.uuids.get(hex);
    if (known !== undefined) return Buffer.from(known, 'hex');
    if (/^(00|ff)+$/.test(hex)) return octets;
    // Some boards write text there, and many end it by the address of a network card.
    const isText = octets.every((octet) => octet >= 0x20 && octet < 0x7f);
    const made = isText
      ? Buffer.from(this.opaque(latin1(octets)), 'latin1')
      : Buffer.from(this.keyed.digest('uuid', octets).subarray(0, 16));
    const mac = macFromBytes(octets, 10);
    if (this.known.macs.has(mac) || this.seen.macs.has(mac)) made.set(macToBytes(this.mac(mac)), 10);
    this.uuids.set(hex, toHex(made));
    return made;
  }

  /** A host's or domain's name. */
  name(name: string): string {
    const plain = name.toLowerCase().replace(/\.$/, '');
    const labels = plain.split('.');
    if (!isKeptName(plain)) {
      for (const label of labels) if (!isKeptLabel(label)) this.seen.labels.add(label);
      if (labels.length > 1) this.seen.names.add(plain);
      // example.com's owner is example; of one label only a machine's own name is left.
      const owner = labels.length > 1 ? labels.at(-2) : labels[0];
      if (owner !== undefined && owner.length > 3 && !isKeptLabel(owner)) this.seen.words.add(owner);
    }
    return this.names.name(name);
  }

  /** A serial number or the like. */
  serial(text: string): string {
    if (/[1-9a-z]/i.test(text)) this.seen.serials.add(text);
    const made = this.opaque(text);
    if (text !== '') this.serials.set(text, made);
    return made;
  }

  /** As long, and of the same kinds of characters: digits for digits, letters for letters, signs as they are. */
  opaque(text: string): string {
    let block = -1;
    let random = new Uint8Array(0);
    return Array.from(text, (character, at) => {
      if (Math.floor(at / 32) !== block) {
        block = Math.floor(at / 32);
        random = new Uint8Array(this.keyed.digest('opaque', `${block} ${text}`));
      }
      const draw = random[at % 32] as number;
      if (/[0-9]/.test(character)) return String.fromCharCode(0x30 + (draw % 10));
      if (/[a-z]/.test(character)) return String.fromCharCode(0x61 + (draw % 26));
      if (/[A-Z]/.test(character)) return String.fromCharCode(0x41 + (draw % 26));
      return character >= ' ' && character <= '~' ? character : String.fromCharCode(draw);
    }).join('');
  }

  /** Octets nobody here knows the meaning of, in place: zeros stay, text stays text. */
  putOpaque(bytes: Uint8Array): void {
    if (bytes.every((octet) => octet === 0 || octet === 0xff)) return;
    const end = bytes.length - (bytes.at(-1) === 0 ? 1 : 0);
    const body = bytes.subarray(0, end);
    const isText = body.every((octet) => octet >= 0x20 && octet < 0x7f);
    // Without a digit it is a word, and other fields may say the same of every machine of a make.
    const text = latin1(body);
    if (isText) body.set(Buffer.from(/\d/.test(text) ? this.serial(text) : this.opaque(text), 'latin1'));
    else {
      const made = this.keyed.content(`opaque ${toHex(bytes)}`, bytes.length);
      bytes.forEach((octet, at) => {
        bytes[at] = octet === 0 ? 0 : (made[at] as number);
      });
    }
  }
}

/** The first three groups turned round: from either spelling to the other. */
export function swapped(octets: Uint8Array): Uint8Array {
  const made = Uint8Array.from(octets);
  made.subarray(0, 4).reverse();
  made.subarray(4, 6).reverse();
  made.subarray(6, 8).reverse();
  return made;
}
