import type { Packet } from '../../story/packet.ts';
import { UNSPECIFIED_IPV4 } from '../../wire/address.ts';
import {
  BOOTREPLY,
  BOOTREQUEST,
  clientMac,
  type DhcpMessage,
  parseDhcpMessage,
} from '../../wire/dhcp/message.ts';
import type { Udp } from '../../wire/udp.ts';
import type { ScriptBook } from './script-book.ts';
import type { StepBase } from './step.ts';
import type { StepReader } from './step-reader.ts';

export type RecordedAnswer = { readonly frame: number; readonly message: DhcpMessage };

export type DhcpStep = StepBase & {
  readonly kind: 'dhcp';
  /** The whole Ethernet frame as the client sent it. */
  readonly bytes: Uint8Array;
  readonly message: DhcpMessage;
  readonly answers: RecordedAnswer[];
};

const PORT = { dhcpServer: 67, pxe: 4011 } as const;

/** DHCP and BOOTP over IPv4, port 4011 included. */
export class DhcpStepReader implements StepReader {
  readonly #book: ScriptBook;

  constructor(book: ScriptBook) {
    this.#book = book;
  }

  packet(packet: Packet): boolean {
    if (packet.transport.kind !== 'udp') return false;
    const { udp } = packet.transport;
    if (isServerPort(udp.destinationPort)) {
      this.#asked(packet, udp);
      return true;
    }
    const reply = isServerPort(udp.sourcePort) ? parseDhcpMessage(udp.payload) : undefined;
    if (reply?.ok !== true || reply.value.op !== BOOTREPLY) return false;
    this.#answered(packet, copyOf(reply.value, udp.payload));
    return true;
  }

  #asked({ frame, sourceMac }: Packet, udp: Udp): void {
    const parsed = parseDhcpMessage(udp.payload);
    if (!parsed.ok || parsed.value.op !== BOOTREQUEST || sourceMac === undefined) return;
    const message = parsed.value;
    const script = this.#book.scriptOf(clientMac(message));
    const missing = udp.missing > 0 || frame.bytes.length < frame.originalLength;
    if (message.giaddr !== UNSPECIFIED_IPV4 || sourceMac !== script.mac || missing) {
      const what = missing ? 'DHCP message that the capture cut' : 'DHCP message passed on by a relay';
      this.#book.leftOut(script.mac, what);
      return;
    }
    script.steps.push({
      kind: 'dhcp',
      frame: frame.number,
      timeNs: frame.timeNs,
      endNs: frame.timeNs,
      bytes: frame.bytes.slice(),
      message: copyOf(message, udp.payload),
      answers: [],
    });
  }

  #answered({ frame }: Packet, message: DhcpMessage): void {
    const step = this.#book
      .find(clientMac(message))
      ?.steps.findLast((one): one is DhcpStep => one.kind === 'dhcp' && one.message.xid === message.xid);
    if (step === undefined) return;
    step.answers.push({ frame: frame.number, message });
    step.endNs = frame.timeNs;
  }
}

/** 4011 is the PXE boot server's (PXE 2.1 §2.2.1). */
const isServerPort = (port: number): boolean => port === PORT.dhcpServer || port === PORT.pxe;

/** The message of a frame that the caller does not keep. */
function copyOf(message: DhcpMessage, payload: Uint8Array): DhcpMessage {
  const parsed = parseDhcpMessage(payload.slice());
  return parsed.ok ? parsed.value : message;
}
