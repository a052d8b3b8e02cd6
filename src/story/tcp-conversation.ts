import { looksLikeHttp } from '../wire/http.ts';
import { ISCSI_PORT, looksLikeIscsiLogin, looksLikeIscsiPdu } from '../wire/iscsi/stream.ts';
import type { Tcp } from '../wire/tcp.ts';
import { type StreamItem, TcpReassembly } from '../wire/tcp-reassembly.ts';
import type { EventSlot, StoryDraft, WithoutStage } from './draft.ts';
import type { Endpoint, IscsiEvent, Stage, TcpEvent } from './event.ts';
import { HttpExchanges, type Seen, type Side } from './http-exchanges.ts';
import { iscsiConnection } from './iscsi-login.ts';
import { IscsiSession } from './iscsi-session.ts';

/**
 * One TCP connection. The first octets tell what it carries: HTTP becomes an event for each request, an iSCSI session one
 * event; anything else, or nothing at all, one event for the connection.
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
  #carried: HttpExchanges | IscsiSession | undefined;
  readonly #opened: Seen;
  #seen: Seen;

  constructor(draft: StoryDraft, client: Endpoint, server: Endpoint, seen: Seen) {
    this.#draft = draft;
    this.#stage = draft.stage;
    this.#opened = seen;
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
    if (this.#carried !== undefined) this.#carried.finish(this.#seen);
    // Nothing went over it, and nobody refused it: it is told all the same.
    else this.#change({});
  }

  #take(from: Side, item: StreamItem<Seen>, seen: Seen): void {
    if (item.kind === 'data') this.#carried ??= this.#whatBegins(from, item.bytes);
    if (this.#carried !== undefined) {
      this.#carried.hear(from, item, seen);
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

  /** Told by the first octets; where the capture begins inside a connection to a target's port, by a later piece too. */
  #whatBegins(from: Side, bytes: Uint8Array): HttpExchanges | IscsiSession | undefined {
    const { client, server, sent, received } = this.#event;
    const midStream = this.#streams.client.initialSeq === undefined;
    const isFirst = sent + received === 0;
    if (isFirst && looksLikeHttp(bytes)) return new HttpExchanges(this.#draft, client, server, midStream);
    const logsIn = isFirst && from === 'client' && looksLikeIscsiLogin(bytes);
    const sender = from === 'client' ? 'initiator' : 'target';
    const goesOn = midStream && server.port === ISCSI_PORT && looksLikeIscsiPdu(bytes, sender);
    if (!logsIn && !goesOn) return undefined;
    const connection = { client, server, opened: this.#opened };
    // It has a slot where it was told as a connection of which nobody knew what it carries.
    return new IscsiSession(this.#draft, this.#stage, connection, !logsIn, this.#slot);
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
    // What was opened and turns out to be HTTP or iSCSI is told by what was asked alone.
    const worthTelling = this.#event.sent + this.#event.received > 0 || this.#event.outcome !== 'open';
    if (this.#carried !== undefined || (this.#slot === undefined && !worthTelling)) return;
    const event = withoutLogin(this.#event) ?? this.#event;
    if (this.#slot === undefined) this.#slot = this.#draft.add(event, this.#stage);
    else this.#slot.replace({ ...event, stage: this.#stage });
  }
}

/** A connection to a target's port that never came to a login: the disk is what somebody will look for. */
function withoutLogin(event: WithoutStage<TcpEvent>): WithoutStage<IscsiEvent> | undefined {
  const { client, server, timeNs, frames, endNs, outcome, sent, received } = event;
  if (server.port !== ISCSI_PORT || sent + received > 0) return undefined;
  const connection = iscsiConnection(client, server, { timeNs, frame: frames[0] ?? 0 });
  const told = { refused: 'connection-refused', opening: 'unanswered' } as const;
  return {
    ...connection,
    endNs,
    frames,
    outcome: outcome === 'refused' || outcome === 'opening' ? told[outcome] : 'broken-off',
  };
}
