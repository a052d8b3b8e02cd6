/** For tests: the frames of an Ethernet capture as another kind of capture would hold them. */
import type { Frame } from '../../pcap/frame.ts';
import { LINKTYPE } from '../../pcap/link-type.ts';
import { BROADCAST_MAC, macToBytes } from '../../wire/address.ts';
import { fromHex, NO_BYTES } from '../../wire/bytes.ts';
import { ETHER_TYPE, type EthernetFrame, parseEthernet, serializeEthernet } from '../../wire/ethernet.ts';
import { serializeIeee80211 } from '../../wire/ieee80211.ts';
import { ARPHRD, COOKED_LLC, serializeLinuxCooked, serializeLinuxCooked2 } from '../../wire/linux-cooked.ts';
import { serializeLlc } from '../../wire/llc.ts';
import { PPP_PROTOCOL, serializePppoeSession } from '../../wire/pppoe.ts';
import { serializeTokenRing } from '../../wire/token-ring.ts';

type Relink = { readonly linkType: number; readonly bytes: (ethernet: EthernetFrame) => Uint8Array };

/** A customer's tag inside a service tag: IEEE 802.1Q §9.5. */
const TAGS = [
  { tpid: ETHER_TYPE.serviceVlan, tci: 0x2064 },
  { tpid: ETHER_TYPE.vlan, tci: 7 },
];
const [SERVICE_TAG, CUSTOMER_TAG] = TAGS as [(typeof TAGS)[0], (typeof TAGS)[0]];

const FROM_DS = 0x0208;
const QOS_TO_DS = 0x0188;
const RETRIED = 0x0800;

/** Two words of fields present, a time on a multiple of eight, flags: padded, and the check sequence is there. */
const RADIOTAP = Uint8Array.of(
  ...[0, 0, 25, 0],
  ...[0x03, 0, 0, 0x80, 0, 0, 0, 0],
  ...[0, 0, 0, 0],
  ...[1, 2, 3, 4, 5, 6, 7, 8],
  0x30,
);
const PRISM_LENGTH = 144;
const AVS_LENGTH = 64;

export const RELINKS = {
  'Linux cooked': {
    linkType: LINKTYPE.linuxSll,
    bytes: (ethernet) => serializeLinuxCooked({ ...cooked(ethernet), ...untagged(ethernet) }),
  },
  'Linux cooked v2': {
    linkType: LINKTYPE.linuxSll2,
    bytes: (ethernet) =>
      serializeLinuxCooked2({
        ...cooked(ethernet),
        ...untagged(ethernet),
        interfaceIndex: 3,
        reserved: 0,
      }),
  },
  'Linux cooked v2, tagged': {
    linkType: LINKTYPE.linuxSll2,
    bytes: (ethernet) => {
      const { protocol, payload } = untagged(ethernet);
      const tagged = [0, 7, protocol >>> 8, protocol & 0xff, ...payload];
      return serializeLinuxCooked2({
        ...cooked(ethernet),
        protocol: ETHER_TYPE.vlan,
        payload: Uint8Array.from(tagged),
        interfaceIndex: 3,
        reserved: 0,
      });
    },
  },
  'one VLAN tag': {
    linkType: LINKTYPE.ethernet,
    bytes: (ethernet) => serializeEthernet({ ...ethernet, tags: [CUSTOMER_TAG] }),
  },
  'two VLAN tags': {
    linkType: LINKTYPE.ethernet,
    bytes: (ethernet) => serializeEthernet({ ...ethernet, tags: [SERVICE_TAG, CUSTOMER_TAG] }),
  },
  'PPPoE behind a VLAN tag': {
    linkType: LINKTYPE.ethernet,
    bytes: (ethernet) => {
      const protocol = { [ETHER_TYPE.ipv4]: PPP_PROTOCOL.ipv4, [ETHER_TYPE.ipv6]: PPP_PROTOCOL.ipv6 }[
        ethernet.etherType
      ];
      if (protocol === undefined) return serializeEthernet({ ...ethernet, tags: [CUSTOMER_TAG] });
      const session = serializePppoeSession({
        versionAndType: 0x11,
        code: 0,
        sessionId: 7,
        length: ethernet.payload.length + 2,
        compressed: false,
        protocol,
        payload: ethernet.payload,
        trailing: NO_BYTES,
      });
      return serializeEthernet({
        ...ethernet,
        tags: [CUSTOMER_TAG],
        etherType: ETHER_TYPE.pppoeSession,
        payload: session,
      });
    },
  },
  '802.11': { linkType: LINKTYPE.ieee80211, bytes: (ethernet) => wireless(ethernet, FROM_DS) },
  '802.11 with radiotap': {
    linkType: LINKTYPE.ieee80211Radiotap,
    // The header of 26 octets is filled up to 28.
    bytes: (ethernet) =>
      joined(RADIOTAP, wireless(ethernet, QOS_TO_DS, [0, 0]), Uint8Array.of(0xde, 0xad, 0xbe, 0xef)),
  },
  '802.11 with a Prism header': {
    linkType: LINKTYPE.ieee80211Prism,
    bytes: (ethernet) => {
      const header = new Uint8Array(PRISM_LENGTH);
      header.set([0x44, 0, 0, 0, PRISM_LENGTH, 0, 0, 0]);
      return joined(header, wireless(ethernet, FROM_DS | RETRIED));
    },
  },
  '802.11 with an AVS header': {
    linkType: LINKTYPE.ieee80211Avs,
    bytes: (ethernet) => {
      const header = new Uint8Array(AVS_LENGTH);
      header.set([0x80, 0x21, 0x10, 0x01, 0, 0, 0, AVS_LENGTH]);
      return joined(header, wireless(ethernet, QOS_TO_DS));
    },
  },
} as const satisfies Readonly<Record<string, Relink>>;

