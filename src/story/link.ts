import type { Frame } from '../pcap/frame.ts';
import { LINKTYPE } from '../pcap/link-type.ts';
import type { MacAddress } from '../wire/address.ts';
import { u16At } from '../wire/bytes.ts';
import { ETHER_TYPE, isTag, parseEthernet } from '../wire/ethernet.ts';
import { ieee80211Flags, isAggregated, isFragmented, parseIeee80211 } from '../wire/ieee80211.ts';
import {
  ARPHRD,
  COOKED_LLC,
  cookedSource,
  type LinuxCooked,
  parseLinuxCooked,
  parseLinuxCooked2,
} from '../wire/linux-cooked.ts';
import { parseLlc } from '../wire/llc.ts';
import { PPP_PROTOCOL, parsePppoeSession } from '../wire/pppoe.ts';
import { parsePrismOrAvs, parseRadiotap, type RadioHeader } from '../wire/radio-header.ts';
import { isLlcFrame, parseTokenRing } from '../wire/token-ring.ts';
import type { ParseResult, WireError } from '../wire/wire-error.ts';
import type { PacketResult } from './packet.ts';

export type Macs = { readonly source: MacAddress | undefined; readonly destination: MacAddress | undefined };

/** IP, and who sent it to whom; or why there is none. */
export type LinkResult =
  | (Macs & { readonly kind: 'ipv4' | 'ipv6'; readonly payload: Uint8Array })
  | Exclude<PacketResult, { readonly kind: 'packet' }>;

/** A field of two octets. */
const FIELD = 2;
const NO_MACS: Macs = { source: undefined, destination: undefined };
const NO_RADIO_HEADER: RadioHeader = { length: 0, padded: false, hasFcs: false, badFcs: false };

/** Opens a frame as far as IP. Never throws, whatever the bytes. */
export function openLink(frame: Frame): LinkResult {
  const { bytes } = frame;
  switch (frame.linkType) {
    case LINKTYPE.ethernet: {
      const ethernet = parseEthernet(bytes);
      if (!ethernet.ok) return unreadable('Ethernet', ethernet.error);
      const { source, destination, etherType, payload, kind } = ethernet.value;
      if (etherType === ETHER_TYPE.ipv4) return { kind: 'ipv4', source, destination, payload };
      const macs = { source, destination };
      return kind === '802.3' ? openLlc(payload, macs) : openEtherType(etherType, payload, macs);
    }
    case LINKTYPE.tokenRing: {
      const ring = parseTokenRing(bytes);
      if (!ring.ok) return unreadable('Token Ring', ring.error);
      const { source, destination, payload } = ring.value;
      if (!isLlcFrame(ring.value)) return { kind: 'not-ip', sourceMac: source };
      return openLlc(payload, { source, destination });
    }
    case LINKTYPE.linuxSll:
      return openCooked(parseLinuxCooked(bytes));
    case LINKTYPE.linuxSll2:
      return openCooked(parseLinuxCooked2(bytes));
    case LINKTYPE.ieee80211:
      return openIeee80211(bytes, NO_RADIO_HEADER);
    case LINKTYPE.ieee80211Radiotap:
      return behindRadio(bytes, 'radiotap', parseRadiotap(bytes));
    case LINKTYPE.ieee80211Prism:
    case LINKTYPE.ieee80211Avs:
      return behindRadio(bytes, 'Prism', parsePrismOrAvs(bytes));
    // Four octets of address family in the byte order of the machine that captured: the IP version nibble says it better.
    case LINKTYPE.null:
    case LINKTYPE.loop:
      return openIp(bytes.subarray(4));
    case LINKTYPE.raw:
    case LINKTYPE.ipv4:
    case LINKTYPE.ipv6:
      return openIp(bytes);
    default:
      return { kind: 'link-type', linkType: frame.linkType };
  }
}

