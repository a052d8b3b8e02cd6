import { type Ipv4Address, ipv4FromNumber, ipv4ToNumber } from '../../wire/address.ts';
import type { AddressRange } from '../leases/address-pool.ts';

/** The network that an address lies in: 10.1.2.3 and 8 are 10.0.0.0. */
export function networkOf(address: Ipv4Address, prefixLength: number): Ipv4Address {
  const size = 2 ** (32 - prefixLength);
  return ipv4FromNumber(Math.floor(ipv4ToNumber(address) / size) * size);
}

/** What is left of some ranges without others. */
export function withoutRanges(
  ranges: readonly AddressRange[],
  excluded: readonly AddressRange[],
): readonly AddressRange[] {
  return excluded.reduce(
    (left, { first, last }) =>
      left.flatMap((range): AddressRange[] => {
        const [from, to] = [ipv4ToNumber(range.first), ipv4ToNumber(range.last)];
        const [cutFrom, cutTo] = [ipv4ToNumber(first), ipv4ToNumber(last)];
        if (cutTo < from || cutFrom > to) return [range];
        return [
          ...(cutFrom > from ? [{ first: range.first, last: ipv4FromNumber(cutFrom - 1) }] : []),
          ...(cutTo < to ? [{ first: ipv4FromNumber(cutTo + 1), last: range.last }] : []),
        ];
      }),
    ranges,
  );
}
