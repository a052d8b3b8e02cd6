/**
 * Read transfers of mapped files on one thread, which waits in epoll and nowhere else: for each ACK one recv and one send,
 * which carries the whole window. What an ACK means is tftp-transfer.ts's to say (takePlainAck for the ACKs that transfers
 * consist of, stepTransfer for all else); sockets, memory and time are here. docs/decisions/0006-tftp-data-plane.md.
 */
import { closeSync, fstatSync } from 'node:fs';
import { type Epoll, openEpoll } from '../../os/epoll.ts';
import { addressOf, errno, recvFrom, recvInto, sendTo } from '../../os/libc.ts';
import { LITTLE_ENDIAN } from '../../os/native.ts';
import { type SliceSender, sliceSender } from '../../os/slice-sender.ts';
import { openPeerSocket, type PeerSocket, type UdpPeer } from '../../os/udp-peer.ts';
import { TFTP_ERROR } from '../../wire/tftp.ts';
import { type Alarm, AlarmQueue } from '../tftp/alarm-queue.ts';
import { type TftpTerms, tftpError } from '../tftp/tftp-request.ts';
import {
  type LiveTransferState,
  lastBlock,
  startTransfer,
  stepTransfer,
  type TransferOutcome,
  type TransferOutput,
  type TransferState,
  takePlainAck,
} from '../tftp/tftp-transfer.ts';

export type PlaneJob = {
  readonly slot: number;
  /** Of the server. */
  readonly address: string;
  /** Which ports of it to try, in that order. */
  readonly ports: readonly number[];
  readonly peer: UdpPeer;
  readonly terms: TftpTerms;
  /** A mapped file, which stays mapped and open until the transfer is told to be over. */
  readonly memory: number;
  readonly size: number;
  readonly fd: number;
  readonly modified: number;
};

export type PlaneRequest =
  | ({ readonly kind: 'start' } & PlaneJob)
  | { readonly kind: 'abandon'; readonly slot: number }
  | { readonly kind: 'stop' };

/** `not-started`: nothing was sent. `failed`: the client was told by an ERROR. `abandoned`: nobody was told. */
export type PlaneOutcome = TransferOutcome | 'not-started' | 'failed' | 'abandoned';

export type PlaneReport = {
  readonly slot: number;
  readonly outcome: PlaneOutcome;
  readonly octets: number;
  readonly because?: string;
};

/** Of each slot in `progress`. */
export const PROGRESS_NUMBERS = 2;

export type PlaneLoopDeps = {
  readonly now: () => number;
  /** Rung when `next` has something; `rung` says so without a system call, and may be late. */
  readonly doorbell: { readonly fd: number; readonly silence: () => void };
  readonly rung: () => boolean;
  readonly next: () => PlaneRequest | undefined;
  readonly report: (report: PlaneReport) => void;
  /** By slot: blocks that arrived, -1 before the client has acknowledged anything; and when the last one did. */
  readonly progress: Float64Array;
};

type Live = {
  readonly job: PlaneJob;
  readonly socket: PeerSocket;
  readonly last: number;
  state: LiveTransferState;
  /** The earliest alarm that is set. */
  alarmAt: number;
  /** Whether the way to this client takes messages that are cut into datagrams on the way. */
  cuts: boolean;
  /** The file was seen to be the same version before its last octets left. */
  seenWhole: boolean;
};

const DATA = 3;
const ACK = 4;
const HEADER_OCTETS = 4;
const MSG_DONTWAIT = 0x40;
const ECONNREFUSED = 111;
/** ACKs have 4 octets; an ERROR with its text has more. */
const ROOM = 1024;
const NAME = 16;
const DOORBELL = 0xffff_ffff;
/** Packets of a single transfer between two looks at everything else. */
const TURNS_ALONE = 64;
/** How long the thread may be deaf to the end of its process. */
const LONGEST_WAIT_MS = 250;

export class PlaneLoop {
  readonly #deps: PlaneLoopDeps;
  readonly #epoll: Epoll = openEpoll();
  readonly #sender: SliceSender = sliceSender(DATA);
  readonly #alarms = new AlarmQueue();
  readonly #live = new Map<number, Live>();
  /** What was received, then a struct sockaddr_in and its length. */
  readonly #memory = new ArrayBuffer(ROOM + NAME + 4);
  readonly #room = new Uint8Array(this.#memory, 0, ROOM);
  readonly #name = new Uint8Array(this.#memory, ROOM, NAME);
  readonly #nameLength = new DataView(this.#memory, ROOM + NAME, 4);
  readonly #roomAt = addressOf(this.#memory);
  readonly #nameAt = this.#roomAt + BigInt(ROOM);
  readonly #nameLengthAt = this.#nameAt + BigInt(NAME);
  #stopped = false;

