/**
 * One TFTP read transfer as a function: RFC 1350 §2, §6, RFC 1123 §4.2.3 (retransmission, no DATA for a duplicate ACK),
 * RFC 7440 §4 (windows). Blocks are counted without end here and roll over to 0 on the wire, as iPXE, EDK2 and pxelinux expect.
 *
 * File content never comes through: an output says which octets to send.
 */
import { type BlockNumber, blockNumber, parseTftp, serializeTftp, TFTP_ERROR } from '../../wire/tftp.ts';
import { type TftpTerms, tftpError } from './tftp-request.ts';

export type TransferInput =
  /** A datagram that came to the transfer's own port. */
  | { readonly kind: 'datagram'; readonly bytes: Uint8Array; readonly fromPeer: boolean }
  /** The time of the last `wake` has come. */
  | { readonly kind: 'timer' };

export type TransferOutcome = 'complete' | 'size-probe' | 'aborted' | 'timed-out';

export type TransferOutput =
  | { readonly kind: 'send'; readonly bytes: Uint8Array }
  /** DATA `block` with the octets [offset, offset + length) of the file. */
  | { readonly kind: 'data'; readonly block: BlockNumber; readonly offset: number; readonly length: number }
  /** For whoever sent the datagram, who is not the peer. */
  | { readonly kind: 'send-to-stranger'; readonly bytes: Uint8Array }
  /** Wants a `timer` then; takes the place of every earlier wish. */
  | { readonly kind: 'wake'; readonly at: number }
  | { readonly kind: 'end'; readonly outcome: TransferOutcome; readonly because?: string };

export type TransferState = {
  readonly terms: TftpTerms;
  readonly size: number;
  readonly phase: 'oack' | 'data' | 'over';
  /** Blocks that arrived, counted from the start of the file. */
  readonly acked: number;
  /** The last block sent. */
  readonly sent: number;
  /** Timeouts since the last progress. */
  readonly tries: number;
  /** Windows sent again because of a duplicate ACK, since the last progress. */
  readonly rewinds: number;
  readonly wakeAt: number;
  /** The next wake is because of a duplicate ACK, not a timeout. */
  readonly suspicious: boolean;
  /** When the window was sent, if it was sent once: what a round trip is measured from (Karn). */
  readonly sentAt: number | undefined;
  /** Smoothed round trip time, milliseconds. */
  readonly roundTrip: number | undefined;
  readonly lastProgress: number;
};

/** A state whose owner changes it in place (takePlainAck). */
export type LiveTransferState = { -readonly [Key in keyof TransferState]: TransferState[Key] };

type Step = readonly [TransferState, readonly TransferOutput[]];

const FIRST_TIMEOUT_MS = 1000;
const LEAST_TIMEOUT_MS = 250;
const LONGEST_TIMEOUT_MS = 8000;
/** RFC 1350 §7: a transfer whose peer is gone must end. */
const MAX_TRIES = 6;
/** For DATA to somebody who has said nothing but a request: it may be forged (SEC-011), and who wants an answer asks again. */
const MAX_TRIES_UNHEARD = 3;
const GIVE_UP_MS = 60_000;
/** How long a duplicate ACK is left to turn out harmless before it is believed. */
const LEAST_SUSPICION_MS = 20;
const MAX_REWINDS = 3;

/** `now` in milliseconds. The first packet is the OACK, or without one the first window. */
export function startTransfer(terms: TftpTerms, size: number, now: number): Step {
  const state: TransferState = {
    terms,
    size,
    phase: terms.oack.length > 0 ? 'oack' : 'data',
    acked: 0,
    sent: 0,
    tries: 0,
    rewinds: 0,
    wakeAt: now,
    suspicious: false,
    sentAt: undefined,
    roundTrip: undefined,
    lastProgress: now,
  };
  return transmit({ ...state, sentAt: now }, now);
}

/** Never throws, whatever the bytes. A transfer that is over answers nothing but strangers. */
export function stepTransfer(state: TransferState, input: TransferInput, now: number): Step {
  if (input.kind === 'timer') return onTimer(state, now);
  const parsed = parseTftp(input.bytes);
  if (!input.fromPeer) {
    // RFC 1350 §4: the wrong TID is told so, and the transfer is not disturbed. Errors are never answered.
    const isError = parsed.ok && parsed.value.kind === 'error';
    const bytes = tftpError(TFTP_ERROR.unknownTransferId, 'unknown transfer id');
    return [state, isError ? [] : [{ kind: 'send-to-stranger', bytes }]];
  }
  if (!parsed.ok || state.phase === 'over') return [state, []];
  switch (parsed.value.kind) {
    case 'ack':
      return onAck(state, parsed.value.block, now);
    case 'error':
      return onError(state, parsed.value.code, parsed.value.message);
    default:
      return [state, []];
  }
}

function onAck(state: TransferState, block: BlockNumber, now: number): Step {
  if (state.phase === 'oack') {
    if (block !== 0) return [state, []];
    const first: LiveTransferState = { ...state, phase: 'data' };
    noteProgress(first, now);
    return transmit(first, now);
  }
  const next = { ...state };
  if (takePlainAck(next, block, now)) return [next, [...windowOf(next), { kind: 'wake', at: next.wakeAt }]];
  const ahead = blocksAhead(state, block);
  if (ahead === 0) return onDuplicateAck(state, now);
  // Neither of this window nor of the last: an old one that was delayed.
  if (state.acked + ahead > state.sent) return [state, []];
  noteProgress(next, now);
  return over({ ...next, acked: state.acked + ahead }, 'complete');
}

