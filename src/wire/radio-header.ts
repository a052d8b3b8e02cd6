/**
 * What capturing drivers put before an 802.11 frame. Of all three only what is needed to come to the frame is read.
 *
 * - Radiotap (https://www.radiotap.org): | version:u8 | pad:u8 | length:u16 | present:u32+ | fields |, little-endian, each
 *   field on a multiple of its size. Read: flags (bit 1), which stand behind the time (bit 0).
 * - Prism (https://www.tcpdump.org/linktypes/LINKTYPE_IEEE802_11_PRISM.html): | message code:u32 | length:u32 | ... |, in the
 *   byte order of the machine that captured.
 * - AVS (https://www.tcpdump.org/linktypes/LINKTYPE_IEEE802_11_AVS.html): | magic:u32 | length:u32 | ... |, big-endian. Some
 *   drivers write it where the file says Prism.
 */
import { u32At } from './bytes.ts';
import { malformed, type ParseResult, truncated } from './wire-error.ts';

export type RadioHeader = {
  /** Octets before the 802.11 frame. */
  readonly length: number;
  /** The frame's header is filled up to a multiple of four octets. */
  readonly padded: boolean;
  /** The frame ends in its check sequence. */
  readonly hasFcs: boolean;
  /** The check sequence did not hold: what was received is not what was sent. */
  readonly badFcs: boolean;
};

const RADIOTAP_LEAST = 8;
const PRESENT_TIME = 0x01;
const PRESENT_FLAGS = 0x02;
const MORE_PRESENT = 0x80;
const TIME = 8;
const FLAG = { hasFcs: 0x10, padded: 0x20, badFcs: 0x40 } as const;
const PLAIN = { padded: false, hasFcs: false, badFcs: false } as const;

const AVS_MAGICS: readonly number[] = [0x80211001, 0x80211002];
/** DIDmsg_lnxind_wlansniffrm, from two drivers. */
const PRISM_CODES: readonly number[] = [0x00000041, 0x00000044];
const LENGTH_AND_CODE = 8;

/** Never throws. Errors: WIRE_TRUNCATED, WIRE_MALFORMED at `version` or `length`. */
export function parseRadiotap(bytes: Uint8Array): ParseResult<RadioHeader> {
  const have = bytes.length;
  if (have < RADIOTAP_LEAST) return truncated('present', 0, RADIOTAP_LEAST, have);
  if (bytes[0] !== 0) return malformed('version', 0, `wanted 0, got ${bytes[0]}`);
  const length = (bytes[2] as number) | ((bytes[3] as number) << 8);
  if (length < RADIOTAP_LEAST) return malformed('length', 2, `wanted at least 8, got ${length}`);
  if (have < length)
    return truncated('fields', RADIOTAP_LEAST, length - RADIOTAP_LEAST, have - RADIOTAP_LEAST);

  const present = bytes[4] as number;
  if ((present & PRESENT_FLAGS) === 0) return { ok: true, value: { length, ...PLAIN } };
  let at = 4;
  while (at + 4 <= length && ((bytes[at + 3] as number) & MORE_PRESENT) !== 0) at += 4;
  at += 4;
  if ((present & PRESENT_TIME) !== 0) at = ((at + TIME - 1) & ~(TIME - 1)) + TIME;
  if (at >= length) return malformed('length', 2, `wanted room for the flags at ${at}, got ${length}`);
  const flags = bytes[at] as number;
  return {
    ok: true,
    value: {
      length,
      padded: (flags & FLAG.padded) !== 0,
      hasFcs: (flags & FLAG.hasFcs) !== 0,
      badFcs: (flags & FLAG.badFcs) !== 0,
    },
  };
}

/** Prism or AVS, told by their first octets. Never throws. Errors: as parseRadiotap, at `message code` or `length`. */
export function parsePrismOrAvs(bytes: Uint8Array): ParseResult<RadioHeader> {
  const have = bytes.length;
  if (have < LENGTH_AND_CODE) return truncated('length', 0, LENGTH_AND_CODE, have);
  const big = u32At(bytes, 0);
  const isAvs = AVS_MAGICS.includes(big);
  const little = u32Little(bytes, 0);
  if (!isAvs && !PRISM_CODES.includes(big) && !PRISM_CODES.includes(little)) {
    const got = `0x${big.toString(16).padStart(8, '0')}`;
    return malformed('message code', 0, `wanted Prism's 0x41 or 0x44, or AVS's magic number, got ${got}`);
  }
  const length = isAvs || PRISM_CODES.includes(big) ? u32At(bytes, 4) : u32Little(bytes, 4);
  if (length < LENGTH_AND_CODE) return malformed('length', 4, `wanted at least 8, got ${length}`);
  if (have < length)
    return truncated('fields', LENGTH_AND_CODE, length - LENGTH_AND_CODE, have - LENGTH_AND_CODE);
  return { ok: true, value: { length, ...PLAIN } };
}

function u32Little(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true);
}
