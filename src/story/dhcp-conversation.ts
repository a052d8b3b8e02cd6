import { latin1 } from '../wire/bytes.ts';
import { type ClientIdentity, ethernetMac, identifyClient } from '../wire/dhcp/client-identity.ts';
import {
  BOOTREQUEST,
  type DhcpMessage,
  OPTION_END,
  OPTION_PAD,
  optionData,
  parseDhcpMessage,
} from '../wire/dhcp/message.ts';
import { messageTypeOf } from '../wire/dhcp/opt-message-type.ts';
import type { Udp } from '../wire/udp.ts';
import { BoundedMap } from './bounded-map.ts';
import type { CaptureTally } from './capture-tally.ts';
import type { ClientBook } from './client-book.ts';
import type { StoryDraft } from './draft.ts';
import type { Stage } from './event.ts';
import { HeardDhcp, type RecentMessages } from './heard-dhcp.ts';
import type { Packet } from './packet.ts';

/** How many exchanges of one client are remembered, to tell which of its stages a late reply is for. */
const REMEMBERED_XIDS = 16;
/** How many of a client's introductions are remembered: firmware, iPXE and operating system have one each. */
const REMEMBERED_IDENTITIES = 4;
/** More than one boot has. */
const RECENT_MESSAGES = 64;
/** What a client introduces itself by, besides its hardware address: see client-identity.ts. */
const IDENTITY_OPTIONS = [60, 77, 93, 97, 175];
const COOKIE_OCTETS = 4;

type Asked = { readonly stage: Stage; readonly identity: ClientIdentity };

/** What is remembered of one client. */
type Exchanges = {
  /** By xid. */
  readonly asked: Map<number, Asked>;
  /** By the octets that say it. Most messages say the same, and read it takes more memory than the message. */
  readonly identities: Map<string, ClientIdentity>;
};

/** All DHCP and BOOTP messages of a capture, each given to the story of the client in its chaddr. */
export class DhcpConversations {
  readonly #book: ClientBook;
  readonly #tally: CaptureTally;
  readonly #exchanges = new Map<StoryDraft, Exchanges>();
  readonly #recent: RecentMessages = new BoundedMap(RECENT_MESSAGES);

  constructor(book: ClientBook, tally: CaptureTally) {
    this.#book = book;
    this.#tally = tally;
  }

  hear(packet: Packet, udp: Udp): void {
    const parsed = parseDhcpMessage(udp.payload);
    if (udp.missing > 0 && (!parsed.ok || messageTypeOf(parsed.value) === undefined)) {
      // Not even what kind of message it is: that the capture cut it is no fault of its sender's.
      this.#tally.unread('DHCP', packet.frame);
      return;
    }
    if (!parsed.ok) {
      this.#book
        .findOrBegin(packet.source, packet.sourceMac)
        ?.addUnreadable('DHCP', parsed.error, packet.frame);
      return;
    }
    const message = parsed.value;
    const mac = ethernetMac(message);
    const draft = this.#book.byHardware(mac ?? hardwareId(message), mac);
    if (draft === undefined) return;
    // Options that the capture cut are no fault of their sender's: that it cut them is said of the whole capture.
    if (message.optionsError !== undefined && udp.missing === 0)
      draft.addUnreadable('DHCP options', message.optionsError, packet.frame);
    if (message.op === BOOTREQUEST) this.#request(draft, message, packet, udp);
    else this.#reply(draft, message, packet, udp);
  }

