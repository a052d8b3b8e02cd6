/**
 * One TFTP write transfer as a function: RFC 1350 §2, §6 (the dallying of whoever sends the last ACK), RFC 2349 (tsize), RFC
 * 7440 §4 (windows). The counterpart of tftp-transfer.ts, and blocks are counted as there.
 *
 * What is stored where is the shell's: it is told `store` for each piece in order, `finish` when all of it has come, and
 * says `stored` or `failed`. The last ACK is the promise that the file is there, so it waits for `stored`.
 */
import { type BlockNumber, blockNumber, parseTftp, serializeTftp, TFTP_ERROR } from '../../wire/tftp.ts';
import { type TftpTerms, tftpError } from './tftp-request.ts';

export type UploadInput =
  | { readonly kind: 'datagram'; readonly bytes: Uint8Array; readonly fromPeer: boolean }
  | { readonly kind: 'timer' }
  /** The answer to `finish`. */
  | { readonly kind: 'stored' }
  /** A piece could not be stored, or the whole could not be put into place. */
  | { readonly kind: 'failed'; readonly code: number; readonly message: string; readonly because: string };

export type UploadOutcome = 'complete' | 'aborted' | 'timed-out';

export type UploadOutput =
  | { readonly kind: 'send'; readonly bytes: Uint8Array }
  | { readonly kind: 'send-to-stranger'; readonly bytes: Uint8Array }
  /** A view of the datagram. */
  | { readonly kind: 'store'; readonly data: Uint8Array }
  | { readonly kind: 'finish' }
  | { readonly kind: 'wake'; readonly at: number }
  /** What came of it. Unless it is complete, what was stored is to be thrown away. */
  | { readonly kind: 'end'; readonly outcome: UploadOutcome; readonly because?: string }
  /** The port is needed no more. */
  | { readonly kind: 'close' };

export type UploadState = {
  readonly terms: TftpTerms;
  readonly maxOctets: number;
  readonly phase: 'receiving' | 'storing' | 'dallying' | 'over';
  /** Blocks that came, in order, counted from the start of the file. */
  readonly received: number;
  readonly octets: number;
  /** Blocks since the last ACK. */
  readonly inWindow: number;
  /** The client was told that a block of this window is missing. */
  readonly complained: boolean;
  readonly tries: number;
  readonly wakeAt: number;
  readonly lastProgress: number;
};

type Step = readonly [UploadState, readonly UploadOutput[]];

const TIMEOUT_MS = 1000;
const LONGEST_TIMEOUT_MS = 8000;
const MAX_TRIES = 6;
const GIVE_UP_MS = 60_000;
/** How long the last ACK may be asked for again. */
const DALLY_MS = 5000;

/** `now` in milliseconds. The first packet is the OACK, or without one ACK 0. */
export function startUpload(terms: TftpTerms, maxOctets: number, now: number): Step {
  const state: UploadState = {
    ...{ terms, maxOctets, phase: 'receiving', received: 0, octets: 0, inWindow: 0, complained: false },
    ...{ tries: 0, wakeAt: now, lastProgress: now },
  };
  return acknowledge(state, now);
}

/** Never throws, whatever the bytes. */
export function stepUpload(state: UploadState, input: UploadInput, now: number): Step {
  switch (input.kind) {
    case 'datagram':
      return onDatagram(state, input.bytes, input.fromPeer, now);
    case 'timer':
      return onTimer(state, now);
    case 'stored': {
      if (state.phase !== 'storing') return [state, []];
      const wakeAt = now + Math.max(DALLY_MS, 2 * patience(state));
      const outputs: UploadOutput[] = [ackOf(state), { kind: 'end', outcome: 'complete' }];
      return [{ ...state, phase: 'dallying', wakeAt }, [...outputs, { kind: 'wake', at: wakeAt }]];
    }
    case 'failed':
      if (state.phase === 'over' || state.phase === 'dallying') return [state, []];
      return refused(state, input.code, input.message, input.because);
    default:
      return input satisfies never;
  }
}

