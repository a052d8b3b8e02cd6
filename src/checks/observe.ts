import type { DhcpEvent, HttpEvent, Story, TftpEvent } from '../story/event.ts';
import { toHex } from '../wire/bytes.ts';
import { type DhcpMessage, optionData } from '../wire/dhcp/message.ts';
import { OPTION } from '../wire/dhcp/option-codes.ts';

/** A message, read. */
export type DhcpSeen = { readonly event: DhcpEvent; readonly message: DhcpMessage };

/** One answer of a DHCP server. */
export type DhcpReply = {
  readonly event: DhcpEvent;
  readonly message: DhcpMessage;
  /** Option 53's name, or `bootp`. */
  readonly type: string;
  /** What it answers: the client's last message of the same xid. Undefined where the capture has none. */
  readonly request: DhcpSeen | undefined;
  /** The client's last message before it, whatever its xid. */
  readonly lastRequest: DhcpSeen | undefined;
  /** The OFFER that an ACK is the end of: of the same xid and server. */
  readonly offer: DhcpSeen | undefined;
};

/** One message of a client. */
export type DhcpRequest = DhcpSeen & {
  readonly type: string;
  /** The OFFERs of the same xid before it. */
  readonly offers: readonly DhcpSeen[];
};

/** What checks look at: lists of like things, each in the order they came. */
export type Observations = {
  readonly dhcpReplies: readonly DhcpReply[];
  readonly dhcpRequests: readonly DhcpRequest[];
  readonly tftpTransfers: readonly TftpEvent[];
  readonly httpExchanges: readonly HttpEvent[];
  /** For clauses about more than one exchange: the story itself. */
  readonly stories: readonly Story[];
};

/** Of one xid: a storm of them says no more than the last ones. */
const MOST_OFFERS = 8;

/** One observation, and the topic whose checks it is for. */
type Observation = {
  readonly [T in keyof Observations]: {
    readonly topic: T;
    readonly seen: Observations[T][number];
    /** The capture does not hold all of it: what is not there may be in what it misses. */
    readonly cut: boolean;
  };
}[keyof Observations];

/** Pure. One after the other: a large story has many messages, and reading one takes memory. */
export function* observe(story: Story): Generator<Observation> {
  const requests = new Map<number, DhcpEvent>();
  const offers = new Map<number, DhcpEvent[]>();
  let last: DhcpEvent | undefined;
  for (const event of story.events) {
    switch (event.kind) {
      case 'dhcp': {
        const { message } = event;
        if (event.direction === 'from-client') {
          requests.set(message.xid, event);
          last = event;
          yield {
            topic: 'dhcpRequests',
            seen: {
              ...{ event, message, type: event.messageType },
              offers: (offers.get(message.xid) ?? []).map((offer) => ({
                event: offer,
                message: offer.message,
              })),
            },
            cut: event.missing > 0,
          };
          break;
        }
        const offered = offers.get(message.xid) ?? [];
        const offer =
          event.messageType === 'ack'
            ? offered.findLast((other) => serverOf(other.message) === serverOf(message))
            : undefined;
        if (event.messageType === 'offer') offers.set(message.xid, [...offered.slice(-MOST_OFFERS), event]);
        const request = requests.get(message.xid);
        yield {
          topic: 'dhcpReplies',
          seen: {
            ...{ event, message, type: event.messageType },
            ...{ request: read(request), lastRequest: read(last), offer: read(offer) },
          },
          cut: [event, request, offer].some((one) => (one?.missing ?? 0) > 0),
        };
        break;
      }
      case 'tftp':
        yield { topic: 'tftpTransfers', seen: event, cut: event.missing > 0 };
        break;
      case 'http':
        yield { topic: 'httpExchanges', seen: event, cut: event.skipped > 0 };
        break;
      default:
        break;
    }
  }
  yield { topic: 'stories', seen: story, cut: false };
}

function read(event: DhcpEvent | undefined): DhcpSeen | undefined {
  return event === undefined ? undefined : { event, message: event.message };
}

/** Option 54 as hex: what tells the offers of two servers apart, behind one relay too. */
function serverOf(message: DhcpMessage): string {
  const data = optionData(message, OPTION.serverIdentifier);
  return data === undefined ? '' : toHex(data);
}
