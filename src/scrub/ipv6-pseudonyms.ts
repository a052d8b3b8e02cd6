/**
 * IPv6 pseudonyms: a prefix becomes one of 2001:db8::/32 (RFC 3849), link-local ones stay fe80::/64. An interface
 * identifier made from a MAC address (RFC 4291 appendix A) is made from that address's pseudonym. Every other group keeps
 * its number of hex digits, so that the text is as long as it was wherever the prefix's first two groups have 4 and 3.
 */
import {
  type Ipv6Address,
  ipv6FromBytes,
  ipv6ToBytes,
  type MacAddress,
  macFromBytes,
  macToBytes,
} from '../wire/address.ts';
import { toHex } from '../wire/bytes.ts';
import { Allotment } from './allotment.ts';
import type { Keyed } from './keyed.ts';
import type { Known } from './known.ts';
import type { MacPseudonyms } from './mac-pseudonyms.ts';

const SOLICITED_NODE = 'ff0200000000000000000001ff';
const DOCUMENTATION = Uint8Array.of(0x20, 0x01, 0x0d, 0xb8);

export class Ipv6Pseudonyms {
  readonly #keyed: Keyed;
  readonly #macs: MacPseudonyms;
  readonly #sites: Allotment;
  readonly #prefixes: Allotment;
  readonly #interfaces: Allotment;
  /** An address for the last three octets that solicited-node groups are made of (RFC 4291 §2.7.1). */
  readonly #byTail = new Map<string, Ipv6Address>();
  readonly #given = new Map<Ipv6Address, Ipv6Address>();

  constructor(keyed: Keyed, known: Known, macs: MacPseudonyms) {
    this.#keyed = keyed;
    this.#macs = macs;
    const originals = [...known.ipv6].map((address) => toHex(ipv6ToBytes(address as Ipv6Address)));
    const held = (from: number, to: number): ReadonlySet<string> =>
      new Set(originals.map((hex) => hex.slice(from, to)));
    const [sites, prefixes, interfaces] = [held(0, 12), held(0, 16), held(16, 32)];
    this.#sites = new Allotment('IPv6 site', (site) => sites.has(site));
    this.#prefixes = new Allotment('IPv6 prefix', (prefix) => prefixes.has(prefix));
    this.#interfaces = new Allotment('interface identifier', (id) => interfaces.has(id));
    for (const hex of originals) {
      if (hex.startsWith('ff')) continue;
      this.#byTail.set(hex.slice(26), ipv6FromBytes(Buffer.from(hex, 'hex')));
    }
  }

  get given(): ReadonlyMap<Ipv6Address, Ipv6Address> {
    return this.#given;
  }

  of(address: Ipv6Address): Ipv6Address {
    const known = this.#given.get(address);
    if (known !== undefined) return known;
    const octets = ipv6ToBytes(address);
    const hex = toHex(octets);
    if (hex.startsWith(SOLICITED_NODE)) {
      octets.set(this.tail(octets.subarray(13)), 13);
      return ipv6FromBytes(octets);
    }
    if (hex.startsWith('ff') || /^0{31}[01]$/.test(hex)) return address;
    const isDocumentation = hex.startsWith('20010db8');
    const fromMac = hex.slice(22, 26) === 'fffe';
    if (isDocumentation && !fromMac) return address;
    if (!isDocumentation && !/^fe[89ab]/.test(hex)) this.#replacePrefix(octets, hex);
    this.#replaceInterface(octets, hex, fromMac);
    const pseudonym = ipv6FromBytes(octets);
    this.#given.set(address, pseudonym);
    return pseudonym;
  }

  /** Three octets of a solicited-node group, or of the Ethernet group that carries it (33:33:ff). */
  tail(octets: Uint8Array): Uint8Array {
    const address = this.#byTail.get(toHex(octets));
    if (address !== undefined) return ipv6ToBytes(this.of(address)).subarray(13);
    return this.#keyed.digest('solicited node', octets).subarray(0, 3);
  }

  #replacePrefix(octets: Uint8Array, hex: string): void {
    const site = this.#sites.of(hex.slice(0, 12), (attempt) => {
      const group = this.#group('site', hex.slice(0, 12), hex.slice(8, 12), attempt);
      return `20010db8${group}`;
    });
    const prefix = this.#prefixes.of(
      hex.slice(0, 16),
      (attempt) => site + this.#group('prefix', hex.slice(0, 16), hex.slice(12, 16), attempt),
    );
    octets.set(Buffer.from(prefix, 'hex'));
    octets.set(DOCUMENTATION);
  }

  #replaceInterface(octets: Uint8Array, hex: string, fromMac: boolean): void {
    if (fromMac) {
      const mac = Uint8Array.of(
        ...octets.subarray(8, 11).map((octet, i) => (i === 0 ? octet ^ 2 : octet)),
        ...octets.subarray(13),
      );
      const pseudonym = macToBytes(this.#macs.of(macFromBytes(mac) as MacAddress));
      octets.set(pseudonym.subarray(0, 3), 8);
      octets[8] = (octets[8] as number) ^ 2;
      octets.set(pseudonym.subarray(3), 13);
      return;
    }
    const id = hex.slice(16);
    // The prefix itself, and the anycast address of its routers.
    if (/^0+$/.test(id)) return;
    const pseudonym = this.#interfaces.of(id, (attempt) =>
      [0, 4, 8, 12].map((at) => this.#group(`interface ${at}`, id, id.slice(at, at + 4), attempt)).join(''),
    );
    octets.set(Buffer.from(pseudonym, 'hex'), 8);
  }

  /** Four hex digits with as many leading zeros as `group` has. When a length is used up, the next longer. */
  #group(purpose: string, whole: string, group: string, attempt: number): string {
    const value = Number.parseInt(group, 16);
    if (value === 0 && attempt < 256) return group;
    const digits = Math.min(4, Math.max(1, value.toString(16).length) + Math.floor(attempt / 256));
    const least = 16 ** (digits - 1);
    const random = this.#keyed.number(purpose, `${whole} ${attempt}`);
    return (least + (random % (16 * least - least))).toString(16).padStart(4, '0');
  }
}
