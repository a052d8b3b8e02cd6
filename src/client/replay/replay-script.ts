import type { Frame } from '../../pcap/frame.ts';
import type { TftpEvent } from '../../story/event.ts';
import type { Packet, PacketResult } from '../../story/packet.ts';
import { PacketReader } from '../../story/packet-reader.ts';
import { StoryBuilder } from '../../story/story-builder.ts';
import { type Ipv4Address, type MacAddress, parseIpv4, UNSPECIFIED_IPV4 } from '../../wire/address.ts';
import {
  BOOTREPLY,
  BOOTREQUEST,
  clientMac,
  type DhcpMessage,
  parseDhcpMessage,
} from '../../wire/dhcp/message.ts';
import { parseTftp, type TftpOption, type TftpRequest, tftpOption } from '../../wire/tftp.ts';
import type { Udp } from '../../wire/udp.ts';

export type RecordedAnswer = { readonly frame: number; readonly message: DhcpMessage };

type Common = {
  /** The frame of the capture with which the client began it. */
  readonly frame: number;
  readonly timeNs: bigint;
  /** The last frame of it, an answer to it included. */
  endNs: bigint;
};

export type DhcpStep = Common & {
  readonly kind: 'dhcp';
  /** The whole Ethernet frame as the client sent it. */
  readonly bytes: Uint8Array;
  readonly message: DhcpMessage;
  readonly answers: RecordedAnswer[];
};

/** What the recorded server gave. */
export type TftpGiven = {
  readonly oack: readonly TftpOption[] | undefined;
  readonly octets: number;
  /** Of a file that was read to its end, every octet of which is known. */
  readonly sha256: string | undefined;
  readonly error: { readonly code: number; readonly message: string } | undefined;
};

export type TftpStep = Common & {
  readonly kind: 'tftp';
  readonly request: TftpRequest;
  readonly server: Ipv4Address;
  readonly clientAddress: Ipv4Address;
  readonly clientPort: number;
  /** The client's own ERROR, octet by octet, and after how many blocks it came: a size probe ends so. */
  abort: { readonly payload: Uint8Array; readonly blocks: number } | undefined;
  given: TftpGiven;
  /** Undefined where the capture has no packet of the server. */
  firstAnswer: number | undefined;
};

export type ReplayStep = DhcpStep | TftpStep;

/** All that one client of a capture did, in order, with what it got for it. */
export type ReplayScript = {
  readonly mac: MacAddress;
  readonly steps: ReplayStep[];
  /** What it did that is not done again, in words, with the number of times. */
  readonly left: Map<string, number>;
};

const PORT = { dhcpServer: 67, pxe: 4011, tftp: 69, dns: 53, dhcpv6: 547 } as const;
const DEFAULT_BLOCK = 512;

/** Reads what clients did out of a capture. Pure; whatever cannot be read is passed over, as explain does. */
export function replayScripts(frames: readonly Frame[]): readonly ReplayScript[] {
  const reader = new ScriptReader();
  const packets = new PacketReader();
  const take = (opened: PacketResult): void => {
    if (opened.kind === 'packet') reader.packet(opened.packet);
  };
  for (const frame of frames) packets.read(frame, take);
  packets.finish(take);
  return reader.finish(transfersOf(frames));
}

/** What came of each TFTP request, by the frame of the request: the story knows. */
function transfersOf(frames: readonly Frame[]): ReadonlyMap<number, TftpEvent> {
  const builder = new StoryBuilder();
  builder.add({ frames, notes: [] });
  builder.finish();
  const events = builder.stories().flatMap(({ events }) => events.filter((event) => event.kind === 'tftp'));
  return new Map(events.map((event) => [event.frames[0] ?? 0, event]));
}

/** A read whose packets may still come. */
type OpenRead = {
  readonly step: TftpStep;
  serverPort: number | undefined;
  /** The client's ERROR. */
  abort: Uint8Array | undefined;
};

class ScriptReader {
  readonly #scripts = new Map<MacAddress, ReplayScript>();
  /** The last one of each address and port of a client. */
  readonly #reads = new Map<string, OpenRead>();
  readonly #all: OpenRead[] = [];

  packet(packet: Packet): void {
    const { transport } = packet;
    const source = parseIpv4(packet.source);
    const destination = parseIpv4(packet.destination);
    if (transport.kind === 'udp' && source !== undefined && destination !== undefined) {
      const { udp } = transport;
      if (udp.destinationPort === PORT.dhcpServer || udp.destinationPort === PORT.pxe) {
        this.#asked(packet, udp);
        return;
      }
      const reply = parseDhcpMessage(udp.payload);
      if (
        (udp.sourcePort === PORT.dhcpServer || udp.sourcePort === PORT.pxe) &&
        reply.ok &&
        reply.value.op === BOOTREPLY
      ) {
        this.#answered(packet, reply.value);
        return;
      }
      if (udp.destinationPort === PORT.tftp) {
        this.#tftpRequest(packet, udp, source, destination);
        return;
      }
      const toServer = this.#reads.get(`${source}:${udp.sourcePort}`);
      if (toServer !== undefined) {
        tftpFromClient(toServer, packet, udp);
        return;
      }
      const toClient = this.#reads.get(`${destination}:${udp.destinationPort}`);
      if (toClient !== undefined) {
        tftpFromServer(toClient, packet, udp);
        return;
      }
      if (udp.destinationPort === PORT.dns) {
        this.#leftOut(packet, 'DNS question');
        return;
      }
    }
    if (transport.kind === 'udp' && transport.udp.destinationPort === PORT.dhcpv6)
      this.#leftOut(packet, 'DHCPv6 message');
    if (transport.kind === 'tcp' && transport.tcp.flags.syn && !transport.tcp.flags.ack)
      this.#leftOut(packet, 'TCP connection');
  }