/** Source routed. For frames whose source has no group bit. */
export const TOKEN_RING: Relink = {
  linkType: LINKTYPE.tokenRing,
  bytes: ({ source, destination, kind, etherType, payload, trailing }) =>
    serializeTokenRing({
      accessControl: 0x10,
      frameControl: 0x40,
      source,
      destination,
      routing: fromHex('0620 0011 0022'),
      payload: joined(kind === '802.3' ? payload : snap(etherType, payload), trailing),
    }),
};

/** The same frame: number, time and what IP says stay; what the snap length cut stays cut. */
export function relinked(frame: Frame, { linkType, bytes }: Relink): Frame {
  const ethernet = parseEthernet(frame.bytes);
  if (!ethernet.ok) throw ethernet.error;
  const made = bytes(ethernet.value);
  const cut = frame.originalLength - frame.bytes.length;
  return { ...frame, linkType, bytes: made, originalLength: made.length + cut };
}

function cooked({ source, destination }: EthernetFrame): Parameters<typeof serializeLinuxCooked>[0] {
  const address = new Uint8Array(8);
  address.set(macToBytes(source));
  const packetType = destination === BROADCAST_MAC ? 1 : 0;
  return {
    packetType,
    hardwareType: ARPHRD.ethernet,
    addressLength: 6,
    address,
    protocol: 0,
    payload: NO_BYTES,
  };
}

function untagged({ kind, etherType, payload, trailing }: EthernetFrame): {
  protocol: number;
  payload: Uint8Array;
} {
  return { protocol: kind === '802.3' ? COOKED_LLC : etherType, payload: joined(payload, trailing) };
}

/** `control`: through an access point, from it or to it. `padding`: what a driver fills the header up with. */
function wireless(ethernet: EthernetFrame, control: number, padding: readonly number[] = []): Uint8Array {
  const { source, destination, kind, etherType, payload, trailing } = ethernet;
  const ap = '02:00:00:00:00:01' as typeof source;
  const llc = kind === '802.3' ? payload : snap(etherType, payload);
  return serializeIeee80211({
    kind: 'data',
    control,
    duration: 0,
    addresses: (control & 0x0200) !== 0 ? [destination, ap, source] : [ap, source, destination],
    source,
    destination,
    sequence: 0x10,
    qos: (control & 0x0080) !== 0 ? 0 : undefined,
    ht: undefined,
    body: joined(Uint8Array.from(padding), llc, trailing),
  });
}

function snap(protocol: number, payload: Uint8Array): Uint8Array {
  return serializeLlc({ kind: 'snap', dsap: 0xaa, ssap: 0xaa, control: 3, oui: 0, protocol, payload });
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
