import type { ClientIdentity } from '../wire/dhcp/client-identity.ts';
import { identifyClient } from '../wire/dhcp/client-identity.ts';
import { BOOTREQUEST, type DhcpMessage, parseDhcpMessage } from '../wire/dhcp/message.ts';
import { messageTypeOf } from '../wire/dhcp/opt-message-type.ts';
import type { Udp } from '../wire/udp.ts';
import { BoundedMap } from './bounded-map.ts';
import type { ClientBook } from './client-book.ts';
import type { StoryDraft } from './draft.ts';
import type { Stage } from './event.ts';
import type { Packet } from './packet.ts';

/** How many exchanges of one client are remembered, to tell which of its stages a late reply is for. */
const REMEMBERED_XIDS = 16;

type Asked = { readonly stage: Stage; readonly identity: ClientIdentity };

/** All DHCP and BOOTP messages of a capture, each given to the story of the client in its chaddr. */
export class DhcpConversations {
  readonly #book: ClientBook;
  readonly #asked = new Map<StoryDraft, Map<number, Asked>>();

  constructor(book: ClientBook) {
    this.#book = book;
  }

  hear(packet: Packet, udp: Udp): void {
    // A copy: the event keeps its message, and a view would keep the whole chunk of the capture file alive.
    const parsed = parseDhcpMessage(udp.payload.slice());
    if (!parsed.ok) {
      this.#book
        .findOrBegin(packet.source, packet.sourceMac)
        ?.addUnreadable('DHCP', parsed.error, packet.frame);
      return;
    }
    const message = parsed.value;
    const identity = identifyClient(message);
    const draft = this.#book.byHardware(identity.mac ?? hardwareId(message), identity.mac);
    if (draft === undefined) return;
    if (message.optionsError !== undefined)
      draft.addUnreadable('DHCP options', message.optionsError, packet.frame);
    if (message.op === BOOTREQUEST) this.#request(draft, message, identity, packet, udp);
    else this.#reply(draft, message, packet, udp);
  }

  #request(
    draft: StoryDraft,
    message: DhcpMessage,
    identity: ClientIdentity,
    packet: Packet,
    udp: Udp,
  ): void {
    const asked: Asked = { stage: nextStage(draft, identity), identity };
    draft.stage = asked.stage;
    draft.hasFetched = false;
    draft.learnIdentity(identity);
    const remembered = this.#asked.get(draft) ?? new BoundedMap<number, Asked>(REMEMBERED_XIDS);
    this.#asked.set(draft, remembered);
    remembered.set(message.xid, asked);
    // RFC 2131 §4.3.2: a client that renews speaks from the address it has.
    if (message.ciaddr !== '0.0.0.0') this.#book.bind(draft, message.ciaddr);
    this.#add(draft, message, asked, 'from-client', packet, udp);
  }

  #reply(draft: StoryDraft, message: DhcpMessage, packet: Packet, udp: Udp): void {
    const asked = this.#asked.get(draft)?.get(message.xid) ?? {
      stage: draft.stage,
      identity: draft.identities.at(-1) ?? identifyClient(message),
    };
    if (messageTypeOf(message) === 'ack' && message.yiaddr !== '0.0.0.0')
      this.#book.bind(draft, message.yiaddr);
    this.#add(draft, message, asked, 'to-client', packet, udp);
  }

  #add(
    draft: StoryDraft,
    message: DhcpMessage,
    asked: Asked,
    direction: 'from-client' | 'to-client',
    packet: Packet,
    udp: Udp,
  ): void {
    draft.add(
      {
        kind: 'dhcp',
        timeNs: packet.frame.timeNs,
        endNs: packet.frame.timeNs,
        frames: [packet.frame.number],
        messageType: messageTypeOf(message) ?? 'bootp',
        direction,
        message,
        identity: asked.identity,
        source: { ip: packet.source, port: udp.sourcePort },
        destination: { ip: packet.destination, port: udp.destinationPort },
      },
      asked.stage,
    );
  }
}

/** Who speaks, after a message that introduces its sender as `identity`. */
function nextStage(draft: StoryDraft, identity: ClientIdentity): Stage {
  if (identity.isIpxe) return 'ipxe';
  if (identity.vendorClassKind !== 'other') return 'firmware';
  // SLOF and the s390x ROM send no vendor class and are firmware all the same: until something was fetched and may
  // have been started, nobody else can be speaking.
  const introducedOtherwise = draft.identities.at(-1)?.vendorClass?.text !== identity.vendorClass?.text;
  return draft.hasFetched && introducedOtherwise ? 'os' : draft.stage;
}

/** For hardware that is not Ethernet: type and address as hex. */
function hardwareId(message: DhcpMessage): string {
  const length = Math.min(message.hlen, message.chaddr.length);
  return `hardware ${message.htype}:${Buffer.from(message.chaddr.subarray(0, length)).toString('hex')}`;
}
