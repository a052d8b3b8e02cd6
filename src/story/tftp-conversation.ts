import type { Hash } from 'node:crypto';
import { u16At } from '../wire/bytes.ts';
import { TFTP_OPCODE, type Tftp, type TftpRequest, tftpOption } from '../wire/tftp.ts';
import { contentHash } from './content-hash.ts';
import type { EventSlot, StoryDraft, WithoutStage } from './draft.ts';
import type { Endpoint, Stage, TftpEvent, TftpOutcome } from './event.ts';
import { ProgramHead } from './program-head.ts';
import { readTftp } from './read-tftp.ts';

/** RFC 1350 §5: without a blksize option every block but the last has 512 octets. */
const DEFAULT_BLOCK_SIZE = 512;
const BLOCK_NUMBERS = 0x10000;
/** Where a DATA packet has its block number and its data (RFC 1350 §5). */
const BLOCK_AT = 2;
const DATA_AT = 4;

/** One packet of a transfer, or what may be one. */
export type Datagram = {
  readonly from: 'client' | 'server';
  readonly peer: Endpoint;
  readonly bytes: Uint8Array;
  /** Octets of the datagram that the capture does not hold (snap length, fragments). */
  readonly missing: number;
  readonly frame: number;
  readonly timeNs: bigint;
};

/** One transfer: RRQ or WRQ, and what follows between the client's port and the server's new one (RFC 1350 §4). */
export class TftpConversation {
  readonly #slot: EventSlot;
  readonly #stage: Stage;
  /** As it was told last, but for what is counted below: a block more is not worth an event. */
  #event: WithoutStage<TftpEvent>;
  #endNs: bigint;
  #lastFrame: number | undefined;
  #octets = 0;
  #retransmissions = 0;
  #hash: Hash | undefined;
  readonly #head = new ProgramHead();
  /** Counted without the wrap of the 16-bit block number, to know what was seen before. */
  #nextBlock = 1;
  #blockSize = DEFAULT_BLOCK_SIZE;
  #whole = false;

