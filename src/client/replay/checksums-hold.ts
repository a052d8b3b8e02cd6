import { checksumState } from '../../wire/checksum.ts';
import { ETHER_TYPE, parseEthernet } from '../../wire/ethernet.ts';
import { IP_PROTOCOL, isFragment, parseIpv4 } from '../../wire/ipv4.ts';
import { parseIpv6 } from '../../wire/ipv6.ts';

/** Where the checksum stands in a packet of these. */
const FIELD_AT: Readonly<Record<number, number>> = {
  [IP_PROTOCOL.udp]: 6,
  [IP_PROTOCOL.tcp]: 16,
  [IP_PROTOCOL.icmpv6]: 2,
};

/** Whether a receiver takes a frame: IPv4's checksum is right, and UDP's, TCP's or ICMPv6's. What has none holds. */
export function checksumsHold(frame: Uint8Array): boolean {
  const ethernet = parseEthernet(frame);
  if (!ethernet.ok) return true;
  const { etherType, payload } = ethernet.value;
  if (etherType === ETHER_TYPE.ipv4) {
    const packet = parseIpv4(payload);
    if (!packet.ok) return true;
    return packet.value.checksum.correct && (isFragment(packet.value) || holds(packet.value));
  }
  const packet = etherType === ETHER_TYPE.ipv6 ? parseIpv6(payload) : undefined;
  return packet?.ok !== true || isFragment(packet.value) || holds(packet.value);
}

function holds(packet: Parameters<typeof checksumState>[2] & Inside): boolean {
  const { payload, protocol, missing } = packet;
  const at = FIELD_AT[protocol];
  if (at === undefined || missing > 0 || payload.length < at + 2) return true;
  const field = ((payload[at] as number) << 8) | (payload[at + 1] as number);
  if (protocol === IP_PROTOCOL.udp && field === 0) return true;
  return checksumState(payload, field, packet, protocol) === 'correct';
}

type Inside = { readonly payload: Uint8Array; readonly protocol: number; readonly missing: number };