/**
 * The ACK that transfers consist of, in place, so that nothing is allocated: blocks of this window arrived, others follow. The
 * caller sends the blocks (acked, sent] and wakes at wakeAt. False, and nothing is changed, for every other: those are for
 * stepTransfer, which uses this too.
 */
export function takePlainAck(state: LiveTransferState, block: number, now: number): boolean {
  if (state.phase !== 'data') return false;
  const ahead = blocksAhead(state, block);
  const acked = state.acked + ahead;
  if (ahead === 0 || acked > state.sent || acked === lastBlock(state)) return false;
  noteProgress(state, now);
  state.acked = acked;
  state.sent = Math.min(acked + state.terms.windowsize, lastBlock(state));
  state.wakeAt = wakeTime(state, now);
  return true;
}

function blocksAhead({ acked }: TransferState, block: number): number {
  return (block - blockNumber(acked) + 0x10000) % 0x10000;
}

/**
 * With a window of one, a duplicate ACK says nothing, and DATA sent for it would double the traffic from there on (RFC 1123
 * §4.2.3.1). With larger windows it may be how the client says that the first block of the window is missing (RFC 7440 §4). So it
 * is believed only if no later ACK comes within two round trips, and a few times at most.
 */
function onDuplicateAck(state: TransferState, now: number): Step {
  if (state.terms.windowsize === 1 || state.suspicious || state.rewinds >= MAX_REWINDS) return [state, []];
  const wakeAt = now + Math.max(LEAST_SUSPICION_MS, 2 * (state.roundTrip ?? 0));
  if (wakeAt >= state.wakeAt) return [state, []];
  return [{ ...state, suspicious: true, wakeAt }, [{ kind: 'wake', at: wakeAt }]];
}

/** EDK2 (code 8) and iPXE (0) ask for the size this way: a request with tsize, and ERROR once they have it. */
function onError(state: TransferState, code: number, message: string): Step {
  const asksSize = state.terms.oack.some(({ name }) => name.toLowerCase() === 'tsize');
  const because = `ERROR ${code} ${message}`.trimEnd();
  return over(state, asksSize && state.acked === 0 ? 'size-probe' : 'aborted', because);
}

function onTimer(state: TransferState, now: number): Step {
  if (state.phase === 'over' || now < state.wakeAt) return [state, []];
  if (state.suspicious) {
    return transmit({ ...state, suspicious: false, rewinds: state.rewinds + 1, sentAt: undefined }, now);
  }
  const tries = state.tries + 1;
  const isUnheard = state.phase === 'data' && state.acked === 0 && state.terms.oack.length === 0;
  if (
    tries > (isUnheard ? MAX_TRIES_UNHEARD : MAX_TRIES) ||
    now - state.lastProgress >= Math.max(GIVE_UP_MS, 2 * timeout(state))
  ) {
    const missing = state.phase === 'oack' ? 'the OACK' : `block ${state.acked + 1} of ${lastBlock(state)}`;
    return over(state, 'timed-out', `no ACK of ${missing}`);
  }
  return transmit({ ...state, tries, sentAt: undefined }, now);
}

function noteProgress(state: LiveTransferState, now: number): void {
  if (state.sentAt !== undefined) {
    const sample = now - state.sentAt;
    state.roundTrip = ((state.roundTrip ?? sample) * 7 + sample) / 8;
  }
  state.tries = 0;
  state.rewinds = 0;
  state.suspicious = false;
  state.lastProgress = now;
  state.sentAt = now;
}

/** The OACK, or the window behind the last block that arrived; and when to do it again. */
function transmit(state: TransferState, now: number): Step {
  const wakeAt = wakeTime(state, now);
  const wake: TransferOutput = { kind: 'wake', at: wakeAt };
  if (state.phase === 'oack') {
    const bytes = serializeTftp({ kind: 'oack', options: state.terms.oack });
    return [{ ...state, wakeAt }, [{ kind: 'send', bytes }, wake]];
  }
  const sent = Math.min(state.acked + state.terms.windowsize, lastBlock(state));
  const next = { ...state, sent, wakeAt };
  return [next, [...windowOf(next), wake]];
}

function windowOf({ acked, sent, size, terms }: TransferState): TransferOutput[] {
  const outputs: TransferOutput[] = [];
  for (let count = acked + 1; count <= sent; count++) {
    const offset = (count - 1) * terms.blksize;
    const length = Math.min(terms.blksize, size - offset);
    outputs.push({ kind: 'data', block: blockNumber(count), offset, length });
  }
  return outputs;
}

function wakeTime(state: TransferState, now: number): number {
  const patience = timeout(state);
  return now + Math.min(patience * 2 ** state.tries, Math.max(LONGEST_TIMEOUT_MS, patience));
}

function timeout({ terms, roundTrip }: TransferState): number {
  if (terms.timeoutMs !== undefined) return terms.timeoutMs;
  if (roundTrip === undefined) return FIRST_TIMEOUT_MS;
  return Math.min(FIRST_TIMEOUT_MS, Math.max(LEAST_TIMEOUT_MS, 4 * roundTrip));
}

/** A block shorter than blksize ends the file: one of no octets where the size is a multiple (RFC 2348). */
export function lastBlock({ size, terms }: Pick<TransferState, 'size' | 'terms'>): number {
  return Math.floor(size / terms.blksize) + 1;
}

function over(state: TransferState, outcome: TransferOutcome, because?: string): Step {
  return [
    { ...state, phase: 'over' },
    [{ kind: 'end', outcome, ...(because === undefined ? {} : { because }) }],
  ];
}
