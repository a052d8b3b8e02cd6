import type { TimeResolution } from './capture-item.ts';

export const MICROSECONDS: TimeResolution = { base: 10, exponent: 6 };
export const NANOSECONDS: TimeResolution = { base: 10, exponent: 9 };

export const NS_PER_SECOND = 1_000_000_000n;

/** pcapng if_tsresol: the top bit chooses the base, the rest is the negative exponent. */
export function resolutionFromOctet(octet: number): TimeResolution {
  return { base: octet & 0x80 ? 2 : 10, exponent: octet & 0x7f };
}

const scratch = new DataView(new ArrayBuffer(8));

/** One allocation instead of the four of `(BigInt(high) << 32n) | BigInt(low)`: this runs once per frame. */
function joinU64(high: number, low: number): bigint {
  scratch.setUint32(0, high);
  scratch.setUint32(4, low);
  return scratch.getBigUint64(0);
}

/**
 * Turns a timestamp's two halves into nanoseconds since 1970. What is finer than a nanosecond is cut off.
 * `offsetSeconds` is pcapng's if_tsoffset, which may be negative.
 */
export function timestampToNs(
  resolution: TimeResolution,
  offsetSeconds: bigint,
): (high: number, low: number) => bigint {
  const offsetNs = offsetSeconds * NS_PER_SECOND;
  const units = BigInt(resolution.base) ** BigInt(resolution.exponent);
  if (offsetNs === 0n && units === NS_PER_SECOND) return joinU64;
  if (NS_PER_SECOND % units === 0n) {
    const factor = NS_PER_SECOND / units;
    return offsetNs === 0n
      ? (high, low) => joinU64(high, low) * factor
      : (high, low) => joinU64(high, low) * factor + offsetNs;
  }
  return (high, low) => (joinU64(high, low) * NS_PER_SECOND) / units + offsetNs;
}
