import type { Packet } from '../../story/packet.ts';
import { type Ipv4Address, parseIpv4 } from '../../wire/address.ts';
import { type DnsMessage, parseDns } from '../../wire/dns.ts';
import type { Udp } from '../../wire/udp.ts';
import type { Answer } from './answer-pairs.ts';
import type { ScriptBook } from './script-book.ts';
import type { ReplayScript, StepBase } from './step.ts';
import type { StepReader } from './step-reader.ts';

export type DnsAnswer = Answer & { readonly message: DnsMessage };

/** One time that the question was asked. */
type DnsTry = { readonly timeNs: bigint; readonly payload: Uint8Array; readonly clientPort: number };

/** One question to one name server, however often it was asked. */
export type DnsStep = StepBase & {
  readonly kind: 'dns';
  readonly query: DnsMessage;
  readonly server: Ipv4Address;
  readonly clientAddress: Ipv4Address;
  readonly tries: DnsTry[];
  readonly answers: DnsAnswer[];
};

export const DNS_PORT = 53;

export function dnsAnswer(frame: number, server: string, message: DnsMessage): DnsAnswer {
  return { frame, kind: 'answer', server, message };
}

/** What is asked, whichever the id: `A pxe.example.com`. */
export function questionText({ questions }: DnsMessage): string {
  return questions.map(({ type, name }) => `${type} ${name}`).join(', ');
}

/** DNS questions over UDP and IPv4. */
export class DnsStepReader implements StepReader {
  readonly #book: ScriptBook;
  /** Questions that were not answered yet, by who asks whom what. */
  readonly #open = new Map<string, { readonly step: DnsStep; readonly script: ReplayScript }>();

  constructor(book: ScriptBook) {
    this.#book = book;
  }

  packet(packet: Packet): boolean {
    const source = parseIpv4(packet.source);
    const destination = parseIpv4(packet.destination);
    if (packet.transport.kind !== 'udp' || source === undefined || destination === undefined) return false;
    const { udp } = packet.transport;
    if (udp.destinationPort !== DNS_PORT && udp.sourcePort !== DNS_PORT) return false;
    const parsed = parseDns(udp.payload.slice());
    if (!parsed.ok) return false;
    if (parsed.value.isResponse) this.#answer(packet, parsed.value, `${destination} ${source}`);
    else this.#question(packet, udp, parsed.value, source, destination);
    return true;
  }

  #question(packet: Packet, udp: Udp, query: DnsMessage, source: Ipv4Address, server: Ipv4Address): void {
    const client = this.#book.clientOf(packet);
    if (client === undefined) return;
    const { number, timeNs } = packet.frame;
    const one = { timeNs, payload: udp.payload.slice(), clientPort: udp.sourcePort };
    const key = `${source} ${server} ${questionText(query)}`;
    const open = this.#open.get(key);
    if (open !== undefined) {
      open.step.tries.push(one);
      open.step.endNs = timeNs;
      return;
    }
    const step: DnsStep = {
      ...{ kind: 'dns', frame: number, timeNs, endNs: timeNs, query, server, clientAddress: source },
      ...{ tries: [one], answers: [] },
    };
    const script = this.#book.scriptOf(client);
    this.#open.set(key, { step, script });
    script.steps.push(step);
  }

  #answer({ frame, source }: Packet, message: DnsMessage, between: string): void {
    const key = `${between} ${questionText(message)}`;
    const open = this.#open.get(key);
    if (open === undefined) return;
    const { step, script } = open;
    script.answers++;
    step.answers.push(dnsAnswer(frame.number, source, message));
    step.endNs = frame.timeNs;
    this.#open.delete(key);
  }
}
