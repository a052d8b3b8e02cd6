import { latin1 } from '../wire/bytes.ts';
import type { ClientIdentity } from '../wire/dhcp/client-identity.ts';
import { type DhcpMessage, parseDhcpMessage } from '../wire/dhcp/message.ts';
import type { DhcpEvent, Endpoint, Stage } from './event.ts';

/** Messages that were read lately: while a boot is watched, each is asked for again and again. */
export type RecentMessages = Map<HeardDhcp, DhcpMessage>;

/**
 * A DHCP event that keeps its message as the octets that came, and reads it when it is asked for. Read, each option is
 * an object with a view, ten times the octets in all; and most events of a large capture are looked at once, in the end.
 */
export class HeardDhcp implements DhcpEvent {
  readonly kind = 'dhcp';
  readonly timeNs: bigint;
  readonly endNs: bigint;
  readonly stage: Stage;
  readonly frames: readonly number[];
  readonly messageType: string;
  readonly direction: 'from-client' | 'to-client';
  readonly missing: number;
  readonly source: Endpoint;
  readonly destination: Endpoint;
  /** Shared by all messages that introduce the client alike. */
  readonly #identity: ClientIdentity;
  /** A character an octet: an array of octets takes 200 more for itself. */
  readonly #octets: string;
  readonly #recent: RecentMessages;

  /** `octets`: a DHCP message that can be read. */
  constructor(octets: Uint8Array, event: Omit<DhcpEvent, 'kind' | 'message'>, recent: RecentMessages) {
    this.timeNs = event.timeNs;
    this.endNs = event.endNs;
    this.stage = event.stage;
    this.frames = event.frames;
    this.messageType = event.messageType;
    this.direction = event.direction;
    this.missing = event.missing;
    this.source = event.source;
    this.destination = event.destination;
    this.#identity = event.identity;
    this.#octets = latin1(octets);
    this.#recent = recent;
  }

  get identity(): ClientIdentity {
    return this.#identity;
  }

  /** The same message, which was in that frame as well. */
  withFrame(frame: number): HeardDhcp {
    const event = { ...this, identity: this.#identity, frames: [...this.frames, frame] };
    return new HeardDhcp(this.#bytes(), event, this.#recent);
  }

  #bytes(): Uint8Array {
    const octets = new Uint8Array(this.#octets.length);
    Buffer.from(octets.buffer).write(this.#octets, 'latin1');
    return octets;
  }

  get message(): DhcpMessage {
    const known = this.#recent.get(this);
    if (known !== undefined) return known;
    const octets = this.#bytes();
    const parsed = parseDhcpMessage(octets);
    if (!parsed.ok) throw parsed.error;
    this.#recent.set(this, parsed.value);
    return parsed.value;
  }
}
