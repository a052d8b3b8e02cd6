/**
 * One direction of one TCP connection, from segments to octets in order: RFC 9293 §3.4 (sequence numbers), §3.10.7.4.
 *
 * Positions are octets of the stream, counted from 0: the first octet behind the SYN, or the first one seen where the capture
 * begins inside the connection. Octets are handed on as soon as all before them were. Where two segments carry the same octets
 * the first copy wins. What comes too early is copied and held, up to a bound.
 *
 * A hole is declared, and the stream goes on behind it, when nothing can fill it any more: the other side has acknowledged
 * octets behind it (so the capture missed them), the bound is reached, or the connection or the capture ends.
 *
 * Not handled: urgent data (it is part of the stream), PAWS, and a second connection on the same ports, which is the caller's
 * to notice (initialSeq tells).
 */
import type { Tcp } from './tcp.ts';

export type StreamItem<Tag> =
  /** `bytes` is a view into the segment, or a copy where it was held. The tag is that of the segment that brought it. */
  | { readonly kind: 'data'; readonly at: number; readonly bytes: Uint8Array; readonly tag: Tag }
  /** Octets that the capture does not hold: from the first position up to, not including, the second. */
  | { readonly kind: 'gap'; readonly from: number; readonly to: number }
  /** The last item. */
  | { readonly kind: 'end'; readonly by: 'fin' | 'rst'; readonly at: number; readonly tag: Tag };

export type ReassemblyLimits = {
  /** Octets that wait for earlier ones. */
  readonly heldOctets?: number;
  /** Pieces that wait, which bounds what tiny segments cost. */
  readonly heldPieces?: number;
};

/** RFC 7323 §2.3: no window is larger, so a segment farther off is not of this stream. */
const LARGEST_WINDOW = 2 ** 30;
/** Most acknowledgments bring nothing. */
const NOTHING: readonly never[] = [];

/** Without bytes it stands for octets that a snap length cut off. */
type Piece<Tag> = {
  readonly start: number;
  readonly end: number;
  readonly bytes: Uint8Array | undefined;
  readonly tag: Tag;
};

export class TcpReassembly<Tag> {
  readonly #limits: Required<ReassemblyLimits>;
  /** Sequence number of position 0, once a SYN, FIN or payload was seen. */
  #base: number | undefined;
  #initialSeq: number | undefined;
  /** Position of the next octet to hand on. */
  #next = 0;
  /** Sorted, apart from one another, all behind #next. */
  readonly #held: Piece<Tag>[] = [];
  #heldOctets = 0;
  #repeatedOctets = 0;
  #fin: { readonly at: number; readonly tag: Tag } | undefined;
  #ended = false;

  constructor(limits: ReassemblyLimits = {}) {
    this.#limits = { heldOctets: limits.heldOctets ?? 2 ** 20, heldPieces: limits.heldPieces ?? 4096 };
  }

  /** The SYN's sequence number; undefined where the capture has none. Another SYN with another number: another connection. */
  get initialSeq(): number | undefined {
    return this.#initialSeq;
  }

  /** Position of the next octet to hand on. */
  get position(): number {
    return this.#next;
  }

  get heldOctets(): number {
    return this.#heldOctets;
  }

  /** Octets that came more than once: retransmissions that the network, or the capture, already had. */
  get repeatedOctets(): number {
    return this.#repeatedOctets;
  }

  /** True once `end` was handed on: whatever comes is ignored. */
  get ended(): boolean {
    return this.#ended;
  }