  constructor(deps: PlaneLoopDeps) {
    this.#deps = deps;
    this.#epoll.add(deps.doorbell.fd, DOORBELL);
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** Until no transfer is left. */
  run(): void {
    const { now } = this.#deps;
    while (this.#live.size > 0 && !this.#stopped) {
      if (this.#live.size === 1 && this.#serveTheOnlyOne()) continue;
      const untilAlarm = Math.ceil(this.#alarms.next - now());
      this.#attend(Math.min(LONGEST_WAIT_MS, Math.max(0, untilAlarm)));
    }
  }

  /** Waits so long for something to hear, at most, and does what is due. */
  #attend(waitMs: number): void {
    const ready = this.#epoll.wait(waitMs);
    const time = this.#deps.now();
    for (let index = 0; index < ready && !this.#stopped; index++) {
      this.#hear(this.#epoll.tokenAt(index), time);
    }
    for (;;) {
      const alarm = this.#alarms.due(time);
      if (alarm === undefined) return;
      this.#ring(alarm, time);
    }
  }

  /**
   * As long as one transfer is all there is, to wait in recv is one system call less for each block than to wait in epoll first.
   * The wait is short, and ends with the doorbell too, which is looked at without a call. False: nothing came.
   */
  #serveTheOnlyOne(): boolean {
    const [live] = this.#live.values();
    if (live === undefined) return false;
    const { now, rung } = this.#deps;
    for (let turn = 0; turn < TURNS_ALONE && !rung() && this.#live.has(live.job.slot); turn++) {
      const length = recvInto(live.socket.fd, this.#roomAt, ROOM, 0);
      if (length < 0) {
        if (errno() === ECONNREFUSED) this.#closedItsPort(live);
        return false;
      }
      this.#hearPeer(live, length, now());
    }
    // Strangers, alarms and the doorbell have their turn, without waiting.
    this.#attend(0);
    return true;
  }

  take(request: PlaneRequest): void {
    switch (request.kind) {
      case 'start':
        this.#start(request);
        break;
      case 'abandon': {
        const live = this.#live.get(request.slot);
        if (live !== undefined) this.#end(live, 'abandoned');
        break;
      }
      case 'stop':
        for (const live of this.#live.values()) this.#end(live, 'abandoned');
        this.#stopped = true;
        this.#epoll[Symbol.dispose]();
        break;
      default:
        request satisfies never;
    }
  }

  #start(job: PlaneJob): void {
    const { slot, terms, size } = job;
    let socket: PeerSocket | undefined;
    try {
      socket = openPeerSocket(job.address, job.ports, job.peer);
      this.#epoll.add(socket.fd, 2 * slot);
      this.#epoll.add(socket.others, 2 * slot + 1);
    } catch (error) {
      for (const fd of socket === undefined ? [] : [socket.fd, socket.others]) closeSync(fd);
      this.#deps.report({ slot, outcome: 'not-started', octets: 0, because: messageOf(error) });
      return;
    }
    this.#deps.progress[PROGRESS_NUMBERS * slot] = -1;
    const [state, outputs] = startTransfer(terms, size, this.#deps.now());
    const live: Live = {
      ...{ job, socket, state, last: lastBlock({ size, terms }), alarmAt: Number.POSITIVE_INFINITY },
      ...{ cuts: true, seenWhole: false },
    };
    this.#live.set(slot, live);
    this.#carryOut(live, state, outputs);
  }

  #hear(token: number, now: number): void {
    if (token === DOORBELL) {
      this.#deps.doorbell.silence();
      for (;;) {
        const request = this.#deps.next();
        if (request === undefined || this.#stopped) return;
        this.take(request);
      }
    }
    // It may have ended by what was heard a moment ago.
    const live = this.#live.get(token >>> 1);
    if (live === undefined) return;
    if ((token & 1) === 1) {
      this.#hearStranger(live, now);
      return;
    }
    const length = recvInto(live.socket.fd, this.#roomAt, ROOM, MSG_DONTWAIT);
    if (length >= 0) this.#hearPeer(live, length, now);
    else if (errno() === ECONNREFUSED) this.#closedItsPort(live);
  }

  /** ICMP has said so. Nobody is there to be told. */
  #closedItsPort(live: Live): void {
    this.#end(live, 'aborted', 'the client has closed its port');
  }

  #hearPeer(live: Live, length: number, now: number): void {
    const room = this.#room;
    if (length >= HEADER_OCTETS && room[0] === 0 && room[1] === ACK) {
      const block = ((room[2] as number) << 8) | (room[3] as number);
      if (takePlainAck(live.state, block, now)) {
        this.#noteProgress(live);
        this.#sendWindow(live);
        // Later than the alarm that is set, but for a round trip that has become much shorter.
        if (live.state.wakeAt < live.alarmAt) this.#setAlarm(live);
        return;
      }
    }
    const bytes = room.subarray(0, length);
    this.#carryOut(live, ...stepTransfer(live.state, { kind: 'datagram', bytes, fromPeer: true }, now));
  }

  #hearStranger(live: Live, now: number): void {
    this.#nameLength.setUint32(0, NAME, LITTLE_ENDIAN);
    const { others } = live.socket;
    const length = recvFrom(others, this.#roomAt, ROOM, MSG_DONTWAIT, this.#nameAt, this.#nameLengthAt);
    if (length < 0) return;
    const bytes = this.#room.subarray(0, length);
    this.#carryOut(live, ...stepTransfer(live.state, { kind: 'datagram', bytes, fromPeer: false }, now));
  }

  #ring(alarm: Alarm, now: number): void {
    const live = this.#live.get(alarm.id);
    // Of a transfer that is over, or one that was set again for earlier.
    if (live === undefined || live.alarmAt !== alarm.at) return;
    live.alarmAt = Number.POSITIVE_INFINITY;
    if (live.state.wakeAt > now) this.#setAlarm(live);
    else this.#carryOut(live, ...stepTransfer(live.state, { kind: 'timer' }, now));
  }

  #setAlarm(live: Live): void {
    live.alarmAt = live.state.wakeAt;
    this.#alarms.set(live.job.slot, live.alarmAt);
  }

