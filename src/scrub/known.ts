import { type IpAddress, type Ipv4Address, ipv4ToNumber } from '../wire/address.ts';

/** A network that DHCP told of: its first address as a number, and the length of its mask. */
export type Subnet = { readonly network: number; readonly bits: number };

/** What a capture says of the site it is from: collected in a first round, so that the second knows all of it. */
export class Known {
  readonly macs = new Set<string>();
  readonly ipv4 = new Set<Ipv4Address>();
  readonly ipv6 = new Set<IpAddress>();
  /** Hex of the 16 octets as they stood in option 97 or a DUID. */
  readonly uuids = new Set<string>();
  /** The same, as text has them: in either order of their first three groups. */
  readonly uuidTexts = new Set<string>();
  /** Lower case, with at least one dot. */
  readonly names = new Set<string>();
  /** Lower case: what a machine, or the organisation, is called. */
  readonly words = new Set<string>();
  readonly labels = new Set<string>();
  readonly serials = new Set<string>();
  readonly #subnets = new Map<string, Subnet>();

  addSubnet(address: Ipv4Address, mask: Ipv4Address): void {
    const value = ipv4ToNumber(mask);
    const bits = Math.clz32(~value >>> 0);
    // A mask with a hole in it is none.
    if (value !== maskOf(bits) || bits < 8 || bits > 30) return;
    const network = (ipv4ToNumber(address) & value) >>> 0;
    this.#subnets.set(`${network}/${bits}`, { network, bits });
  }

  /** Of the largest network that is known to hold the address; 24 where none is. */
  maskBits(address: number): number {
    let least = 33;
    for (const { network, bits } of this.#subnets.values()) {
      if ((address & maskOf(bits)) >>> 0 === network && bits < least) least = bits;
    }
    return least === 33 ? 24 : least;
  }
}

function maskOf(bits: number): number {
  return bits === 0 ? 0 : (0xffff_ffff << (32 - bits)) >>> 0;
}