function openIp(payload: Uint8Array): LinkResult {
  const version = (payload[0] ?? 0) >> 4;
  return { kind: version === 6 ? 'ipv6' : 'ipv4', ...NO_MACS, payload };
}

/** Tags may still stand before the type: Linux puts them back into cooked captures. */
function openEtherType(type: number, bytes: Uint8Array, macs: Macs): LinkResult {
  let etherType = type;
  let payload = bytes;
  while (isTag(etherType) && payload.length >= 2 * FIELD) {
    etherType = u16At(payload, FIELD);
    payload = payload.subarray(2 * FIELD);
  }
  const { source, destination } = macs;
  if (etherType === ETHER_TYPE.ipv4) return { kind: 'ipv4', source, destination, payload };
  if (etherType === ETHER_TYPE.ipv6) return { kind: 'ipv6', source, destination, payload };
  if (etherType !== ETHER_TYPE.pppoeSession) return { kind: 'not-ip', sourceMac: source };
  const ppp = parsePppoeSession(payload);
  if (!ppp.ok) return unreadable('PPPoE', ppp.error, source);
  const { protocol } = ppp.value;
  if (protocol === PPP_PROTOCOL.ipv4)
    return { kind: 'ipv4', source, destination, payload: ppp.value.payload };
  if (protocol === PPP_PROTOCOL.ipv6)
    return { kind: 'ipv6', source, destination, payload: ppp.value.payload };
  return { kind: 'not-ip', sourceMac: source };
}

function openLlc(bytes: Uint8Array, macs: Macs): LinkResult {
  const llc = parseLlc(bytes);
  if (!llc.ok) return unreadable('LLC', llc.error, macs.source);
  // RFC 1042: with organisation code 0 (802.1H's tunnel for some protocols aside) an EtherType follows.
  if (llc.value.kind !== 'snap' || llc.value.oui !== 0) return { kind: 'not-ip', sourceMac: macs.source };
  return openEtherType(llc.value.protocol, llc.value.payload, macs);
}

function openCooked(parsed: ParseResult<LinuxCooked>): LinkResult {
  if (!parsed.ok) return unreadable('Linux cooked', parsed.error);
  const { hardwareType, protocol, payload } = parsed.value;
  // For these two the protocol field holds something else than an EtherType (the registry's page has the list).
  if (hardwareType === ARPHRD.netlink) return { kind: 'not-ip', sourceMac: undefined };
  if (hardwareType === ARPHRD.radiotap) return behindRadio(payload, 'radiotap', parseRadiotap(payload));
  const macs = { source: cookedSource(parsed.value), destination: undefined };
  return protocol === COOKED_LLC ? openLlc(payload, macs) : openEtherType(protocol, payload, macs);
}

function behindRadio(bytes: Uint8Array, name: string, header: ParseResult<RadioHeader>): LinkResult {
  if (!header.ok) return unreadable(name, header.error);
  return openIeee80211(bytes.subarray(header.value.length), header.value);
}

function openIeee80211(bytes: Uint8Array, { padded, badFcs }: RadioHeader): LinkResult {
  if (badFcs) return { kind: 'unopened', why: 'damaged' };
  const parsed = parseIeee80211(bytes, padded);
  if (!parsed.ok) return unreadable('802.11', parsed.error);
  const frame = parsed.value;
  if (frame.kind === 'other') return { kind: 'not-ip', sourceMac: undefined };
  const { isProtected, hasNoData } = ieee80211Flags(frame.control);
  const { source, destination, body } = frame;
  if (hasNoData) return { kind: 'not-ip', sourceMac: source };
  if (isProtected) return { kind: 'unopened', why: 'encrypted' };
  if (isAggregated(frame) || isFragmented(frame)) return { kind: 'unopened', why: 'aggregated' };
  return openLlc(body, { source, destination });
}

function unreadable(protocol: string, error: WireError, sourceMac?: MacAddress): LinkResult {
  return { kind: 'unreadable', protocol, error, sourceMac };
}
