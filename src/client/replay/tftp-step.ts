import type { StoryEvent, TftpEvent } from '../../story/event.ts';
import type { Packet } from '../../story/packet.ts';
import { type Ipv4Address, parseIpv4 } from '../../wire/address.ts';
import { parseTftp, type TftpOption, type TftpRequest, tftpOption } from '../../wire/tftp.ts';
import type { Udp } from '../../wire/udp.ts';
import { plainName } from './file-name.ts';
import type { ScriptBook } from './script-book.ts';
import type { ReplayScript, StepBase } from './step.ts';
import type { StepReader } from './step-reader.ts';

/** What the recorded server gave. */
export type TftpGiven = {
  readonly oack: readonly TftpOption[] | undefined;
  readonly octets: number;
  /** Of a file that was read to its end, every octet of which is known. */
  readonly sha256: string | undefined;
  readonly error: { readonly code: number; readonly message: string } | undefined;
};

export type TftpStep = StepBase & {
  readonly kind: 'tftp';
  readonly request: TftpRequest;
  readonly server: Ipv4Address;
  readonly clientAddress: Ipv4Address;
  readonly clientPort: number;
  /** DHCP answers are in the capture, and none named the file. */
  readonly isOwnName: boolean;
  /** The client's own ERROR, octet by octet, and after how many blocks it came: a size probe ends so. */
  abort: { readonly payload: Uint8Array; readonly blocks: number } | undefined;
  /** Undefined where the story has dropped it: a capture of very many. */
  given: TftpGiven | undefined;
  /** Undefined where the capture has no packet of the server. */
  firstAnswer: number | undefined;
};

/** A read whose packets may still come. */
type OpenRead = {
  readonly step: TftpStep;
  readonly script: ReplayScript;
  serverPort: number | undefined;
  /** The client's ERROR. */
  abort: Uint8Array | undefined;
};

const TFTP_PORT = 69;
const DEFAULT_BLOCK = 512;

/** TFTP reads over IPv4. */
export class TftpStepReader implements StepReader {
  readonly #book: ScriptBook;
  /** The last one of each address and port of a client. */
  readonly #reads = new Map<string, OpenRead>();
  readonly #all: OpenRead[] = [];

  constructor(book: ScriptBook) {
    this.#book = book;
  }

  packet(packet: Packet): boolean {
    const source = parseIpv4(packet.source);
    const destination = parseIpv4(packet.destination);
    if (packet.transport.kind !== 'udp' || source === undefined || destination === undefined) return false;
    const { udp } = packet.transport;
    if (udp.destinationPort === TFTP_PORT) {
      this.#request(packet, udp, source, destination);
      return true;
    }
    const toServer = this.#reads.get(`${source}:${udp.sourcePort}`);
    if (toServer !== undefined) {
      fromClient(toServer, packet, udp);
      return true;
    }
    const toClient = this.#reads.get(`${destination}:${udp.destinationPort}`);
    if (toClient === undefined) return false;
    fromServer(toClient, packet, udp);
    return true;
  }

  finish(events: ReadonlyMap<number, StoryEvent>): void {
    for (const read of this.#all) {
      const event = events.get(read.step.frame);
      if (event?.kind === 'tftp') settle(read, event);
    }
  }

  #request(packet: Packet, udp: Udp, source: Ipv4Address, server: Ipv4Address): void {
    const { frame } = packet;
    const client = this.#book.clientOf(packet);
    const parsed = parseTftp(udp.payload.slice());
    if (!parsed.ok || parsed.value.kind !== 'rrq' || client === undefined) return;
    const request = parsed.value;
    const key = `${source}:${udp.sourcePort}`;
    const open = this.#reads.get(key);
    // Asked again for want of an answer: the same read.
    if (open !== undefined && open.serverPort === undefined && open.step.request.file === request.file)
      return;
    const script = this.#book.scriptOf(client);
    const step: TftpStep = {
      kind: 'tftp',
      frame: frame.number,
      timeNs: frame.timeNs,
      endNs: frame.timeNs,
      request,
      server,
      clientAddress: source,
      clientPort: udp.sourcePort,
      isOwnName: script.answers > 0 && !script.told.has(plainName(request.file)),
      abort: undefined,
      firstAnswer: undefined,
      given: undefined,
    };
    script.steps.push(step);
    const read: OpenRead = { step, script, serverPort: undefined, abort: undefined };
    this.#reads.set(key, read);
    this.#all.push(read);
  }
}

function fromClient(read: OpenRead, { frame }: Packet, udp: Udp): void {
  const parsed = parseTftp(udp.payload);
  if (!parsed.ok || udp.destinationPort !== read.serverPort) return;
  read.step.endNs = frame.timeNs;
  if (parsed.value.kind === 'error') read.abort ??= udp.payload.slice();
}

function fromServer(read: OpenRead, { frame }: Packet, udp: Udp): void {
  // RFC 1350 §4: the first answer chooses the server's port.
  if (read.serverPort === undefined) read.script.answers++;
  read.serverPort ??= udp.sourcePort;
  if (udp.sourcePort !== read.serverPort) return;
  read.step.firstAnswer ??= frame.number;
  read.step.endNs = frame.timeNs;
}

function settle({ step, abort }: OpenRead, transfer: TftpEvent): void {
  const { acknowledged: oack, octets, sha256, error, outcome } = transfer;
  const refusal = error?.from === 'server' ? { code: error.code, message: error.message } : undefined;
  step.given = { oack, octets, sha256, error: refusal };
  if (abort === undefined || (outcome !== 'size-probe' && outcome !== 'aborted')) return;
  const blockSize = Number(tftpOption(oack ?? [], 'blksize') ?? DEFAULT_BLOCK);
  step.abort = { payload: abort, blocks: Math.ceil(octets / blockSize) };
}
