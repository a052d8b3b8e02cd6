/**
 * One IP datagram put together from its fragments: RFC 791 §3.2 (IPv4), RFC 8200 §4.5 (IPv6).
 *
 * Fragments come in any order, and again. Where two overlap, the octets that came first stay. (RFC 5722 asks a host to drop
 * an IPv6 datagram whose fragments overlap; who watches keeps what was there first.) Which fragments belong together,
 * and for how long one waits for them, is the caller's.
 */
import { NO_BYTES } from './bytes.ts';

/** RFC 791 §3.1: total length has 16 bits, and a payload is shorter by its header. */
const LONGEST = 0xffff;

/** Octets `from` to `to` of the datagram; `bytes` may be shorter: the capture cut the fragment. */
type Piece = { readonly from: number; readonly to: number; readonly bytes: Uint8Array };

export type DatagramFragment = {
  /** In octets. */
  readonly offset: number;
  readonly more: boolean;
  readonly payload: Uint8Array;
  /** Octets at the fragment's end that the capture does not hold. */
  readonly missing: number;
};

export class IpReassembly {
  /** In order, none over another. */
  readonly #pieces: Piece[] = [];
  #length: number | undefined;
  /** Of what was announced so far. */
  #end = 0;
  #announced = 0;
  #held = 0;

  /** Octets that are kept. */
  get heldOctets(): number {
    return this.#held;
  }

  /** Every octet was announced by some fragment. (The capture need not hold them all.) */
  get isComplete(): boolean {
    return this.#announced === this.#length;
  }

  /**
   * Keeps copies: the caller's octets are free afterwards. Left out: what reaches beyond 65,535 octets (RFC 791 §3.1), and what
   * contradicts the length that was known first.
   */
  add({ offset, more, payload, missing }: DatagramFragment): void {
    const end = offset + payload.length + missing;
    if (end > (this.#length ?? LONGEST)) return;
    if (!more && end >= this.#end) this.#length ??= end;
    this.#end = Math.max(this.#end, end);
    let from = offset;
    let i = this.#firstEndingBehind(offset);
    while (from < end) {
      const next = this.#pieces[i];
      const to = Math.min(end, next?.from ?? end);
      if (to > from) {
        const bytes = payload.slice(from - offset, to - offset);
        this.#pieces.splice(i, 0, { from, to, bytes });
        this.#held += bytes.length;
        this.#announced += to - from;
        i++;
      }
      from = next === undefined ? end : Math.max(from, next.to);
      i++;
    }
  }

  /** By halves: thousands of fragments of one datagram must not take longer and longer. */
  #firstEndingBehind(offset: number): number {
    let low = 0;
    let high = this.#pieces.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#pieces[middle] as Piece).to > offset) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** The octets up to the first that is not there, and how many of the datagram, as far as it is known, are not among them. */
  octets(): { readonly payload: Uint8Array; readonly missing: number } {
    const parts: Uint8Array[] = [];
    let end = 0;
    for (const piece of this.#pieces) {
      if (piece.from !== end) break;
      parts.push(piece.bytes);
      end += piece.bytes.length;
      if (end < piece.to) break;
    }
    const payload = parts.length === 0 ? NO_BYTES : joined(parts, end);
    return { payload, missing: (this.#length ?? this.#end) - end };
  }
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