function onDatagram(state: UploadState, bytes: Uint8Array, fromPeer: boolean, now: number): Step {
  const parsed = parseTftp(bytes);
  if (!fromPeer) {
    const isError = parsed.ok && parsed.value.kind === 'error';
    const told = tftpError(TFTP_ERROR.unknownTransferId, 'unknown transfer id');
    return [state, isError ? [] : [{ kind: 'send-to-stranger', bytes: told }]];
  }
  if (!parsed.ok || state.phase === 'over') return [state, []];
  switch (parsed.value.kind) {
    case 'data':
      return onData(state, parsed.value.block, parsed.value.data, now);
    case 'error': {
      if (state.phase === 'dallying') return [{ ...state, phase: 'over' }, [{ kind: 'close' }]];
      const { code, message } = parsed.value;
      return over(state, 'aborted', `ERROR ${code} ${message}`.trimEnd());
    }
    default:
      return [state, []];
  }
}

function onData(state: UploadState, block: BlockNumber, data: Uint8Array, now: number): Step {
  const { terms } = state;
  const ahead = (block - blockNumber(state.received) + 0x10000) % 0x10000;
  if (state.phase === 'storing') return [state, []];
  // The ACK of the block that came last was lost. Said again, it is as good as the first time.
  if (ahead === 0) return [state, state.received === 0 ? [] : [ackOf(state)]];
  if (state.phase === 'dallying') return [state, []];
  if (ahead !== 1) {
    // A block of this window is missing: the client begins anew behind the last that came (RFC 7440 §4). Told once.
    if (ahead > terms.windowsize || state.complained) return [state, []];
    return acknowledge({ ...state, complained: true }, now);
  }
  if (data.length > terms.blksize) {
    const because = `DATA of ${data.length} octets, wanted at most ${terms.blksize}`;
    return refused(state, TFTP_ERROR.illegalOperation, 'wanted smaller blocks', because);
  }
  const octets = state.octets + data.length;
  if (octets > state.maxOctets) {
    return refused(state, TFTP_ERROR.diskFull, 'file too large', `more than ${state.maxOctets} octets`);
  }
  const next: UploadState = {
    ...{ ...state, received: state.received + 1, octets, inWindow: state.inWindow + 1 },
    ...{ complained: false, tries: 0, lastProgress: now },
  };
  const store: UploadOutput = { kind: 'store', data };
  if (data.length < terms.blksize) {
    return [{ ...next, phase: 'storing', wakeAt: Number.POSITIVE_INFINITY }, [store, { kind: 'finish' }]];
  }
  const [after, outputs] = next.inWindow >= terms.windowsize ? acknowledge(next, now) : waitOn(next, now);
  return [after, [store, ...outputs]];
}

function onTimer(state: UploadState, now: number): Step {
  if (state.phase === 'over' || state.phase === 'storing' || now < state.wakeAt) return [state, []];
  if (state.phase === 'dallying') return [{ ...state, phase: 'over' }, [{ kind: 'close' }]];
  const tries = state.tries + 1;
  if (tries > MAX_TRIES || now - state.lastProgress >= Math.max(GIVE_UP_MS, 2 * patience(state))) {
    return over(state, 'timed-out', `no block ${state.received + 1}`);
  }
  return acknowledge({ ...state, tries }, now);
}

/** Everything up to the last block that came; and when to say it again. */
function acknowledge(state: UploadState, now: number): Step {
  const [waiting, wake] = waitOn({ ...state, inWindow: 0 }, now);
  return [waiting, [ackOf(state), ...wake]];
}

function waitOn(state: UploadState, now: number): Step {
  const limit = Math.max(LONGEST_TIMEOUT_MS, patience(state));
  const wakeAt = now + Math.min(patience(state) * 2 ** state.tries, limit);
  return [{ ...state, wakeAt }, [{ kind: 'wake', at: wakeAt }]];
}

/** The OACK stands for ACK 0 (RFC 2347). */
function ackOf({ received, terms }: UploadState): UploadOutput {
  const bytes =
    received === 0 && terms.oack.length > 0
      ? serializeTftp({ kind: 'oack', options: terms.oack })
      : serializeTftp({ kind: 'ack', block: blockNumber(received) });
  return { kind: 'send', bytes };
}

function patience({ terms }: UploadState): number {
  return terms.timeoutMs ?? TIMEOUT_MS;
}

function refused(state: UploadState, code: number, message: string, because: string): Step {
  const [next, outputs] = over(state, 'aborted', because);
  return [next, [{ kind: 'send', bytes: tftpError(code, message) }, ...outputs]];
}

function over(state: UploadState, outcome: UploadOutcome, because: string): Step {
  return [{ ...state, phase: 'over' }, [{ kind: 'end', outcome, because }, { kind: 'close' }]];
}
