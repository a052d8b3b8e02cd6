import type { Packet } from '../../story/packet.ts';
import type { Ipv4Address } from '../../wire/address.ts';
import { NO_BYTES } from '../../wire/bytes.ts';
import { IP_PROTOCOL } from '../../wire/ipv4.ts';
import { serializeTcp, type Tcp, type TcpFlags, tcpFlags } from '../../wire/tcp.ts';
import type { TcpOption } from '../../wire/tcp-option.ts';
import { TcpReassembly } from '../../wire/tcp-reassembly.ts';
import type { ReplayHost } from './host.ts';

/** `refused`: a RST to the SYN. `silent`: nothing was acknowledged, however often it was sent. */
export type TcpEnd = 'fin' | 'reset' | 'refused' | 'silent';

export type TcpConnectionSpec = {
  readonly host: ReplayHost;
  readonly server: Ipv4Address;
  readonly serverPort: number;
  readonly clientPort: number;
  /** Sequence number of the SYN. */
  readonly initialSeq: number;
  /** Of the SYN. */
  readonly options: readonly TcpOption[];
};

export type TcpListener = {
  /** Octets of the server, in order. The frame is the one that completed them. */
  readonly data: (bytes: Uint8Array, frame: number, now: number) => void;
  /** Nothing more comes. Called once. */
  readonly end: (how: TcpEnd, frame: number | undefined, now: number) => void;
};

const WINDOW = 65_535;
/** What every host takes where the SYN says nothing: RFC 9293 §3.7.1. */
const DEFAULT_MSS = 536;
/** RFC 6298 §2: one second at first, doubled each time. */
const FIRST_TIMEOUT_MS = 1_000;
const TRIES = 6;
const SPACE = 2 ** 32;

/**
 * The client's side of a TCP connection over raw frames, sans-IO: RFC 9293 without what a boot does not need (simultaneous
 * open, urgent data, window scaling, congestion control: what a client sends fits into one flight).
 */
export class TcpConnection {
  readonly #spec: TcpConnectionSpec;
  readonly #incoming = new TcpReassembly<number>();
  #listener: TcpListener;
  #state: 'new' | 'connecting' | 'open' | 'ended' = 'new';
  /** Position in the stream, from 0, of the first octet that is not acknowledged. */
  #acknowledged = 0;
  /** From there on: what the server has not acknowledged, sent or not. */
  #unacknowledged: Uint8Array = NO_BYTES;
  #finished = false;
  #finishAcknowledged = false;
  #mss = DEFAULT_MSS;
  #tries = 0;
  /** When what is not acknowledged is sent again. */
  wakeAt = Number.POSITIVE_INFINITY;

  constructor(spec: TcpConnectionSpec, listener: TcpListener) {
    this.#spec = spec;
    this.#listener = listener;
  }

  get isOpen(): boolean {
    return this.#state === 'open' && !this.#finished && !this.#incoming.ended;
  }

  reaches(server: Ipv4Address, port: number): boolean {
    return this.#spec.server === server && this.#spec.serverPort === port;
  }

  /** Who hears the rest: the next exchange on the same connection. */
  set listener(listener: TcpListener) {
    this.#listener = listener;
  }

  connect(now: number): void {
    this.#state = 'connecting';
    this.#try(now);
  }