  constructor(
    draft: StoryDraft,
    request: TftpRequest,
    missing: number,
    client: Endpoint,
    server: Endpoint,
    frame: number,
    timeNs: bigint,
  ) {
    this.#stage = draft.stage;
    this.#event = {
      kind: 'tftp',
      timeNs,
      endNs: timeNs,
      frames: [frame],
      operation: request.kind === 'rrq' ? 'read' : 'write',
      file: request.file,
      mode: request.mode,
      requested: request.options,
      acknowledged: undefined,
      missing,
      client,
      server,
      outcome: 'in-progress',
      octets: 0,
      sha256: undefined,
      program: undefined,
      retransmissions: 0,
      error: undefined,
    };
    this.#hash = draft.contents === 'hashed' ? contentHash() : undefined;
    this.#endNs = timeNs;
    this.#slot = draft.add(this.#event);
  }

  get outcome(): TftpOutcome {
    return this.#event.outcome;
  }

  get lastHeardNs(): bigint {
    return this.#endNs;
  }

  /** True while nothing but this request was heard: then the same request again is a retransmission. */
  isUnansweredRequestFor(file: string): boolean {
    return (
      this.#event.outcome === 'in-progress' && this.#event.server.port === 69 && this.#event.file === file
    );
  }

  repeatRequest(frame: number, timeNs: bigint): void {
    this.#endNs = timeNs;
    this.#update({ frames: [...this.#event.frames, frame] });
  }

  hear(datagram: Datagram): void {
    if (this.#event.outcome !== 'in-progress') return;
    const { from, peer, frame, timeNs } = datagram;
    // The first answer fixes the server's transfer id; packets from another port are not this transfer's.
    if (from === 'server' && this.#event.server.port === 69) this.#event = { ...this.#event, server: peer };
    else if (peer.port !== this.#event.server.port) return;

    const { bytes } = datagram;
    // Blocks and their acknowledgments, which nearly all of a transfer is: without a packet for each, and where nobody wants to
    // see the data without a view.
    const opcode = bytes.length < DATA_AT ? undefined : u16At(bytes, 0);
    if (opcode === TFTP_OPCODE.data || opcode === TFTP_OPCODE.ack) {
      const block = u16At(bytes, BLOCK_AT);
      this.#saw(frame, timeNs);
      if (opcode === TFTP_OPCODE.data) this.#data(block, bytes, datagram.missing);
      else if (this.#isLastAck(from, block)) this.#complete();
      return;
    }
    const packet = readTftp(bytes, datagram.missing);
    if (packet === undefined) return;
    switch (packet.kind) {
      case 'oack':
        this.#saw(frame, timeNs);
        this.#blockSize = this.#agreedBlockSize(packet, datagram.missing);
        this.#update({
          acknowledged: packet.options,
          missing: this.#event.missing + datagram.missing,
        });
        break;
      case 'error':
        this.#saw(frame, timeNs);
        this.#update({
          error: { from, code: packet.code, message: packet.message },
          outcome: this.#endedBy(from),
        });
        break;
      case 'data':
      case 'ack':
      case 'rrq':
      case 'wrq':
      case 'unknown':
        break;
      default:
        packet satisfies never;
    }
  }

  #saw(frame: number, timeNs: bigint): void {
    this.#lastFrame = frame;
    this.#endNs = timeNs;
  }

  /** The capture is over, or nobody spoke for a long time. */
  finish(): void {
    if (this.#event.outcome !== 'in-progress') return;
    if (this.#whole) this.#complete();
    else this.#update({ outcome: this.#event.server.port === 69 ? 'unanswered' : 'stalled' });
  }

  /** Where the capture cut the OACK, most likely what was asked for. */
  #agreedBlockSize({ options }: Extract<Tftp, { kind: 'oack' }>, missing: number): number {
    const asked = missing > 0 ? tftpOption(this.#event.requested, 'blksize') : undefined;
    return Number(tftpOption(options, 'blksize') ?? asked ?? DEFAULT_BLOCK_SIZE);
  }

  #data(block: number, bytes: Uint8Array, missing: number): void {
    const length = bytes.length - DATA_AT + missing;
    // What they agreed on is not all there: the first block shows its size.
    if (block === 1 && this.#event.missing > 0) this.#blockSize = Math.max(this.#blockSize, length);
    // RFC 1350 does not say what follows 65535; clients expect 0.
    if (block === this.#nextBlock % BLOCK_NUMBERS) {
      if (missing > 0) this.#hash = undefined;
      if (this.#hash !== undefined || this.#head.isWanted) this.#look(bytes.subarray(DATA_AT));
      if (missing > 0) this.#head.forget();
      this.#nextBlock++;
      if (length < this.#blockSize) this.#whole = true;
      this.#octets += length;
      return;
    }
    const ahead = (block - (this.#nextBlock % BLOCK_NUMBERS) + BLOCK_NUMBERS) % BLOCK_NUMBERS;
    if (ahead < BLOCK_NUMBERS / 2) {
      // Blocks the capture does not hold: the content is not known any more, the transfer still is.
      this.#hash = undefined;
      this.#head.forget();
      this.#nextBlock += ahead + 1;
      if (length < this.#blockSize) this.#whole = true;
      this.#octets += length;
    } else {
      this.#retransmissions++;
    }
  }

  #look(data: Uint8Array): void {
    this.#hash?.update(data);
    this.#head.push(data);
  }

  #isLastAck(from: 'client' | 'server', block: number): boolean {
    const receiver = this.#event.operation === 'read' ? 'client' : 'server';
    return this.#whole && from === receiver && block === (this.#nextBlock - 1) % BLOCK_NUMBERS;
  }

  #complete(): void {
    this.#update({
      outcome: 'complete',
      sha256: this.#hash?.digest('hex'),
      program: this.#head.header(true),
    });
    this.#hash = undefined;
  }

  #endedBy(from: 'client' | 'server'): TftpOutcome {
    if (from === 'server') return 'refused';
    const askedSize = tftpOption(this.#event.requested, 'tsize') !== undefined;
    const noData = this.#octets === 0;
    // EDK2 sends ERROR 8 and iPXE ERROR 0 on the OACK (bios-dumb captures; clauses.md TFTP-014): they have what they asked.
    return askedSize && noData && this.#event.acknowledged !== undefined ? 'size-probe' : 'aborted';
  }

  #update(change: Partial<WithoutStage<TftpEvent>>): void {
    const frames = this.#frames();
    const counted = { octets: this.#octets, retransmissions: this.#retransmissions };
    this.#event = { ...this.#event, endNs: this.#endNs, frames, ...counted, ...change };
    this.#slot.replace({ ...this.#event, stage: this.#stage });
  }

  /** The first and the last, once more than the request was heard. */
  #frames(): readonly number[] {
    const { frames } = this.#event;
    const [first] = frames;
    if (this.#lastFrame === undefined || first === undefined) return frames;
    return [first, this.#lastFrame];
  }
}
