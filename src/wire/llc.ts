/**
 * LLC and SNAP: IEEE 802.2 §3 (LLC PDU), RFC 1042 (IP over IEEE 802 networks: SNAP with organisation code 0).
 * Found behind an 802.3 length, on Token Ring and on 802.11.
 *
 *   LLC    | dsap:u8 | ssap:u8 | control:u8 or u16 | ... |
 *   SNAP   | aa | aa | 03 | organisation code:3 | protocol:u16 | payload |
 *
 * Not handled: what is inside an LLC service (spanning tree, NetBIOS): it stays payload.
 */
import { ByteReader, ByteWriter } from './bytes.ts';
import { type ParseResult, parsing } from './wire-error.ts';

export type Llc = {
  readonly dsap: number;
  readonly ssap: number /** The first octet on the wire is the low one. */;
  readonly control: number;
} & (
  | { readonly kind: 'llc'; readonly payload: Uint8Array }
  /** With organisation code 0 the protocol is an EtherType. */
  | { readonly kind: 'snap'; readonly oui: number; readonly protocol: number; readonly payload: Uint8Array }
);

const SNAP_SAP = 0xaa;
const UNNUMBERED = 0x03;

/** Never throws. Errors: WIRE_TRUNCATED at `dsap`, `ssap`, `control`, `organisation code`, `protocol`. */
export function parseLlc(bytes: Uint8Array): ParseResult<Llc> {
  return parsing((): Llc => {
    const r = new ByteReader(bytes);
    const dsap = r.u8('dsap');
    const ssap = r.u8('ssap');
    const low = r.u8('control');
    // Unnumbered frames (both low bits set) have one control octet, information and supervisory ones two.
    const control = (low & UNNUMBERED) === UNNUMBERED ? low : low | (r.u8('control') << 8);
    if (dsap !== SNAP_SAP || ssap !== SNAP_SAP || control !== UNNUMBERED) {
      return { kind: 'llc', dsap, ssap, control, payload: r.rest() };
    }
    const oui = r.u8('organisation code') * 0x10000 + r.u16('organisation code');
    return { kind: 'snap', dsap, ssap, control, oui, protocol: r.u16('protocol'), payload: r.rest() };
  });
}

/** Byte-exact inverse. */
export function serializeLlc(llc: Llc): Uint8Array {
  const w = new ByteWriter(8 + llc.payload.length).u8('dsap', llc.dsap).u8('ssap', llc.ssap);
  w.u8('control', llc.control & 0xff);
  if ((llc.control & UNNUMBERED) !== UNNUMBERED) w.u8('control', llc.control >>> 8);
  if (llc.kind === 'snap') {
    w.u8('organisation code', llc.oui >>> 16)
      .u16('organisation code', llc.oui & 0xffff)
      .u16('protocol', llc.protocol);
  }
  return w.raw(llc.payload).bytes();
}

/** `LLC snap oui 0x000000 protocol 0x0800, 28 bytes` */
export function formatLlc(llc: Llc): string {
  const hex = (value: number, digits: number): string => `0x${value.toString(16).padStart(digits, '0')}`;
  const what =
    llc.kind === 'snap'
      ? `snap oui ${hex(llc.oui, 6)} protocol ${hex(llc.protocol, 4)}`
      : `dsap ${hex(llc.dsap, 2)} ssap ${hex(llc.ssap, 2)} control ${hex(llc.control, 2)}`;
  return `LLC ${what}, ${llc.payload.length} bytes`;
}
