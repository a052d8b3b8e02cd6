/**
 * 802.11 data frames: IEEE 802.11-2020 §9.2.4 (fields of the header), §9.3.2 (data frames).
 *
 *   | frame control:u16 | duration:u16 | address 1:6 | address 2:6 | address 3:6 | sequence control:u16 |
 *   | address 4:6, between access points | QoS control:u16 | HT control:u32 | body |
 *
 * Numbers are in little-endian order. The body of a data frame starts with an LLC header (llc.ts). Not handled: what is
 * inside management and control frames (their octets stay), decryption, A-MSDUs (the QoS control tells them),
 * fragments. The frame check sequence, where a capture has it, is the end of the body.
 */
import { type MacAddress, macFromBytes, macToBytes } from './address.ts';
import { ByteWriter, NO_BYTES } from './bytes.ts';
import { type ParseResult, truncated } from './wire-error.ts';

export type Ieee80211Frame =
  | {
      readonly kind: 'data';
      /** As on the wire. `ieee80211Flags` reads it. */
      readonly control: number;
      readonly duration: number;
      readonly addresses: readonly MacAddress[];
      readonly source: MacAddress;
      readonly destination: MacAddress;
      readonly sequence: number;
      readonly qos: number | undefined;
      readonly ht: Uint8Array | undefined;
      readonly body: Uint8Array;
    }
  /** Management and control frames, and what extends them. */
  | { readonly kind: 'other'; readonly control: number; readonly body: Uint8Array };

export type Ieee80211Flags = {
  readonly toDs: boolean;
  readonly fromDs: boolean;
  readonly moreFragments: boolean;
  readonly retry: boolean;
  /** The body is encrypted. */
  readonly isProtected: boolean;
  readonly order: boolean;
  /** Subtypes without a body: Null and QoS Null. */
  readonly hasNoData: boolean;
  readonly isQos: boolean;
};

const DATA_TYPE = 2;
const SHORT_HEADER = 24;
const ADDRESS_4 = 6;
const QOS = 2;
const HT = 4;
const AMSDU_PRESENT = 0x80;
const FRAGMENT_NUMBER = 0x0f;

export function ieee80211Flags(control: number): Ieee80211Flags {
  return {
    toDs: (control & 0x0100) !== 0,
    fromDs: (control & 0x0200) !== 0,
    moreFragments: (control & 0x0400) !== 0,
    retry: (control & 0x0800) !== 0,
    isProtected: (control & 0x4000) !== 0,
    order: (control & 0x8000) !== 0,
    hasNoData: (control & 0x0040) !== 0,
    isQos: (control & 0x0080) !== 0,
  };
}

/** §9.3.2.2: several frames in one body. */
export function isAggregated(frame: { readonly qos: number | undefined }): boolean {
  return ((frame.qos ?? 0) & AMSDU_PRESENT) !== 0;
}

/** A part of a frame that was sent in several. */
export function isFragmented(frame: { readonly control: number; readonly sequence: number }): boolean {
  return ieee80211Flags(frame.control).moreFragments || (frame.sequence & FRAGMENT_NUMBER) !== 0;
}

function little16(bytes: Uint8Array, at: number): number {
  return (bytes[at] as number) | ((bytes[at + 1] as number) << 8);
}

/**
 * Never throws. `padded`: the driver filled the header up to a multiple of four (radiotap's flag 0x20). The body is a view.
 * Errors: WIRE_TRUNCATED at the field that is cut.
 */
export function parseIeee80211(bytes: Uint8Array, padded = false): ParseResult<Ieee80211Frame> {
  const have = bytes.length;
  if (have < 2) return truncated('frame control', 0, 2, have);
  const control = little16(bytes, 0);
  // Version 0, type 2: every data frame there is.
  if ((control & 0x000f) !== DATA_TYPE << 2)
    return { ok: true, value: { kind: 'other', control, body: bytes.subarray(2) } };
  if (have < SHORT_HEADER) return cutHeader(have);
  const flags = ieee80211Flags(control);

  const addresses = [macFromBytes(bytes, 4), macFromBytes(bytes, 10), macFromBytes(bytes, 16)];
  let at = SHORT_HEADER;
  if (flags.toDs && flags.fromDs) {
    if (have < at + ADDRESS_4) return truncated('address 4', at, ADDRESS_4, have - at);
    addresses.push(macFromBytes(bytes, at));
    at += ADDRESS_4;
  }
  let qos: number | undefined;
  if (flags.isQos) {
    if (have < at + QOS) return truncated('QoS control', at, QOS, have - at);
    qos = little16(bytes, at);
    at += QOS;
  }
  let ht: Uint8Array | undefined;
  // §9.2.4.1.10: in QoS data frames the bit says that an HT control field is there.
  if (flags.isQos && flags.order) {
    if (have < at + HT) return truncated('HT control', at, HT, have - at);
    ht = bytes.subarray(at, at + HT);
    at += HT;
  }
  if (padded) at = Math.min(have, (at + 3) & ~3);
  const [first, second, third, fourth] = addresses as [MacAddress, MacAddress, MacAddress, MacAddress?];
  return {
    ok: true,
    value: {
      kind: 'data',
      control,
      duration: little16(bytes, 2),
      addresses,
      // §9.3.2.1, table "Address field contents".
      source: flags.fromDs ? (fourth ?? third) : second,
      destination: flags.toDs ? third : first,
      sequence: little16(bytes, 22),
      qos,
      ht,
      body: at === have ? NO_BYTES : bytes.subarray(at),
    },
  };
}

function cutHeader(have: number): ReturnType<typeof truncated> {
  if (have < 4) return truncated('duration', 2, 2, have - 2);
  for (const [i, at] of [4, 10, 16].entries()) {
    if (have < at + 6) return truncated(`address ${i + 1}`, at, 6, have - at);
  }
  return truncated('sequence control', 22, 2, have - 22);
}

/** Byte-exact inverse, without padding. Source and destination are in the addresses, and not looked at. */
export function serializeIeee80211(frame: Ieee80211Frame): Uint8Array {
  const w = new ByteWriter(SHORT_HEADER + ADDRESS_4 + QOS + HT + frame.body.length);
  u16Little(w, 'frame control', frame.control);
  if (frame.kind === 'other') return w.raw(frame.body).bytes();
  u16Little(w, 'duration', frame.duration);
  for (const address of frame.addresses.slice(0, 3)) w.raw(macToBytes(address));
  u16Little(w, 'sequence control', frame.sequence);
  for (const address of frame.addresses.slice(3)) w.raw(macToBytes(address));
  if (frame.qos !== undefined) u16Little(w, 'QoS control', frame.qos);
  if (frame.ht !== undefined) w.raw(frame.ht);
  return w.raw(frame.body).bytes();
}

function u16Little(w: ByteWriter, field: string, value: number): void {
  w.u8(field, value & 0xff).u8(field, value >>> 8);
}

/** `802.11 data 00:12:34:56:78:90 > ff:ff:ff:ff:ff:ff, 54 bytes` and what is odd. */
export function formatIeee80211(frame: Ieee80211Frame): string {
  if (frame.kind === 'other') return `802.11 frame control 0x${frame.control.toString(16).padStart(4, '0')}`;
  const secret = ieee80211Flags(frame.control).isProtected ? ', encrypted' : '';
  return `802.11 data ${frame.source} > ${frame.destination}, ${frame.body.length} bytes${secret}`;
}
