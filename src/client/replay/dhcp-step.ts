import { bootFileOf } from '../../story/boot-file.ts';
import type { Packet } from '../../story/packet.ts';
import {
  type IpAddress,
  type Ipv4Address,
  type MacAddress,
  parseIpv4,
  UNSPECIFIED_IPV4,
} from '../../wire/address.ts';
import {
  BOOTREPLY,
  BOOTREQUEST,
  clientMac,
  type DhcpMessage,
  optionData,
  parseDhcpMessage,
} from '../../wire/dhcp/message.ts';
import { parseAddress } from '../../wire/dhcp/opt-addresses.ts';
import { MESSAGE_TYPE, messageTypeCode } from '../../wire/dhcp/opt-message-type.ts';
import type { Udp } from '../../wire/udp.ts';
import type { Answer } from './answer-pairs.ts';
import { plainName } from './file-name.ts';
import { isCut, isMachine, madeMac, type RecordedDatagram, recordedDatagram } from './recorded-datagram.ts';
import type { ScriptBook } from './script-book.ts';
import type { ReplayScript, StepBase } from './step.ts';
import type { StepReader } from './step-reader.ts';

export type RecordedAnswer = Answer & { readonly message: DhcpMessage };

/** Whoever passed the message on to the server: RFC 1542 §4. */
export type Relay = { readonly mac: MacAddress; readonly address: Ipv4Address };

export type DhcpTry = RecordedDatagram & { readonly message: DhcpMessage };

export type DhcpStep = StepBase & {
  readonly kind: 'dhcp';
  /** The question, and the same one again for want of an answer. At least one. */
  readonly tries: DhcpTry[];
  /** The first try's. */
  readonly message: DhcpMessage;
  readonly relay: Relay | undefined;
  readonly answers: RecordedAnswer[];
};

const OPTION = { serverId: 54, rapidCommit: 80 } as const;
const PORT = { dhcpServer: 67, pxe: 4011 } as const;
/** Seen at two interfaces of one capture. */
const SEEN_TWICE_NS = 50_000_000n;

/** DHCP and BOOTP over IPv4, port 4011 included. */
export class DhcpStepReader implements StepReader {
  readonly #book: ScriptBook;

  constructor(book: ScriptBook) {
    this.#book = book;
  }

  packet(packet: Packet): boolean {
    if (packet.transport.kind !== 'udp' || parseIpv4(packet.source) === undefined) return false;
    const { udp } = packet.transport;
    if (!isServerPort(udp.destinationPort) && !isServerPort(udp.sourcePort)) return false;
    // A copy: the frame is not kept.
    const parsed = parseDhcpMessage(udp.payload.slice());
    if (!parsed.ok) return isServerPort(udp.destinationPort);
    if (parsed.value.op === BOOTREQUEST) this.#asked(packet, udp, parsed.value);
    if (parsed.value.op === BOOTREPLY) this.#answered(packet, udp, parsed.value);
    return true;
  }

  #asked(packet: Packet, udp: Udp, message: DhcpMessage): void {
    const mac = clientMac(message);
    const why = isCut(packet, udp) ? 'that the capture cut' : isMachine(mac) ? undefined : 'of no machine';
    if (why !== undefined) {
      this.#book.leftOut(mac, `DHCP message ${why}`);
      return;
    }
    const script = this.#book.scriptOf(mac);
    const one: DhcpTry = { ...recordedDatagram(packet, udp), message };
    const relay = relayOf(packet, message);
    const asked = script.steps.findLast((step) => isSameQuestion(step, one, relay));
    const again = asked?.kind === 'dhcp' ? asked : undefined;
    const last = again?.tries.at(-1);
    if (last !== undefined && isSeenTwice(last, one)) return;
    if (again?.answers.length === 0) {
      again.tries.push(one);
      again.endNs = one.timeNs;
      return;
    }
    const { frame, timeNs } = one;
    const base = { kind: 'dhcp', frame, timeNs, endNs: timeNs, message, relay } as const;
    script.steps.push({ ...base, tries: [one], answers: [] });
  }

  #answered({ frame, source, destination }: Packet, udp: Udp, message: DhcpMessage): void {
    const mac = clientMac(message);
    const script = this.#book.find(mac);
    if (script === undefined) return;
    const toRelay = isToRelay(udp, message);
    const steps = script.steps.filter(
      (one): one is DhcpStep =>
        one.kind === 'dhcp' &&
        one.message.xid === message.xid &&
        isOnItsWay(one, toRelay) &&
        fits(one.message, message),
    );
    // A relay asks several servers the same: each question has its own answer.
    const asked = ({ tries: [first] }: DhcpStep): boolean => first?.destination === source;
    const step = steps.findLast(asked) ?? steps.at(-1);
    if (step === undefined || (step.relay !== undefined && step.relay.address !== destination)) return;
    step.answers.push(dhcpAnswer(frame.number, source, message));
    step.endNs = frame.timeNs;
    learn(script, message);
    const isLease = messageTypeCode(message) === MESSAGE_TYPE.ack || messageTypeCode(message) === undefined;
    if (isLease && message.yiaddr !== UNSPECIFIED_IPV4) this.#book.given(message.yiaddr, mac);
  }
}

