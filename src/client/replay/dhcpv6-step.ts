import type { Packet } from '../../story/packet.ts';
import type { IpAddress, MacAddress } from '../../wire/address.ts';
import { toHex } from '../../wire/bytes.ts';
import {
  DHCPV6_TYPE,
  type Dhcpv6ClientMessage,
  type Dhcpv6Message,
  innermostDhcpv6,
  parseDhcpv6,
} from '../../wire/dhcpv6.ts';
import { DHCPV6_OPTION, dhcpv6Hardware } from '../../wire/dhcpv6-values.ts';
import type { Udp } from '../../wire/udp.ts';
import type { Answer } from './answer-pairs.ts';
import { isCut, isMachine, madeMac, type RecordedDatagram, recordedDatagram } from './recorded-datagram.ts';
import type { ScriptBook } from './script-book.ts';
import type { StepBase } from './step.ts';
import type { StepReader } from './step-reader.ts';

export type Dhcpv6Answer = Answer & {
  /** The server's, whatever relays enclosed it. */
  readonly message: Dhcpv6ClientMessage;
};

export type Dhcpv6Try = RecordedDatagram & { readonly message: Dhcpv6Message };

export type Dhcpv6Step = StepBase & {
  readonly kind: 'dhcpv6';
  /** The question, and the same one again for want of an answer. At least one. */
  readonly tries: Dhcpv6Try[];
  /** The client's, whatever relays enclosed it. */
  readonly message: Dhcpv6ClientMessage;
  /** The MAC address of the relay that passed it on. */
  readonly relay: MacAddress | undefined;
  readonly answers: Dhcpv6Answer[];
};

const PORT = { client: 546, server: 547 } as const;
/** What servers say. */
const FROM_SERVERS: ReadonlySet<number> = new Set([
  DHCPV6_TYPE.advertise,
  DHCPV6_TYPE.reply,
  DHCPV6_TYPE.reconfigure,
]);

/** DHCPv6, as a client or as a relay says it. */
export class Dhcpv6StepReader implements StepReader {
  readonly #book: ScriptBook;

  constructor(book: ScriptBook) {
    this.#book = book;
  }

  packet(packet: Packet): boolean {
    if (packet.transport.kind !== 'udp' || !packet.source.includes(':')) return false;
    const { udp } = packet.transport;
    if (udp.destinationPort !== PORT.server && udp.destinationPort !== PORT.client) return false;
    // A copy: the frame is not kept.
    const parsed = parseDhcpv6(udp.payload.slice());
    const inner = parsed.ok ? innermostDhcpv6(parsed.value) : undefined;
    if (!parsed.ok || inner === undefined) return true;
    if (FROM_SERVERS.has(inner.type)) this.#answered(packet, parsed.value, inner);
    else this.#asked(packet, udp, parsed.value, inner);
    return true;
  }

  #asked(packet: Packet, udp: Udp, message: Dhcpv6Message, inner: Dhcpv6ClientMessage): void {
    const sourceMac = packet.sourceMac ?? madeMac(packet.source);
    const relayed = message.kind === 'relay';
    const client = (relayed ? hardwareIn(message, inner) : undefined) ?? this.#book.clientOf(packet);
    if (client === undefined || !isMachine(sourceMac)) return;
    if (isCut(packet, udp)) {
      this.#book.leftOut(client, 'DHCPv6 message that the capture cut');
      return;
    }
    const script = this.#book.scriptOf(client);
    const one: Dhcpv6Try = { ...recordedDatagram(packet, udp), message };
    const relay = relayed ? sourceMac : undefined;
    const again = script.steps.findLast(
      (step): step is Dhcpv6Step =>
        step.kind === 'dhcpv6' &&
        step.message.transactionId === inner.transactionId &&
        step.message.type === inner.type &&
        step.relay === relay,
    );
    if (again?.answers.length === 0) {
      again.tries.push(one);
      again.endNs = one.timeNs;
      return;
    }
    const { frame, timeNs } = one;
    const base = { kind: 'dhcpv6', frame, timeNs, endNs: timeNs, message: inner, relay } as const;
    script.steps.push({ ...base, tries: [one], answers: [] });
  }

  #answered(
    { frame, source, destination }: Packet,
    message: Dhcpv6Message,
    inner: Dhcpv6ClientMessage,
  ): void {
    for (const script of this.#book.all()) {
      const step = script.steps.findLast(
        (one): one is Dhcpv6Step =>
          one.kind === 'dhcpv6' &&
          one.message.transactionId === inner.transactionId &&
          (one.relay !== undefined) === (message.kind === 'relay') &&
          one.tries.some((asked) => asked.source === destination),
      );
      if (step === undefined) continue;
      step.answers.push(dhcpv6Answer(frame.number, source, inner));
      step.endNs = frame.timeNs;
      script.answers++;
      return;
    }
  }
}

export function dhcpv6Answer(frame: number, source: IpAddress, message: Dhcpv6ClientMessage): Dhcpv6Answer {
  const identifier = message.options.find(({ code }) => code === DHCPV6_OPTION.serverId);
  const server = identifier === undefined ? source : toHex(identifier.data);
  return { frame, kind: `${message.type}`, server, message };
}

/** Of a client that a relay speaks for. */
function hardwareIn(message: Dhcpv6Message, inner: Dhcpv6ClientMessage): MacAddress | undefined {
  const mac = dhcpv6Hardware(message, inner);
  return mac === undefined ? undefined : machine(mac);
}

const machine = (mac: MacAddress): MacAddress | undefined => (isMachine(mac) ? mac : undefined);