  /** Before the connection stands, it waits. */
  write(bytes: Uint8Array, now: number): void {
    const all = new Uint8Array(this.#unacknowledged.length + bytes.length);
    all.set(this.#unacknowledged);
    all.set(bytes, this.#unacknowledged.length);
    this.#unacknowledged = all;
    if (this.#state === 'open') this.#try(now);
  }

  /** Sends FIN: there is nothing more to say. */
  finish(now: number): void {
    if (this.#finished || this.#state !== 'open') return;
    this.#finished = true;
    this.#try(now);
  }

  /** A packet, and whether it was of this connection. */
  take({ frame, source, transport }: Packet, now: number): boolean {
    const { server, serverPort, clientPort } = this.#spec;
    if (transport.kind !== 'tcp' || source !== server) return false;
    const { tcp } = transport;
    if (tcp.sourcePort !== serverPort || tcp.destinationPort !== clientPort) return false;
    if (this.#state === 'connecting') this.#answerToSyn(tcp, frame.number, now);
    else if (this.#state === 'open') this.#segment(tcp, frame.number, now);
    return true;
  }

  wake(now: number): void {
    if (now < this.wakeAt) return;
    if (this.#tries >= TRIES) this.#end('silent', undefined, now);
    else this.#try(now);
  }

  #answerToSyn(tcp: Tcp, frame: number, now: number): void {
    if (!tcp.flags.ack || tcp.ack !== (this.#spec.initialSeq + 1) % SPACE) return;
    if (tcp.flags.rst) {
      this.#end('refused', frame, now);
      return;
    }
    if (!tcp.flags.syn) return;
    this.#state = 'open';
    this.#settle();
    const mss = tcp.options.find((option) => option.kind === 'mss');
    if (mss?.kind === 'mss') this.#mss = mss.mss;
    this.#incoming.segment(tcp, frame);
    if (this.#unacknowledged.length > 0) this.#try(now);
    else this.#send(tcpFlags('ack'));
  }

  #segment(tcp: Tcp, frame: number, now: number): void {
    if (tcp.flags.ack) this.#acknowledge(tcp.ack);
    if (tcp.flags.rst) {
      // RFC 5961 §3.2: one that is not of this moment may be anybody's.
      if (tcp.seq === this.#expected()) this.#end('reset', frame, now);
      return;
    }
    const speaks = tcp.payload.length > 0 || tcp.flags.fin || tcp.flags.syn;
    let ended = false;
    for (const item of this.#incoming.segment(tcp, frame)) {
      if (item.kind === 'data') this.#listener.data(item.bytes, frame, now);
      if (item.kind === 'end') ended = true;
    }
    if (speaks) this.#send(tcpFlags('ack'));
    if (ended) this.#listener.end('fin', frame, now);
  }

  #acknowledge(ack: number): void {
    const expected = this.#seqAt(this.#acknowledged);
    const octets = (ack - expected + SPACE) % SPACE;
    const outstanding = this.#outstanding();
    if (octets === 0 || octets > outstanding) return;
    const data = Math.min(octets, this.#unacknowledged.length);
    this.#acknowledged += octets;
    this.#unacknowledged = this.#unacknowledged.subarray(data);
    if (octets < outstanding) return;
    this.#finishAcknowledged = this.#finished;
    this.#settle();
  }

  /** Sends all that is not acknowledged, and waits longer each time. */
  #try(now: number): void {
    this.#tries++;
    this.wakeAt = now + FIRST_TIMEOUT_MS * 2 ** (this.#tries - 1);
    if (this.#state === 'connecting') {
      this.#send(tcpFlags('syn'), NO_BYTES, this.#spec.initialSeq);
      return;
    }
    const octets = this.#unacknowledged;
    for (let at = 0; at < octets.length; at += this.#mss) {
      const payload = octets.subarray(at, at + this.#mss);
      const flags = at + this.#mss < octets.length ? tcpFlags('ack') : tcpFlags('ack', 'psh');
      this.#send(flags, payload, this.#seqAt(this.#acknowledged + at));
    }
    const behind = this.#seqAt(this.#acknowledged + octets.length);
    if (this.#finished) this.#send(tcpFlags('fin', 'ack'), NO_BYTES, behind);
  }

  /** Octets that the server has not acknowledged, FIN counted as one. */
  #outstanding(): number {
    return this.#unacknowledged.length + (this.#finished && !this.#finishAcknowledged ? 1 : 0);
  }

  #settle(): void {
    this.#tries = 0;
    this.wakeAt = Number.POSITIVE_INFINITY;
  }

  #end(how: TcpEnd, frame: number | undefined, now: number): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#settle();
    if (!this.#incoming.ended) this.#listener.end(how, frame, now);
  }

  #seqAt(position: number): number {
    return (this.#spec.initialSeq + 1 + position) % SPACE;
  }

  /** The sequence number that the server's next octet has. */
  #expected(): number {
    const { initialSeq = 0, position, ended } = this.#incoming;
    return (initialSeq + 1 + position + (ended ? 1 : 0)) % SPACE;
  }

  #send(flags: TcpFlags, payload: Uint8Array = NO_BYTES, seq?: number): void {
    const { host, server, serverPort, clientPort, options } = this.#spec;
    const addresses = { source: host.address, destination: server };
    const segment = {
      ...{ sourcePort: clientPort, destinationPort: serverPort, flags, payload, window: WINDOW },
      seq: seq ?? this.#seqAt(this.#acknowledged + this.#outstanding()),
      ack: flags.ack ? this.#expected() : 0,
      options: flags.syn ? options : [],
    };
    host.packet({
      ...addresses,
      protocol: IP_PROTOCOL.tcp,
      payload: serializeTcp(segment, addresses),
    });
  }
}

/** The options of a recorded SYN that stand for nothing but the link: what else it offered would bind this side, too. */
export function synOptions(options: readonly TcpOption[]): readonly TcpOption[] {
  return options.filter(({ kind }) => kind === 'mss');
}
