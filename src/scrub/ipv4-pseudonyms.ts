/**
 * IPv4 pseudonyms whose dotted text is as long as the original's, so that an address reads the same in a header, in a DHCP
 * option and in the middle of a URL (docs/decisions/0009-scrub.md).
 *
 * The octets of the network get a pseudonym together; an octet that the mask cuts stays; those of the host are exchanged
 * among octets of as many digits, 0 and 255 staying what they are. Networks become 10.188.N, else 10.N.N, 192.168.N or
 * 0.N.N, whatever has the length.
 */
import { type Ipv4Address, ipv4FromNumber, ipv4ToNumber } from '../wire/address.ts';
import { u32At } from '../wire/bytes.ts';
import { Allotment } from './allotment.ts';
import type { Keyed } from './keyed.ts';
import type { Known } from './known.ts';

/** Octets by their number of digits, without 0 and 255. */
const CLASSES = [
  [1, 9],
  [10, 99],
  [100, 254],
] as const;
/** Attempts that are spent on 10.188.N before the rest of 10.0.0.0/8 is taken. */
const HOME_ATTEMPTS = 64;

export class Ipv4Pseudonyms {
  readonly #keyed: Keyed;
  readonly #known: Known;
  readonly #octets: readonly number[];
  readonly #networks: Allotment;
  /** Who has 10.N: one network of 16 bits, or several of 24. */
  readonly #halves = new Map<string, 16 | 24>();
  readonly #given = new Map<Ipv4Address, Ipv4Address>();

  constructor(keyed: Keyed, known: Known) {
    this.#keyed = keyed;
    this.#known = known;
    this.#octets = shuffledOctets(keyed);
    const originals = new Set([...known.ipv4].flatMap((address) => prefixesOf(address)));
    this.#networks = new Allotment('network', (network) => originals.has(network));
  }

  get given(): ReadonlyMap<Ipv4Address, Ipv4Address> {
    return this.#given;
  }

  of(address: Ipv4Address): Ipv4Address {
    if (isKeptIpv4(address)) return address;
    const known = this.#given.get(address);
    if (known !== undefined) return known;
    const pseudonym = this.#make(address);
    this.#given.set(address, pseudonym);
    return pseudonym;
  }

  #make(address: Ipv4Address): Ipv4Address {
    const bits = this.#known.maskBits(ipv4ToNumber(address));
    const [a, b, c, d] = octetsOf(address);
    const host = bits > 24 ? d : this.#octet(d);
    if (a === 169 && b === 254) return `169.254.${this.#octet(c)}.${host}` as Ipv4Address;
    if (bits >= 24) return `${this.#network(`${a}.${b}.${c}`, 24)}.${host}` as Ipv4Address;
    const third = bits > 16 ? c : this.#octet(c);
    return `${this.#network(`${a}.${b}`, 16)}.${third}.${host}` as Ipv4Address;
  }

  #octet(octet: number): number {
    return this.#octets[octet] as number;
  }

  #network(network: string, bits: 16 | 24): string {
    return this.#networks.of(network, (attempt) => {
      const random = this.#keyed.number('network', `${network} ${attempt}`);
      const candidate = bits === 24 ? network24(network, random, attempt) : network16(network, random);
      if (candidate === undefined || candidate.length !== network.length) return undefined;
      const half = candidate.split('.').slice(0, 2).join('.');
      const holder = this.#halves.get(half);
      if (holder !== undefined && (holder === 16 || bits === 16)) return undefined;
      this.#halves.set(half, bits);
      return candidate;
    });
  }
}

function network24(network: string, random: number, attempt: number): string | undefined {
  const digits = network.length - 2;
  const [high, low] = [random >>> 16, random & 0xffff];
  // 9 digits: only 192.168.N is private; 3: nothing is, and 0.0.0.0/8 is at least nobody's (RFC 6890).
  if (digits === 9) return `192.168.${ofDigits(3, low)}`;
  if (digits === 3) return `0.${ofDigits(1, high)}.${ofDigits(1, low)}`;
  const home = digits - '10188'.length;
  if (home >= 1 && attempt < HOME_ATTEMPTS) return `10.188.${ofDigits(home, low)}`;
  const second = Math.max(digits - 5, 1) + (attempt % 3);
  const third = digits - 2 - second;
  return second > 3 || third < 1 ? undefined : `10.${ofDigits(second, high)}.${ofDigits(third, low)}`;
}

function network16(network: string, random: number): string | undefined {
  const digits = network.length - 1;
  if (digits === 6) return `100.${100 + (random % 28)}`;
  if (digits === 2) return `0.${ofDigits(1, random)}`;
  const second = ofDigits(digits - 2, random);
  return second === 188 ? undefined : `10.${second}`;
}

/** An octet of so many digits. */
function ofDigits(digits: number, random: number): number {
  const [from, to] = CLASSES[digits - 1] ?? CLASSES[0];
  return from + (random % (to - from + 1));
}

function shuffledOctets(keyed: Keyed): readonly number[] {
  const octets = Array.from({ length: 256 }, (_, octet) => octet);
  const random = keyed.content('octets', 4 * octets.length);
  for (const [from, to] of CLASSES) {
    for (let at = to; at > from; at--) {
      const other = from + (u32At(random, 4 * at) % (at - from + 1));
      const kept = octets[at] as number;
      octets[at] = octets[other] as number;
      octets[other] = kept;
    }
  }
  return octets;
}

function octetsOf(address: Ipv4Address): readonly [number, number, number, number] {
  const value = ipv4ToNumber(address);
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}

function prefixesOf(address: Ipv4Address): readonly string[] {
  const [a, b, c] = octetsOf(address);
  return [`${a}.${b}`, `${a}.${b}.${c}`];
}

/**
 * What says nothing about a site: this network and loopback, multicast, the broadcast address (and masks, which begin
 * like it), documentation (RFC 5737).
 */
export function isKeptIpv4(address: Ipv4Address): boolean {
  const value = ipv4ToNumber(address);
  const first = value >>> 24;
  if (first === 0 || first === 127 || first >= 224) return true;
  return DOCUMENTATION.has(ipv4FromNumber((value & 0xffff_ff00) >>> 0));
}

const DOCUMENTATION: ReadonlySet<string> = new Set(['192.0.2.0', '198.51.100.0', '203.0.113.0']);
