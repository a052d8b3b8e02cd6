/**
 * Checksums after a change of the octets they cover, by the difference (RFC 1624): one that was right is right again, one that
 * was wrong is wrong by as much as before (it may be what the capture is about), and an absent one stays absent.
 */

import { u16At } from '../wire/bytes.ts';
import { addWords, foldSum } from '../wire/checksum.ts';

export type Sum = {
  /** All that the checksum covers, before and after; of the same length. */
  readonly before: Uint8Array;
  readonly after: Uint8Array;
  /** Where the checksum stands in them. */
  readonly at: number;
  /** Sums of the pseudo headers; 0 where there is none. */
  readonly pseudoBefore: number;
  readonly pseudoAfter: number;
};

const ONES = 0xffff;

/** Writes the checksum into `after`. `isUdp`: 0 says that there is none, and a sum of 0 is sent as ones (RFC 768). */
export function repairChecksum({ before, after, at, pseudoBefore, pseudoAfter }: Sum, isUdp = false): void {
  if (at + 2 > after.length) return;
  const field = u16At(before, at);
  if (isUdp && field === 0) return;
  const sum = (bytes: Uint8Array, pseudo: number): number => addWords(bytes, pseudo) - u16At(bytes, at);
  after.set([field >>> 8, field & 0xff], at);
  const [was, is] = [sum(before, pseudoBefore), sum(after, pseudoAfter)];
  const isRight = foldSum(was + field) === ONES;
  // Offload: the sender's network card would have finished it.
  const isUnfinished = !isRight && pseudoBefore > 0 && field === foldSum(pseudoBefore);
  const moved = isUnfinished ? foldSum(pseudoAfter) : (((field + was - is) % ONES) + ONES) % ONES;
  const written = moved === 0 && isUdp ? ONES : moved;
  after.set([written >>> 8, written & 0xff], at);
}
