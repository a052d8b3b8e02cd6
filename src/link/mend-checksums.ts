import { type AddressPair, checksumState, internetChecksum, pseudoHeaderSum } from '../wire/checksum.ts';
import { ETHER_TYPE, parseEthernet } from '../wire/ethernet.ts';
import { IP_PROTOCOL, isFragment, parseIpv4 } from '../wire/ipv4.ts';
import { parseIpv6 } from '../wire/ipv6.ts';

/** Where the checksum stands in a packet of these. */
const FIELD_AT: Readonly<Record<number, number>> = {
  [IP_PROTOCOL.udp]: 6,
  [IP_PROTOCOL.tcp]: 16,
  [IP_PROTOCOL.icmp]: 2,
  [IP_PROTOCOL.icmpv6]: 2,
};
const IPV4_FIELD_AT = 10;
const SHORTEST_HEADER = 8;

/**
 * The frame with right checksums: `unfinished`, only those that the sending kernel left to hardware (a wrong one stays
 * wrong); `all`, IPv4's too. The frame itself where there is nothing to do. Fragments and cut packets are left alone.
 */
export function mendChecksums(frame: Uint8Array, which: 'unfinished' | 'all'): Uint8Array {
  const ethernet = parseEthernet(frame);
  if (!ethernet.ok) return frame;
  const { etherType, payload } = ethernet.value;
  const isIpv4 = etherType === ETHER_TYPE.ipv4;
  if (!isIpv4 && etherType !== ETHER_TYPE.ipv6) return frame;
  const parsed = isIpv4 ? parseIpv4(payload) : parseIpv6(payload);
  if (!parsed.ok) return frame;
  const packet = parsed.value;
  const mended = frame.slice();
  const at = (part: Uint8Array): number => part.byteOffset - frame.byteOffset;
  let changed = false;
  const put = (where: number, value: number): void => {
    mended[where] = value >>> 8;
    mended[where + 1] = value & 0xff;
    changed = true;
  };

  if (isIpv4 && which === 'all') {
    const header = mended.subarray(at(payload), at(packet.payload));
    header.fill(0, IPV4_FIELD_AT, IPV4_FIELD_AT + 2);
    put(at(payload) + IPV4_FIELD_AT, internetChecksum(header));
  }
  const inside = packet.payload;
  const field = FIELD_AT[packet.protocol];
  if (field === undefined || isFragment(packet) || packet.missing > 0 || inside.length < SHORTEST_HEADER) {
    return changed ? mended : frame;
  }
  const addresses: AddressPair = packet;
  const value = ((inside[field] ?? 0) << 8) | (inside[field + 1] ?? 0);
  const none = packet.protocol === IP_PROTOCOL.udp && value === 0;
  // ICMP has no pseudo header, so no kernel leaves its checksum to hardware.
  const offloaded = packet.protocol !== IP_PROTOCOL.icmp;
  const wanted =
    which === 'all' ||
    (offloaded && checksumState(inside, value, addresses, packet.protocol) === 'unfinished');
  if (none || !wanted) return changed ? mended : frame;

  const copy = mended.subarray(at(inside), at(inside) + inside.length);
  copy.fill(0, field, field + 2);
  const pseudo = offloaded ? pseudoHeaderSum(addresses, packet.protocol, copy.length) : 0;
  const sum = internetChecksum(copy, pseudo);
  // RFC 768: 0 would say that there is none.
  put(at(inside) + field, sum === 0 && packet.protocol === IP_PROTOCOL.udp ? 0xffff : sum);
  return mended;
}
