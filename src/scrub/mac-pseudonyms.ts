import { type MacAddress, macToBytes } from '../wire/address.ts';
import { toHex } from '../wire/bytes.ts';
import { Allotment } from './allotment.ts';
import type { Keyed } from './keyed.ts';
import type { Known } from './known.ts';

/**
 * What the first octet says of an address: group and local, on Ethernet the last two bits, on Token Ring, whose first bit on the wire is the
 * highest, the first two. There the group bit of a source announces routing information (RFC 1042).
 */
const ADDRESS_BITS = 0xc3;

/** Hardware addresses: the vendor's three octets stay, since firmware and servers go by them, unless told otherwise. */
export class MacPseudonyms {
  readonly #keyed: Keyed;
  readonly #hideVendor: boolean;
  readonly #allotment: Allotment;

  constructor(keyed: Keyed, known: Known, hideVendor: boolean) {
    this.#keyed = keyed;
    this.#hideVendor = hideVendor;
    this.#allotment = new Allotment('MAC address', (mac) => known.macs.has(mac));
  }

  get given(): ReadonlyMap<string, string> {
    return this.#allotment.given;
  }

  of(mac: MacAddress): MacAddress {
    if (isKeptMac(mac)) return mac;
    return this.#allotment.of(mac, (attempt) => {
      const random = this.#keyed.digest('mac', `${mac} ${attempt}`);
      const octets = macToBytes(mac);
      const from = this.#hideVendor ? 0 : 3;
      for (let i = from; i < 6; i++) octets[i] = random[i] as number;
      if (this.#hideVendor)
        octets[0] = ((random[0] as number) & ~ADDRESS_BITS) | ((macToBytes(mac)[0] as number) & ADDRESS_BITS);
      return toHex(octets).replace(/..(?=.)/g, '$&:');
    }) as MacAddress;
  }
}

/** Groups, and the addresses of no one machine: none at all, and virtual routers (RFC 5798 §7.3). */
export function isKeptMac(mac: MacAddress): boolean {
  const first = Number.parseInt(mac.slice(0, 2), 16);
  return (first & 1) === 1 || mac === '00:00:00:00:00:00' || mac.startsWith('00:00:5e:00:01:');
}