  #carryOut(live: Live, state: TransferState, outputs: readonly TransferOutput[]): void {
    live.state = { ...state };
    const { terms } = live.job;
    if (state.phase === 'data' && (state.acked > 0 || terms.oack.length > 0)) this.#noteProgress(live);
    let window = false;
    for (const output of outputs) {
      switch (output.kind) {
        case 'send':
          sendTo(live.socket.fd, output.bytes, output.bytes.length, MSG_DONTWAIT, null, 0);
          break;
        case 'send-to-stranger':
          sendTo(live.socket.others, output.bytes, output.bytes.length, MSG_DONTWAIT, this.#name, NAME);
          break;
        case 'data':
          window = true;
          break;
        case 'wake':
          if (output.at < live.alarmAt) this.#setAlarm(live);
          break;
        case 'end':
          this.#end(live, output.outcome, output.because);
          break;
        default:
          output satisfies never;
      }
    }
    // A window is all of (acked, sent], whoever asks for it.
    if (window) this.#sendWindow(live);
  }

  #noteProgress({ job, state }: Live): void {
    const at = PROGRESS_NUMBERS * job.slot;
    this.#deps.progress[at] = state.acked;
    this.#deps.progress[at + 1] = state.lastProgress;
  }

  #sendWindow(live: Live): void {
    const { job, state, last } = live;
    if (state.sent === last && !live.seenWhole && !this.#isSameFile(live)) return;
    const { blksize } = job.terms;
    const segment = HEADER_OCTETS + blksize;
    const capacity = this.#sender.capacity(segment);
    for (let block = state.acked + 1; block <= state.sent; ) {
      const count = Math.min(capacity, state.sent - block + 1);
      for (let index = 0; index < count; index++, block++) {
        const offset = (block - 1) * blksize;
        this.#sender.put(index, block & 0xffff, job.memory + offset, Math.min(blksize, job.size - offset));
      }
      if (!this.#send(live, count, segment)) return;
    }
  }

  /** False if the transfer has ended by it. */
  #send(live: Live, count: number, segment: number): boolean {
    const { fd } = live.socket;
    let result = live.cuts && count > 1 ? this.#sender.sendCut(fd, count, segment) : 'refused';
    if (result === 'refused') {
      if (count > 1) live.cuts = false;
      result = this.#sender.sendEach(fd, count);
    }
    if (result !== 'unmapped') return true;
    this.#fail(live, 'the file has become shorter');
    return false;
  }

  /** Before the client has all of it: octets of two versions are no boot file. */
  #isSameFile(live: Live): boolean {
    try {
      const { size, mtimeMs } = fstatSync(live.job.fd);
      live.seenWhole = size === live.job.size && mtimeMs === live.job.modified;
      if (!live.seenWhole) this.#fail(live, 'the file was changed during the transfer');
    } catch (error) {
      this.#fail(live, messageOf(error));
    }
    return live.seenWhole;
  }

  #fail(live: Live, because: string): void {
    const error = tftpError(TFTP_ERROR.notDefined, 'the file has changed');
    sendTo(live.socket.fd, error, error.length, MSG_DONTWAIT, null, 0);
    this.#end(live, 'failed', because);
  }

  #end(live: Live, outcome: PlaneOutcome, because?: string): void {
    const { job, socket, state } = live;
    if (!this.#live.delete(job.slot)) return;
    // Closing takes them out of epoll: nobody else has these descriptors.
    closeSync(socket.fd);
    closeSync(socket.others);
    const octets = outcome === 'complete' ? job.size : Math.min(job.size, state.acked * job.terms.blksize);
    this.#deps.report({ slot: job.slot, outcome, octets, ...(because === undefined ? {} : { because }) });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