  #request(draft: StoryDraft, message: DhcpMessage, packet: Packet, udp: Udp): void {
    const exchanges = this.#exchangesOf(draft);
    const key = introduction(message);
    const known = exchanges.identities.get(key);
    // From a copy: a view of the frame would keep a whole chunk of the capture file alive.
    const identity = known ?? identityOf(udp.payload.slice());
    if (known === undefined) exchanges.identities.set(key, identity);
    // What is cut off may say more than what is there.
    const isKnown =
      missingOptions(message, udp) === 0 || identity.isIpxe || identity.vendorClass !== undefined;
    const asked: Asked = { stage: isKnown ? nextStage(draft, identity) : draft.stage, identity };
    draft.stage = asked.stage;
    draft.hasFetched = false;
    if (isKnown) draft.learnIdentity(identity);
    exchanges.asked.set(message.xid, asked);
    // RFC 2131 §4.3.2: a client that renews speaks from the address it has.
    if (message.ciaddr !== '0.0.0.0') this.#book.bind(draft, message.ciaddr);
    this.#add(draft, message, asked, 'from-client', packet, udp);
    if (known === undefined) draft.charge(identity);
  }

  #reply(draft: StoryDraft, message: DhcpMessage, packet: Packet, udp: Udp): void {
    const asked = this.#exchanges.get(draft)?.asked.get(message.xid) ?? {
      stage: draft.stage,
      identity: draft.lastIdentity ?? identityOf(udp.payload.slice()),
    };
    if (messageTypeOf(message) === 'ack' && message.yiaddr !== '0.0.0.0')
      this.#book.bind(draft, message.yiaddr);
    this.#add(draft, message, asked, 'to-client', packet, udp);
  }

  #exchangesOf(draft: StoryDraft): Exchanges {
    const known = this.#exchanges.get(draft);
    if (known !== undefined) return known;
    const exchanges = {
      asked: new BoundedMap<number, Asked>(REMEMBERED_XIDS),
      identities: new BoundedMap<string, ClientIdentity>(REMEMBERED_IDENTITIES),
    };
    this.#exchanges.set(draft, exchanges);
    return exchanges;
  }

  #add(
    draft: StoryDraft,
    message: DhcpMessage,
    { stage, identity }: Asked,
    direction: 'from-client' | 'to-client',
    packet: Packet,
    udp: Udp,
  ): void {
    const { timeNs, number } = packet.frame;
    draft.keep(
      new HeardDhcp(
        udp.payload,
        {
          timeNs,
          endNs: timeNs,
          stage,
          frames: [number],
          messageType: messageTypeOf(message) ?? 'bootp',
          direction,
          missing: missingOptions(message, udp),
          identity,
          source: { ip: packet.source, port: udp.sourcePort },
          destination: { ip: packet.destination, port: udp.destinationPort },
        },
        this.#recent,
      ),
      udp.payload.length,
    );
  }
}

/** Octets that the capture does not hold; none that say anything once END (255) came. */
function missingOptions({ cookie, vend }: DhcpMessage, { missing }: Udp): number {
  if (missing === 0 || !cookie) return missing;
  for (let at = COOKIE_OCTETS; at < vend.length; ) {
    const code = vend[at] as number;
    if (code === OPTION_END) return 0;
    at += code === OPTION_PAD ? 1 : 2 + (vend[at + 1] ?? 0);
  }
  return missing;
}

/** The identity that a message's octets say. It may keep views of them. */
function identityOf(octets: Uint8Array): ClientIdentity {
  const parsed = parseDhcpMessage(octets);
  if (!parsed.ok) throw parsed.error;
  return identifyClient(parsed.value);
}

/** The octets of the options that a client introduces itself by, as text. */
function introduction(message: DhcpMessage): string {
  let text = '';
  for (const code of IDENTITY_OPTIONS) {
    const data = optionData(message, code);
    if (data !== undefined) text += `${code} ${data.length} ${latin1(data)}`;
  }
  return text;
}

/** Who speaks, after a message that introduces its sender as `identity`. */
function nextStage(draft: StoryDraft, identity: ClientIdentity): Stage {
  if (identity.isIpxe) return 'ipxe';
  if (identity.vendorClassKind !== 'other') return 'firmware';
  // SLOF and the s390x ROM send no vendor class and are firmware all the same: until something was fetched and may
  // have been started, nobody else can be speaking.
  const introducedOtherwise = draft.lastIdentity?.vendorClass?.text !== identity.vendorClass?.text;
  return draft.hasFetched && introducedOtherwise ? 'os' : draft.stage;
}

/** For hardware that is not Ethernet: type and address as hex. */
function hardwareId(message: DhcpMessage): string {
  const length = Math.min(message.hlen, message.chaddr.length);
  return `hardware ${message.htype}:${Buffer.from(message.chaddr.subarray(0, length)).toString('hex')}`;
}
