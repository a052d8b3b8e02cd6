/**
 * Token Ring: IEEE 802.5 §3.1 (frame), 802.1D annex C (routing information); as captures hold it:
 * https://www.tcpdump.org/linktypes.html, LINKTYPE_IEEE802_5.
 *
 *   | access control:u8 | frame control:u8 | destination:6 | source:6 | ( routing information:2-30 )? | LLC |
 *
 * Not handled: what is inside the ring's own frames (MAC frames): it stays payload.
 */
import { type MacAddress, macFromBytes, macToBytes } from './address.ts';
import { ByteWriter, NO_BYTES } from './bytes.ts';
import { malformed, type ParseResult, truncated } from './wire-error.ts';

export type TokenRingFrame = {
  readonly accessControl: number;
  readonly frameControl: number;
  readonly destination: MacAddress;
  /** Without the bit that announces routing information. */
  readonly source: MacAddress;
  /** Empty where there is none. */
  readonly routing: Uint8Array;
  /** Starts with an LLC header (llc.ts), if `isLlcFrame`. */
  readonly payload: Uint8Array;
};

const HEADER = 14;
const SOURCE = 8;
/** The group bit, which no source needs, says that routing information follows. */
const ROUTED = 0x80;
const ROUTING_LENGTH = 0x1f;
const LLC_FRAME = 0x40;
const FRAME_TYPE = 0xc0;

export function isLlcFrame({ frameControl }: Pick<TokenRingFrame, 'frameControl'>): boolean {
  return (frameControl & FRAME_TYPE) === LLC_FRAME;
}

/** Never throws. Errors: WIRE_TRUNCATED; WIRE_MALFORMED at a `routing information` whose length is odd or below 2. */
export function parseTokenRing(bytes: Uint8Array): ParseResult<TokenRingFrame> {
  const have = bytes.length;
  if (have < 2) return truncated('access control', 0, 2, have);
  if (have < SOURCE) return truncated('destination', 2, 6, have - 2);
  if (have < HEADER) return truncated('source', SOURCE, 6, have - SOURCE);
  const sender = bytes.slice(SOURCE, HEADER);
  const isRouted = ((sender[0] as number) & ROUTED) !== 0;
  let end = HEADER;
  if (isRouted) {
    if (have < HEADER + 2) return truncated('routing information', HEADER, 2, have - HEADER);
    const length = (bytes[HEADER] as number) & ROUTING_LENGTH;
    if (length < 2 || length % 2 !== 0) {
      return malformed('routing information', HEADER, `wanted an even length from 2, got ${length}`);
    }
    if (have < HEADER + length) return truncated('routing information', HEADER, length, have - HEADER);
    end += length;
    sender[0] = (sender[0] as number) & ~ROUTED;
  }
  return {
    ok: true,
    value: {
      accessControl: bytes[0] as number,
      frameControl: bytes[1] as number,
      destination: macFromBytes(bytes, 2),
      source: macFromBytes(sender),
      routing: isRouted ? bytes.subarray(HEADER, end) : NO_BYTES,
      payload: bytes.subarray(end),
    },
  };
}

/** Byte-exact inverse: routing information is announced where there is some. */
export function serializeTokenRing(frame: TokenRingFrame): Uint8Array {
  const source = macToBytes(frame.source);
  if (frame.routing.length > 0) source[0] = (source[0] as number) | ROUTED;
  return new ByteWriter(HEADER + frame.routing.length + frame.payload.length)
    .u8('access control', frame.accessControl)
    .u8('frame control', frame.frameControl)
    .raw(macToBytes(frame.destination))
    .raw(source)
    .raw(frame.routing)
    .raw(frame.payload)
    .bytes();
}

/** `Token Ring 00:06:29:17:93:f8 > 00:20:35:01:2b:59, 63 bytes` */
export function formatTokenRing(frame: TokenRingFrame): string {
  const routed = frame.routing.length > 0 ? ', source routed' : '';
  return `Token Ring ${frame.source} > ${frame.destination}, ${frame.payload.length} bytes${routed}`;
}
