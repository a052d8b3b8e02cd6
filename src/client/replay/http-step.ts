import type { HttpEvent, HttpResponse, StoryEvent } from '../../story/event.ts';
import type { Packet } from '../../story/packet.ts';
import { type Ipv4Address, type MacAddress, parseIpv4 } from '../../wire/address.ts';
import type { TcpOption } from '../../wire/tcp-option.ts';
import type { ScriptBook } from './script-book.ts';
import type { StepBase } from './step.ts';
import type { StepReader } from './step-reader.ts';
import { synOptions } from './tcp-connection.ts';

export type HttpStep = StepBase & {
  readonly kind: 'http';
  readonly request: Pick<HttpEvent, 'method' | 'target' | 'version' | 'headers'>;
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
};

/** Methods whose requests have no body: a story does not keep any. */
const WITHOUT_BODY: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/** HTTP requests over IPv4, and how many connections carried something else. */
export class HttpStepReader implements StepReader {
  readonly #book: ScriptBook;
  /** By addresses and ports, in order. */
  readonly #opened = new Map<string, Opened[]>();

  constructor(book: ScriptBook) {
    this.#book = book;
  }

  packet(packet: Packet): boolean {
    const { transport, frame, source, destination } = packet;
    if (transport.kind !== 'tcp' || parseIpv4(source) === undefined) return false;
    const { sourcePort, destinationPort, flags, seq, options } = transport.tcp;
    const mac = flags.syn && !flags.ack ? this.#book.clientOf(packet) : undefined;
    if (mac === undefined) return true;
    const key = `${source}:${sourcePort} ${destination}:${destinationPort}`;
    const list = this.#opened.get(key) ?? [];
    this.#opened.set(key, list);
    // The same SYN again, for want of an answer.
    if (list.at(-1)?.initialSeq === seq) return true;
    list.push({
      ...{ mac, frame: frame.number, initialSeq: seq, used: false },
      options: synOptions(structuredClone(options)),
    });
    return true;
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
      if (!WITHOUT_BODY.has(event.method) || server === undefined || client === undefined) {
        this.#book.leftOut(on.mac, `HTTP ${event.method}`);
        continue;
      }
      const { method, target, version, headers, response, timeNs, endNs, frames } = event;
      if (response !== undefined) script.answers++;
      script.steps.push({
        ...{ kind: 'http', frame: frames[0] ?? 0, timeNs, endNs },
        ...{ request: { method, target, version, headers }, response },
        ...{ server, serverPort: event.server.port, clientAddress: client, clientPort: event.client.port },
        ...{ initialSeq: on.initialSeq, options: on.options, connection: on.frame },
        isLast: !places.some((later, at) => at > i && later.on === on),
      });
      script.steps.sort((a, b) => a.frame - b.frame);
    }
    for (const one of [...this.#opened.values()].flat())
      if (!one.used) this.#book.leftOut(one.mac, 'TCP connection without HTTP');
  }

  /** The last one with these addresses and ports that was opened before. */
  #connectionOf({ client, server, frames }: HttpEvent): Opened | undefined {
    const key = `${client.ip}:${client.port} ${server.ip}:${server.port}`;
    return this.#opened.get(key)?.findLast(({ frame }) => frame < (frames[0] ?? 0));
  }
}
