/**
 * Ethernet: IEEE 802.3 §3.2 (frame, length/type), 802.1Q §9 (VLAN tags, stacked ones too), RFC 894.
 *
 *   | destination:6 | source:6 | ( tpid:u16 | tci:u16 )* | type or length:u16 | payload |
 *
 * A type is 0x0600 or more. Up to 1500 the field is the length of an LLC payload (802.3; see llc.ts), and what is
 * behind it is padding. Not handled: ISL, MACsec, the frame check sequence (captures rarely have it: it is in `trailing` or
 * in the upper layer's).
 */
import { type MacAddress, macFromBytes, macToBytes } from './address.ts';
import { ByteWriter, NO_BYTES, u16At } from './bytes.ts';
import { type ParseResult, truncated } from './wire-error.ts';

export const ETHER_TYPE = {
  ipv4: 0x0800,
  arp: 0x0806,
  ipv6: 0x86dd,
  vlan: 0x8100,
  serviceVlan: 0x88a8,
  /** Before 802.1ad some switches marked the outer tag so. */
  oldServiceVlan: 0x9100,
  pppoeSession: 0x8864,
} as const;

/** tci: priority (3 bits), drop eligible (1), VLAN id (12). */
export type VlanTag = { readonly tpid: number; readonly tci: number };

export type EthernetFrame = {
  /** `802.3`: etherType is a length and the payload starts with an LLC header. */
  readonly kind: 'ethernet-ii' | '802.3';
  readonly destination: MacAddress;
  readonly source: MacAddress;
  /** Outermost first. */
  readonly tags: readonly VlanTag[];
  /** The field as it stands on the wire. */
  readonly etherType: number;
  readonly payload: Uint8Array;
  /** 802.3 only: octets behind the length. Ethernet II has no length; its padding is the upper layer's `trailing`. */
  readonly trailing: Uint8Array;
  /** 802.3 only: octets that the length promises and that were not captured. */
  readonly missing: number;
};

/** Of an LLC payload: up to here the field is a length. */
const MAX_LENGTH = 1500;
const NO_TAGS: readonly VlanTag[] = [];

export function vlanId(tag: VlanTag): number {
  return tag.tci & 0x0fff;
}

/** The EtherType of a VLAN tag, which has another EtherType behind it. */
export function isTag(type: number): boolean {
  return type === ETHER_TYPE.vlan || type === ETHER_TYPE.serviceVlan || type === ETHER_TYPE.oldServiceVlan;
}

/** Never throws. The payload is a view. Errors: WIRE_TRUNCATED at `destination`, `source`, `tci` or `etherType`. */
export function parseEthernet(bytes: Uint8Array): ParseResult<EthernetFrame> {
  const have = bytes.length;
  if (have < 6) return truncated('destination', 0, 6, have);
  if (have < 12) return truncated('source', 6, 6, have - 6);
  if (have < 14) return truncated('etherType', 12, 2, have - 12);

  let at = 12;
  let etherType = u16At(bytes, at);
  let tags = NO_TAGS;
  if (isTag(etherType)) {
    const found: VlanTag[] = [];
    while (isTag(etherType)) {
      if (have < at + 4) return truncated('tci', at + 2, 2, have - at - 2);
      if (have < at + 6) return truncated('etherType', at + 4, 2, have - at - 4);
      found.push({ tpid: etherType, tci: u16At(bytes, at + 2) });
      at += 4;
      etherType = u16At(bytes, at);
    }
    tags = found;
  }
  at += 2;

  const isLength = etherType <= MAX_LENGTH;
  const end = isLength ? Math.min(have, at + etherType) : have;
  return {
    ok: true,
    value: {
      kind: isLength ? '802.3' : 'ethernet-ii',
      destination: macFromBytes(bytes, 0),
      source: macFromBytes(bytes, 6),
      tags,
      etherType,
      payload: bytes.subarray(at, end),
      trailing: end === have ? NO_BYTES : bytes.subarray(end),
      missing: isLength ? Math.max(0, at + etherType - have) : 0,
    },
  };
}

/** What serializeEthernet needs: any parsed frame is one. */
export type EthernetFields = Pick<EthernetFrame, 'destination' | 'source' | 'etherType' | 'payload'> &
  Partial<Pick<EthernetFrame, 'tags' | 'trailing'>>;

/** Byte-exact inverse. Adds no padding: the network card or the capture's reader does. `etherType` is written as it is. */
export function serializeEthernet(frame: EthernetFields): Uint8Array {
  const { destination, source, tags = NO_TAGS, etherType, payload, trailing = NO_BYTES } = frame;
  const w = new ByteWriter(14 + 4 * tags.length + payload.length + trailing.length);
  w.raw(macToBytes(destination)).raw(macToBytes(source));
  for (const tag of tags) w.u16('tpid', tag.tpid).u16('tci', tag.tci);
  return w.u16('etherType', etherType).raw(payload).raw(trailing).bytes();
}

/** `00:12:34:56:78:90 > ff:ff:ff:ff:ff:ff vlan 5 type 0x0800, 46 bytes` */
export function formatEthernet(frame: EthernetFrame): string {
  const vlans = frame.tags.map((tag) => ` vlan ${vlanId(tag)}`).join('');
  const type = frame.kind === '802.3' ? '802.3' : `type 0x${frame.etherType.toString(16).padStart(4, '0')}`;
  return `${frame.source} > ${frame.destination}${vlans} ${type}, ${frame.payload.length} bytes`;
}