function learn(script: ReplayScript, message: DhcpMessage): void {
  script.answers++;
  script.given.add(message.yiaddr);
  const file = bootFileOf(message);
  if (file !== undefined) script.told.add(plainName(file));
}

/** An offer without an address is a proxy's (PXE 2.1 §2.2.3); ACK and NAK answer the same question. */
export function dhcpAnswer(frame: number, source: IpAddress, message: DhcpMessage): RecordedAnswer {
  const data = optionData(message, OPTION.serverId);
  const said = data === undefined ? undefined : parseAddress(data);
  const server = said?.ok === true ? said.value : source;
  if (messageTypeCode(message) !== MESSAGE_TYPE.offer) return { frame, kind: 'reply', server, message };
  const kind = message.yiaddr === UNSPECIFIED_IPV4 ? 'proxy offer' : 'offer';
  return { frame, kind, server, message };
}

/** 4011 is the PXE boot server's (PXE 2.1 §2.2.1). */
const isServerPort = (port: number): boolean => port === PORT.dhcpServer || port === PORT.pxe;

/** RFC 1542 §5.4: a relay is answered at the server's port. (A boot server's client may speak from 4011.) */
export function isToRelay(udp: Pick<Udp, 'destinationPort'>, message: DhcpMessage): boolean {
  return udp.destinationPort === PORT.dhcpServer && message.giaddr !== UNSPECIFIED_IPV4;
}

/** What is for a relay is not for its client. (A client that fills in giaddr itself takes what comes.) */
export function isOnItsWay(
  { relay, message }: Pick<DhcpStep, 'relay' | 'message'>,
  toRelay: boolean,
): boolean {
  return (relay !== undefined) === toRelay || (relay === undefined && message.giaddr !== UNSPECIFIED_IPV4);
}

/** Whether an answer may be one to this question, going by the message types: RFC 2131 §3.1, RFC 4039 for 80. */
export function fits(question: DhcpMessage, answer: DhcpMessage): boolean {
  const [asked, answered] = [messageTypeCode(question), messageTypeCode(answer)];
  if (asked === undefined || answered === undefined) return true;
  if (asked !== MESSAGE_TYPE.discover) return answered !== MESSAGE_TYPE.offer;
  const rapid = question.options.some(({ code }) => code === OPTION.rapidCommit);
  return answered === MESSAGE_TYPE.offer || (rapid && answered === MESSAGE_TYPE.ack);
}

/** A client that fills in giaddr itself is no relay. */
function relayOf({ sourceMac, source }: Packet, message: DhcpMessage): Relay | undefined {
  const { giaddr } = message;
  if (giaddr === UNSPECIFIED_IPV4 || sourceMac === clientMac(message)) return undefined;
  if (sourceMac === undefined && source !== giaddr && message.hops === 0) return undefined;
  return {
    mac: sourceMac !== undefined && isMachine(sourceMac) ? sourceMac : madeMac(giaddr),
    address: giaddr,
  };
}

function isSameQuestion(
  step: ReplayScript['steps'][number],
  one: DhcpTry,
  relay: Relay | undefined,
): boolean {
  return (
    step.kind === 'dhcp' &&
    step.message.xid === one.message.xid &&
    messageTypeCode(step.message) === messageTypeCode(one.message) &&
    step.relay?.address === relay?.address &&
    step.tries[0]?.destination === one.destination
  );
}

function isSeenTwice(last: DhcpTry, one: DhcpTry): boolean {
  return one.timeNs - last.timeNs < SEEN_TWICE_NS && Buffer.compare(last.udp.payload, one.udp.payload) === 0;
}
