import type { Ipv4Address } from '../wire/address.ts';
import type { MessageTypeName } from '../wire/dhcp/opt-message-type.ts';
import { quoteText } from '../wire/dhcp/opt-text.ts';

/** What an operator sees: one line for each stage of a client's boot, and for what went wrong. */
export type ServerEvent =
  | {
      readonly stage: 'dhcp';
      /** Hardware address, or what stands for it. */
      readonly client: string;
      readonly did: 'offer' | 'ack' | 'nak' | 'bootp' | 'silence' | 'released' | 'declined' | 'conflict';
      /** What the client sent. */
      readonly asked?: MessageTypeName | 'bootp';
      /** Who spoke: a PXE or HTTP boot ROM, iPXE, or something that says neither (an operating system, an old ROM). */
      readonly program?: ClientProgram;
      readonly architecture?: number;
      /** The client's own option 12, as it came. */
      readonly hostName?: string;
      readonly relay?: Ipv4Address;
      readonly address?: Ipv4Address;
      readonly file?: string;
      readonly because?: string;
    }
  | {
      readonly stage: 'tftp';
      /** Address and port. */
      readonly client: string;
      readonly did: 'started' | 'complete' | 'size-probe' | 'refused' | 'aborted' | 'timed-out';
      readonly file: string;
      /** Sent and acknowledged; of `started`, what there is to send. */
      readonly octets?: number;
      /** From the request to the end. */
      readonly seconds?: number;
      readonly because?: string;
    }
  | {
      readonly stage: 'http';
      readonly client: string;
      readonly did: string;
      readonly status: number;
      /** Of the body, as many as the client's connection took. */
      readonly octets: number;
      /** From the request to the last octet of the answer. */
      readonly seconds?: number;
      /** Where less than the whole body went out. */
      readonly because?: string;
    }
  | {
      readonly stage: 'orders';
      /** MAC address, as the client gave it. */
      readonly client: string;
      /** Address and port that the request came from. */
      readonly from?: string;
      /** Kind of the order. */
      readonly did: string;
      /** Where it leads to: a URL, or a menu's title. */
      readonly target?: string;
      readonly because: string;
    }
  | { readonly stage: 'dns'; readonly client: string; readonly did: string }
  /** A client that was told to boot the same thing again and again within a minute or so. */
  | {
      readonly stage: 'boot-loop';
      readonly client: string;
      readonly file: string;
      readonly times: number;
      readonly seconds: number;
      readonly because: string;
    }
  /** Octets that are no message of the protocol, and anything else that came to nothing. */
  | {
      readonly stage: 'bad-input';
      readonly protocol: string;
      readonly client: string;
      readonly because: string;
    }
  | { readonly stage: 'server'; readonly did: string; readonly reload?: 'done' | 'refused' };

export type ClientProgram = 'firmware' | 'ipxe' | 'unnamed';

/**
 * One line without control characters, whatever a client sent:
 * `dhcp 00:12:34:56:78:90 offer 10.188.0.66 "undionly.kpxe" (architecture 0)`.
 */
export function formatEvent(event: ServerEvent): string {
  const words: (string | undefined)[] = [event.stage];
  switch (event.stage) {
    case 'dhcp':
      words.push(event.client, event.did, event.address, quoted(event.file), inParentheses(event.because));
      break;
    case 'tftp':
      words.push(event.client, event.did, quoted(event.file));
      words.push(
        event.octets === undefined ? undefined : `${event.octets} octets`,
        event.seconds === undefined ? undefined : `in ${event.seconds.toFixed(2)} s`,
        inParentheses(event.because),
      );
      break;
    case 'http':
      words.push(event.client, `${event.status}`, quoted(event.did), `${event.octets} octets`);
      // What took so long that somebody may have waited for it.
      if (event.seconds !== undefined && event.seconds >= 1) words.push(`in ${event.seconds.toFixed(1)} s`);
      words.push(inParentheses(event.because));
      break;
    case 'orders':
      words.push(quoted(event.client), event.did, inParentheses(event.because));
      break;
    case 'dns':
      words.push(event.client, quoted(event.did));
      break;
    case 'boot-loop':
      words.push(event.client, quoted(event.file), `${event.times} times in ${event.seconds} s`);
      words.push(inParentheses(event.because));
      break;
    case 'bad-input':
      words.push(event.protocol, event.client, inParentheses(event.because));
      break;
    case 'server':
      words.push(event.did);
      break;
    default:
      event satisfies never;
  }
  return words.filter((word) => word !== undefined).join(' ');
}

const quoted = (text: string | undefined): string | undefined =>
  text === undefined ? undefined : quoteText(text);
const inParentheses = (text: string | undefined): string | undefined =>
  text === undefined ? undefined : `(${text})`;
