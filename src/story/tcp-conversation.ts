import { looksLikeHttp } from '../wire/http.ts';
import type { Tcp } from '../wire/tcp.ts';
import { type StreamItem, TcpReassembly } from '../wire/tcp-reassembly.ts';
import type { EventSlot, StoryDraft, WithoutStage } from './draft.ts';
import type { Endpoint, Stage, TcpEvent } from './event.ts';
import { HttpExchanges, type Seen, type Side } from './http-exchanges.ts';

/**
 * One TCP connection. The first octets tell what it carries: HTTP becomes an event for each request; anything else,
 * or nothing at all, one event for the connection.
 */
export class TcpConversation {
  readonly #draft: StoryDraft;
  readonly #stage: Stage;
  readonly #streams: Readonly<Record<Side, TcpReassembly<Seen>>> = {
    client: new TcpReassembly(),
    server: new TcpReassembly(),
  };
  #event: WithoutStage<TcpEvent>;
  #slot: EventSlot | undefined;
  #http: HttpExchanges | undefined;
  #seen: Seen;

  constructor(draft: StoryDraft, client: Endpoint, server: Endpoint, seen: Seen) {
    this.#draft = draft;
    this.#stage = draft.stage;
    this.#seen = seen;
    this.#event = {
      kind: 'tcp',
      timeNs: seen.timeNs,
      endNs: seen.timeNs,
      frames: [seen.frame],
      client,
      server,
      outcome: 'opening',
      sent: 0,
      received: 0,
    };
  }

  /** A SYN with another sequence number on the same ports: another connection. */
  isAnotherConnection(from: Side, { flags, seq }: Tcp): boolean {
    const { initialSeq } = this.#streams[from];
    return flags.syn && initialSeq !== undefined && initialSeq !== seq;
  }

  /** Of the client's SYN; undefined where the capture begins later. */
  get clientSeq(): number | undefined {
    return this.#streams.client.initialSeq;
  }

  /** Both sides have ended: what still comes is repeated. */
  get isOver(): boolean {
    return this.#streams.client.ended && this.#streams.server.ended;
  }

  /** Octets that wait for earlier ones. */
  get heldOctets(): number {
    return this.#streams.client.heldOctets + this.#streams.server.heldOctets;
  }

  hear(from: Side, tcp: Tcp, missing: number, seen: Seen): void {
    this.#seen = seen;
    const before = this.#event.outcome;
    const other = from === 'client' ? 'server' : 'client';
    if (tcp.flags.ack)
      for (const item of this.#streams[other].acknowledged(tcp.ack)) this.#take(other, item, seen);
    for (const item of this.#streams[from].segment(tcp, seen, missing)) {
      this.#take(from, item, item.kind === 'gap' ? seen : item.tag);
    }
    if (before === 'opening' && from === 'server')
      this.#change({ outcome: tcp.flags.rst ? 'refused' : 'open' });
  }

  /** What is missing before the held octets will not come any more. */
  giveUpHoles(): void {
    for (const side of ['client', 'server'] as const) {
      for (const item of this.#streams[side].finish()) this.#take(side, item, this.#seen);
    }
  }

  /** The capture is over, or other packets on the same ports begin another connection. */
  finish(): void {
    this.giveUpHoles();
    if (this.#http !== undefined) this.#http.finish(this.#seen);
    // Nothing went over it, and nobody refused it: it is told all the same.
    else this.#change({});
  }

  #take(from: Side, item: StreamItem<Seen>, seen: Seen): void {
    if (
      this.#http === undefined &&
      item.kind === 'data' &&
      this.#event.sent + this.#event.received === 0 &&
      looksLikeHttp(item.bytes)
    ) {
      const midStream = this.#streams.client.initialSeq === undefined;
      this.#http = new HttpExchanges(this.#draft, this.#event.client, this.#event.server, midStream);
    }
    if (this.#http !== undefined) {
      this.#http.hear(from, item, seen);
      return;
    }
    if (item.kind === 'end') {
      const refused = item.by === 'rst' && this.#event.outcome === 'opening';
      this.#change({ outcome: refused ? 'refused' : item.by === 'rst' ? 'reset' : 'closed' });
      return;
    }
    const octets = item.kind === 'gap' ? item.to - item.from : item.bytes.length;
    const counted =
      from === 'client' ? { sent: this.#event.sent + octets } : { received: this.#event.received + octets };
    // Bulk data is counted, but told only when the connection changes: every block of a disk would be a change else.
    if (this.#slot === undefined) this.#change(counted);
    else this.#event = { ...this.#event, ...counted };
  }

  #change(changed: Partial<WithoutStage<TcpEvent>>): void {
    const { frame, timeNs } = this.#seen;
    const first = this.#event.frames[0] ?? frame;
    this.#event = {
      ...this.#event,
      ...changed,
      endNs: timeNs,
      frames: first === frame ? [first] : [first, frame],
    };
    // What was opened and turns out to be HTTP is told by its requests alone.
    const worthTelling = this.#event.sent + this.#event.received > 0 || this.#event.outcome !== 'open';
    if (this.#http !== undefined || (this.#slot === undefined && !worthTelling)) return;
    if (this.#slot === undefined) this.#slot = this.#draft.add(this.#event, this.#stage);
    else this.#slot.replace({ ...this.#event, stage: this.#stage });
  }
}