  /** `missing`: octets of the payload that a snap length cut off (Ipv4Packet.missing). */
  segment(
    segment: Pick<Tcp, 'seq' | 'flags' | 'payload'>,
    tag: Tag,
    missing = 0,
  ): readonly StreamItem<Tag>[] {
    if (this.#ended) return NOTHING;
    const { flags, payload } = segment;
    const length = payload.length + missing;
    if (flags.syn) this.#initialSeq ??= segment.seq;
    if (flags.rst) return this.#reset(tag);
    // A bare acknowledgment says nothing about where the stream begins.
    if (!flags.syn && !flags.fin && length === 0) return NOTHING;

    const first = flags.syn ? (segment.seq + 1) >>> 0 : segment.seq;
    this.#base ??= first;
    const start = this.#position(first);
    if (Math.abs(start - this.#next) > LARGEST_WINDOW) return NOTHING;
    if (flags.fin) this.#fin ??= { at: start + length, tag };

    if (start === this.#next && this.#held.length === 0 && missing === 0 && this.#fin === undefined) {
      this.#next += length;
      return length === 0 ? NOTHING : [{ kind: 'data', at: start, bytes: payload, tag }];
    }
    const items: StreamItem<Tag>[] = [];
    this.#hold(start, payload, tag);
    this.#hold(start + payload.length, missing, tag);
    this.#handOn(items);
    this.#keepLimits(items);
    return items;
  }

  /** The other side acknowledges all before `ack`: what the capture has not shown of it by now, it never will. */
  acknowledged(ack: number): readonly StreamItem<Tag>[] {
    if (this.#ended || this.#base === undefined) return NOTHING;
    const position = this.#position(ack);
    if (position <= this.#next || position - this.#next > LARGEST_WINDOW) return NOTHING;
    const items: StreamItem<Tag>[] = [];
    this.#skipTo(position, items);
    return items;
  }

  /** The capture is over, or the caller gives the connection up: all that was held, with the holes between. */
  finish(): readonly StreamItem<Tag>[] {
    const items: StreamItem<Tag>[] = [];
    if (!this.#ended) this.#skipTo(this.#fin?.at ?? this.#held.at(-1)?.end ?? this.#next, items);
    return items;
  }

  /** Nearest to #next of all positions that have this sequence number: they come again every 2^32 octets. */
  #position(seq: number): number {
    const nextSeq = ((this.#base ?? 0) + this.#next) % 2 ** 32;
    return this.#next + ((seq - nextSeq) | 0);
  }

  #reset(tag: Tag): readonly StreamItem<Tag>[] {
    const items: StreamItem<Tag>[] = [];
    this.#skipTo(this.#held.at(-1)?.end ?? this.#next, items);
    if (!this.#ended) this.#end({ kind: 'end', by: 'rst', at: this.#next, tag }, items);
    return items;
  }

  #end(item: StreamItem<Tag>, items: StreamItem<Tag>[]): void {
    this.#ended = true;
    this.#held.length = 0;
    this.#heldOctets = 0;
    items.push(item);
  }

  /** Adds what is new of these octets (or of so many lost ones) to the pieces that wait. */
  #hold(start: number, octets: Uint8Array | number, tag: Tag): void {
    const length = typeof octets === 'number' ? octets : octets.length;
    // RFC 9293 §3.10.7.4: nothing belongs to the stream behind a FIN.
    const end = Math.min(start + length, this.#fin?.at ?? Number.POSITIVE_INFINITY);
    let at = 0;
    let from = Math.max(start, this.#next);
    let added = 0;
    while (from < end) {
      const piece = this.#held[at];
      if (piece !== undefined && piece.end <= from) {
        at++;
      } else if (piece !== undefined && piece.start <= from) {
        from = piece.end;
        at++;
      } else {
        const to = Math.min(end, piece?.start ?? end);
        // A copy: the segment is a view of a capture's buffer, which must not live as long as a hole.
        const bytes = typeof octets === 'number' ? undefined : octets.slice(from - start, to - start);
        this.#held.splice(at, 0, { start: from, end: to, bytes, tag });
        this.#heldOctets += bytes?.length ?? 0;
        added += to - from;
        from = to;
        at++;
      }
    }
    this.#repeatedOctets += Math.max(0, end - start - added);
  }

  #handOn(items: StreamItem<Tag>[]): void {
    let count = 0;
    for (const { start, end, bytes, tag } of this.#held) {
      if (start !== this.#next) break;
      if (bytes === undefined) items.push({ kind: 'gap', from: start, to: end });
      else items.push({ kind: 'data', at: start, bytes, tag });
      this.#heldOctets -= bytes?.length ?? 0;
      this.#next = end;
      count++;
    }
    if (count > 0) this.#held.splice(0, count);
    if (this.#fin !== undefined && this.#next >= this.#fin.at) {
      this.#end({ kind: 'end', by: 'fin', at: this.#next, tag: this.#fin.tag }, items);
    }
  }

  #skipTo(position: number, items: StreamItem<Tag>[]): void {
    const target = Math.min(position, this.#fin?.at ?? Number.POSITIVE_INFINITY);
    while (this.#next < target && !this.#ended) {
      const to = Math.min(target, this.#held[0]?.start ?? target);
      items.push({ kind: 'gap', from: this.#next, to });
      this.#next = to;
      this.#handOn(items);
    }
  }

  #keepLimits(items: StreamItem<Tag>[]): void {
    while (this.#heldOctets > this.#limits.heldOctets || this.#held.length > this.#limits.heldPieces) {
      this.#skipTo(this.#held[0]?.start ?? this.#next, items);
    }
  }
}
