/**
 * Link-layer types of capture files, from the registry at https://www.tcpdump.org/linktypes.html: what comes first
 * in a captured frame. Which of them are decoded: src/story/packet.ts. The names are here to say what a capture holds instead.
 *
 * A file holds LINKTYPE_ values, not the DLT_ values of one operating system; the two differ for some, raw IP among them.
 */
export const LINKTYPE = {
  null: 0,
  ethernet: 1,
  tokenRing: 6,
  raw: 101,
  ieee80211: 105,
  loop: 108,
  linuxSll: 113,
  ieee80211Prism: 119,
  ieee80211Radiotap: 127,
  ieee80211Avs: 163,
  ipv4: 228,
  ipv6: 229,
  linuxSll2: 276,
} as const;

const NAMES: ReadonlyMap<number, string> = new Map([
  [0, 'BSD loopback'],
  [1, 'Ethernet'],
  [2, 'Experimental Ethernet'],
  [3, 'AX.25'],
  [6, 'Token Ring'],
  [7, 'ARCNET'],
  [8, 'SLIP'],
  [9, 'PPP'],
  [10, 'FDDI'],
  [50, 'PPP with HDLC framing'],
  [51, 'PPPoE'],
  [100, 'ATM, RFC 1483'],
  [101, 'raw IP'],
  [104, 'Cisco HDLC'],
  [105, 'IEEE 802.11'],
  [107, 'Frame Relay'],
  [108, 'OpenBSD loopback'],
  [109, 'OpenBSD IPsec'],
  [113, 'Linux cooked capture'],
  [114, 'LocalTalk'],
  [117, 'OpenBSD pflog'],
  [119, 'IEEE 802.11 with Prism header'],
  [122, 'IP over Fibre Channel'],
  [127, 'IEEE 802.11 with radiotap header'],
  [138, 'IP over FireWire'],
  [147, 'user-defined 0'],
  [163, 'IEEE 802.11 with AVS header'],
  [187, 'Bluetooth HCI'],
  [189, 'USB, Linux'],
  [192, 'per-packet information'],
  [195, 'IEEE 802.15.4'],
  [220, 'USB, Linux, padded'],
  [224, 'Fibre Channel'],
  [227, 'CAN, SocketCAN'],
  [228, 'IPv4'],
  [229, 'IPv6'],
  [239, 'NFLOG'],
  [242, 'IP over InfiniBand'],
  [247, 'InfiniBand'],
  [249, 'USB, USBPcap'],
  [253, 'Linux netlink'],
  [258, 'macOS PKTAP'],
  [259, 'Ethernet passive optical network'],
  [274, 'Ethernet with preamble'],
  [276, 'Linux cooked capture v2'],
  [278, 'virtual machine socket'],
]);

/** `Token Ring`, or undefined for a type this table does not hold. */
export function linkTypeName(linkType: number): string | undefined {
  return NAMES.get(linkType);
}

/** For messages: `link type 6 (Token Ring)`, `link type 4711`. */
export function formatLinkType(linkType: number): string {
  const name = NAMES.get(linkType);
  return name === undefined ? `link type ${linkType}` : `link type ${linkType} (${name})`;
}
