/**
 * Read transfers of mapped files on one thread, which waits in epoll and nowhere else: for each ACK one recv and one send,
 * which carries the whole window. What an ACK means is tftp-transfer.ts's to say (takePlainAck for the ACKs that transfers
 * consist of, stepTransfer for all else); sockets, memory and time are here. docs/decisions/0006-tftp-data-plane.md.
 */
import { closeSync } from 'node:fs';
import { type Epoll, openEpoll } from '../../os/epoll.ts';
import { addressOf, errno, recvFrom, recvInto, sendTo } from '../../os/libc.ts';
import { LITTLE_ENDIAN } from '../../os/native.ts';
import { openPeerSocket, type PeerSocket } from '../../os/udp-peer.ts';
import { TFTP_ERROR } from '../../wire/tftp.ts';
import { type Alarm, AlarmQueue } from '../tftp/alarm-queue.ts';
import { tftpError } from '../tftp/tftp-request.ts';
import {
  type LiveTransferState,
  lastBlock,
  startTransfer,
  stepTransfer,
  type TransferOutput,
  type TransferState,
  takePlainAck,
} from '../tftp/tftp-transfer.ts';
import {
  type PlaneJob,
  type PlaneOutcome,
  type PlaneReport,
  type PlaneRequest,
  PROGRESS_NUMBERS,
} from './tftp-plane-messages.ts';
import { type Windowed, WindowSender } from './window-sender.ts';

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

type Live = Windowed & {
  state: LiveTransferState;
  /** The earliest alarm that is set. */
  alarmAt: number;
};

const ACK = 4;
const ACK_OCTETS = 4;
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
  readonly #windows = new WindowSender();
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
    if (length >= ACK_OCTETS && room[0] === 0 && room[1] === ACK) {
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
    if (window) this.#sendWindow(live);
  }

  #sendWindow(live: Live): void {
    const problem = this.#windows.send(live);
    if (problem !== undefined) this.#fail(live, problem);
  }

  #noteProgress({ job, state }: Live): void {
    const at = PROGRESS_NUMBERS * job.slot;
    this.#deps.progress[at] = state.acked;
    this.#deps.progress[at + 1] = state.lastProgress;
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
