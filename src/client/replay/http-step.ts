import type { HttpEvent, HttpResponse, IscsiEvent, StoryEvent } from '../../story/event.ts';
import type { Packet } from '../../story/packet.ts';
import { type Ipv4Address, type MacAddress, parseIpv4 } from '../../wire/address.ts';
import type { Tcp } from '../../wire/tcp.ts';
import type { TcpOption } from '../../wire/tcp-option.ts';
import { RequestBodies } from './request-bodies.ts';
import type { ScriptBook } from './script-book.ts';
import type { StepBase } from './step.ts';
import type { StepReader } from './step-reader.ts';
import { synOptions } from './tcp-connection.ts';

export type HttpStep = StepBase & {
  readonly kind: 'http';
  readonly request: Pick<HttpEvent, 'method' | 'target' | 'version' | 'headers'>;
  /** As it was on the wire, transfer coding included. */
  readonly body?: Uint8Array | undefined;
  readonly server: Ipv4Address;
  readonly serverPort: number;
  readonly clientAddress: Ipv4Address;
  readonly clientPort: number;
  readonly initialSeq: number;
  readonly options: readonly TcpOption[];
  /** The connection that it was made on: several may have had one. */
  readonly connection: number;
  /** Nothing else was asked on it. */
  readonly isLast: boolean;
  readonly response: HttpResponse | undefined;
};

/** A connection of the recording, by its SYN. */
type Opened = {
  readonly mac: MacAddress;
  readonly frame: number;
  readonly initialSeq: number;
  readonly options: readonly TcpOption[];
  used: boolean;
  /** It began as TLS does. */
  isTls: boolean;
};

/** Methods whose requests have no body. */
const WITHOUT_BODY: ReadonlySet<string> = new Set(['GET', 'HEAD']);
/** Of a record that begins a handshake (RFC 8446 §5.1): 22, and version 3.x. */
const TLS_HANDSHAKE = [22, 3] as const;
/** POST, PUT and PATCH begin so. */
const LETTER_P = 0x50;

/** HTTP requests over IPv4, and how many connections carried something else. */
export class HttpStepReader implements StepReader {
  readonly #book: ScriptBook;
  /** By addresses and ports, in order. */
  readonly #opened = new Map<string, Opened[]>();
  readonly #bodies = new RequestBodies();

  constructor(book: ScriptBook) {
    this.#book = book;
  }

  packet(packet: Packet): boolean {
    const { transport, frame, source, destination } = packet;
    if (transport.kind !== 'tcp' || parseIpv4(source) === undefined) return false;
    const { sourcePort, destinationPort, flags, seq, options } = transport.tcp;
    if (!flags.syn) {
      this.#segment(packet, transport.tcp);
      return true;
    }
    const mac = flags.ack ? undefined : this.#book.clientOf(packet);
    if (mac === undefined) return true;
    const key = `${source}:${sourcePort} ${destination}:${destinationPort}`;
    const list = this.#opened.get(key) ?? [];
    this.#opened.set(key, list);
    // The same SYN again, for want of an answer.
    if (list.at(-1)?.initialSeq === seq) return true;
    list.push({
      ...{ mac, frame: frame.number, initialSeq: seq, used: false, isTls: false },
      options: synOptions(structuredClone(options)),
    });
    return true;
  }

  /** Most segments are a server's, with a file in them: those are passed over without a look at whose they are. */
  #segment({ source, destination, frame }: Packet, tcp: Tcp): void {
    const [first, second] = tcp.payload;
    const isTls = first === TLS_HANDSHAKE[0] && second === TLS_HANDSHAKE[1];
    if (first === undefined || !(isTls || first === LETTER_P || !this.#bodies.isEmpty)) return;
    const key = `${source}:${tcp.sourcePort} ${destination}:${tcp.destinationPort}`;
    const opened = this.#opened.get(key)?.at(-1);
    if (opened === undefined) return;
    if (isTls && tcp.seq === (opened.initialSeq + 1) % 2 ** 32) opened.isTls = true;
    this.#bodies.segment(key, tcp, frame.number);
  }

  finish(events: ReadonlyMap<number, StoryEvent>): void {
    const exchanges = [...events.values()].filter((event) => event.kind === 'http');
    const places = exchanges.map((event) => ({ event, on: this.#connectionOf(event) }));
    for (const [i, { event, on }] of places.entries()) {
      if (on === undefined) continue;
      on.used = true;
      const script = this.#book.scriptOf(on.mac);
      const server = parseIpv4(event.server.ip);
      const client = parseIpv4(event.client.ip);
      const body = this.#bodies.bodyOf(keyOf(event), event.frames[0] ?? 0);
      const isWhole = WITHOUT_BODY.has(event.method) || body !== undefined;
      if (!isWhole || server === undefined || client === undefined) {
        const why = isWhole ? '' : ' whose body the capture does not hold whole, or is over 32 KiB';
        this.#book.leftOut(on.mac, `HTTP ${event.method}${why}`);
        continue;
      }
      const { method, target, version, headers, response, timeNs, endNs, frames } = event;
      if (response !== undefined) script.answers++;
      script.steps.push({
        ...{ kind: 'http', frame: frames[0] ?? 0, timeNs, endNs },
        ...{ request: { method, target, version, headers }, body, response },
        ...{ server, serverPort: event.server.port, clientAddress: client, clientPort: event.client.port },
        ...{ initialSeq: on.initialSeq, options: on.options, connection: on.frame },
        isLast: !places.some((later, at) => at > i && later.on === on),
      });
      script.steps.sort((a, b) => a.frame - b.frame);
    }
    for (const event of events.values()) {
      const on = event.kind === 'iscsi' ? this.#connectionOf(event) : undefined;
      if (event.kind !== 'iscsi' || on === undefined) continue;
      on.used = true;
      this.#book.leftOut(on.mac, event.login.chapAsked ? CHAP : 'iSCSI session');
    }
    for (const one of [...this.#opened.values()].flat())
      if (!one.used) this.#book.leftOut(one.mac, one.isTls ? TLS : 'TCP connection without HTTP');
  }

  /** The last one with these addresses and ports that was opened before, or by its first frame. */
  #connectionOf(event: HttpEvent | IscsiEvent): Opened | undefined {
    const { frames } = event;
    return this.#opened.get(keyOf(event))?.findLast(({ frame }) => frame <= (frames[0] ?? 0));
  }
}

const TLS =
  'TLS connection: its keys were made for that one connection, and what was asked under them is not in the capture';
const CHAP =
  'iSCSI session with CHAP: each challenge wants another answer, made with a secret that no capture has';

const keyOf = ({ client, server }: HttpEvent | IscsiEvent): string =>
  `${client.ip}:${client.port} ${server.ip}:${server.port}`;