  finish(transfers: ReadonlyMap<number, TftpEvent>): readonly ReplayScript[] {
    for (const read of this.#all) settle(read, transfers.get(read.step.frame));
    return [...this.#scripts.values()].filter(({ steps }) => steps.length > 0);
  }

  #scriptOf(mac: MacAddress): ReplayScript {
    const known = this.#scripts.get(mac);
    if (known !== undefined) return known;
    const script: ReplayScript = { mac, steps: [], left: new Map() };
    this.#scripts.set(mac, script);
    return script;
  }

  #leftOut(packet: Packet, what: string): void {
    if (packet.sourceMac === undefined) return;
    const { left } = this.#scriptOf(packet.sourceMac);
    left.set(what, (left.get(what) ?? 0) + 1);
  }

  #asked({ frame, sourceMac }: Packet, udp: Udp): void {
    const parsed = parseDhcpMessage(udp.payload);
    if (!parsed.ok || parsed.value.op !== BOOTREQUEST || sourceMac === undefined) return;
    const message = parsed.value;
    const script = this.#scriptOf(clientMac(message));
    const missing = udp.missing > 0 || frame.bytes.length < frame.originalLength;
    if (message.giaddr !== UNSPECIFIED_IPV4 || sourceMac !== script.mac || missing) {
      const what = missing ? 'DHCP message that the capture cut' : 'DHCP message passed on by a relay';
      script.left.set(what, (script.left.get(what) ?? 0) + 1);
      return;
    }
    const bytes = frame.bytes.slice();
    script.steps.push({
      kind: 'dhcp',
      frame: frame.number,
      timeNs: frame.timeNs,
      endNs: frame.timeNs,
      bytes,
      message: copyOf(message, udp.payload),
      answers: [],
    });
  }

  #answered({ frame }: Packet, message: DhcpMessage): void {
    const step = this.#scripts
      .get(clientMac(message))
      ?.steps.findLast((one): one is DhcpStep => one.kind === 'dhcp' && one.message.xid === message.xid);
    if (step === undefined) return;
    step.answers.push({ frame: frame.number, message });
    step.endNs = frame.timeNs;
  }

  #tftpRequest({ frame, sourceMac }: Packet, udp: Udp, source: Ipv4Address, server: Ipv4Address): void {
    const parsed = parseTftp(udp.payload);
    if (!parsed.ok || parsed.value.kind !== 'rrq' || sourceMac === undefined) return;
    const request = parsed.value;
    const key = `${source}:${udp.sourcePort}`;
    const open = this.#reads.get(key);
    // Asked again for want of an answer: the same read.
    if (open !== undefined && open.serverPort === undefined && open.step.request.file === request.file)
      return;
    const script = this.#scriptOf(sourceMac);
    const step: TftpStep = {
      kind: 'tftp',
      frame: frame.number,
      timeNs: frame.timeNs,
      endNs: frame.timeNs,
      request,
      server,
      clientAddress: source,
      clientPort: udp.sourcePort,
      abort: undefined,
      firstAnswer: undefined,
      given: { oack: undefined, octets: 0, sha256: undefined, error: undefined },
    };
    script.steps.push(step);
    const read: OpenRead = { step, serverPort: undefined, abort: undefined };
    this.#reads.set(key, read);
    this.#all.push(read);
  }
}

/** The message of a frame that the caller does not keep. */
function copyOf(message: DhcpMessage, payload: Uint8Array): DhcpMessage {
  const parsed = parseDhcpMessage(payload.slice());
  return parsed.ok ? parsed.value : message;
}

function tftpFromClient(read: OpenRead, { frame }: Packet, udp: Udp): void {
  const parsed = parseTftp(udp.payload);
  if (!parsed.ok || udp.destinationPort !== read.serverPort) return;
  read.step.endNs = frame.timeNs;
  if (parsed.value.kind === 'error') read.abort ??= udp.payload.slice();
}

function tftpFromServer(read: OpenRead, { frame }: Packet, udp: Udp): void {
  // RFC 1350 §4: the first answer chooses the server's port.
  read.serverPort ??= udp.sourcePort;
  if (udp.sourcePort !== read.serverPort) return;
  read.step.firstAnswer ??= frame.number;
  read.step.endNs = frame.timeNs;
}

function settle({ step, abort }: OpenRead, transfer: TftpEvent | undefined): void {
  if (transfer === undefined) return;
  const { acknowledged: oack, octets, sha256, error, outcome } = transfer;
  const refusal = error?.from === 'server' ? { code: error.code, message: error.message } : undefined;
  step.given = { oack, octets, sha256, error: refusal };
  if (abort === undefined || (outcome !== 'size-probe' && outcome !== 'aborted')) return;
  const blockSize = Number(tftpOption(oack ?? [], 'blksize') ?? DEFAULT_BLOCK);
  step.abort = { payload: abort, blocks: Math.ceil(octets / blockSize) };
}
