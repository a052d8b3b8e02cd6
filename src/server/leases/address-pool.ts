import { type Ipv4Address, ipv4ToNumber } from '../../wire/address.ts';

export type AddressRange = { readonly first: Ipv4Address; readonly last: Ipv4Address };

/** Addresses a server may give to anybody, as numbers in network order. */
export class AddressPool {
  readonly #ranges: readonly { readonly first: number; readonly size: number }[];
  readonly #excluded: ReadonlySet<number>;
  /** With the excluded ones. */
  readonly size: number;
  /** Without them. */
  readonly available: number;

  /** `excluded`: the server's own addresses, routers, reservations. */
  constructor(ranges: readonly AddressRange[], excluded: Iterable<Ipv4Address>) {
    this.#ranges = ranges.map(({ first, last }) => ({
      first: ipv4ToNumber(first),
      size: ipv4ToNumber(last) - ipv4ToNumber(first) + 1,
    }));
    this.#excluded = new Set(Array.from(excluded, ipv4ToNumber));
    this.size = this.#ranges.reduce((sum, range) => sum + range.size, 0);
    const left = (address: number): boolean =>
      this.#ranges.some(({ first, size }) => address >= first && address < first + size);
    this.available = this.size - [...this.#excluded].filter(left).length;
  }

  has(address: number): boolean {
    return (
      !this.#excluded.has(address) &&
      this.#ranges.some(({ first, size }) => address >= first && address < first + size)
    );
  }

  /** The address at a position from 0 to size - 1; undefined where that one is excluded. */
  at(position: number): number | undefined {
    let rest = position;
    for (const { first, size } of this.#ranges) {
      if (rest < size) return this.#excluded.has(first + rest) ? undefined : first + rest;
      rest -= size;
    }
    return undefined;
  }
}
