import { serializeTftp, TFTP_ERROR } from '../../wire/tftp.ts';
import { type TftpTerms, tftpError } from '../tftp/tftp-request.ts';
import {
  startTransfer,
  stepTransfer,
  type TransferOutcome,
  type TransferOutput,
  type TransferState,
} from '../tftp/tftp-transfer.ts';
import type { BlockSource } from './block-source.ts';
import type { Clock } from './clock.ts';
import type { UdpHandler, UdpSocket } from './udp-socket.ts';

/** How a transfer ended; `abandoned`: because the server ended it. */
export type SessionEnd = {
  readonly outcome: TransferOutcome | 'abandoned';
  readonly octets: number;
  readonly because?: string;
};

export type SessionSpec = {
  readonly peer: { readonly address: string; readonly port: number };
  readonly terms: TftpTerms;
  /** The transfer's port: where its datagrams come from and go to. */
  readonly open: (onDatagram: UdpHandler) => Promise<UdpSocket>;
};

export type SessionDeps = {
  readonly clock: Clock;
  /** What came of it. Called once. */
  readonly ended: (end: SessionEnd) => void;
  /** Its port is free again. */
  readonly closed: () => void;
};

/** A transfer that is under way, however it is carried out. */
export interface RunningTransfer extends AsyncDisposable {
  /** Milliseconds since something arrived at the other end; undefined: nothing has, yet. */
  readonly quiet: () => number | undefined;
  /** That arrived at the other end. */
  readonly octets: () => number;
  /** Ends it without a word: the client has begun anew. */
  readonly abandon: () => void;
}

/**
 * Runs one read transfer on the event loop until it is over: what the data plane is not for (netascii, one port for all, a
 * file system that maps no files). Takes the source over. Throws what opening the port throws.
 */
export async function runTransfer(
  spec: SessionSpec & { readonly source: BlockSource },
  deps: SessionDeps,
): Promise<RunningTransfer> {
  const { peer, source, terms } = spec;
  const first = startTransfer(terms, source.size, deps.clock.now());
  let state: TransferState = first[0];
  let wake: Disposable | undefined;
  let open = true;
  /** Outputs are carried out one after the other: reading a file may have to wait for the disk. */
  let last: Promise<void> | undefined;

  const octets = (): number => Math.min(source.size, state.acked * terms.blksize);
  const close = async (end: SessionEnd): Promise<void> => {
    if (!open) return;
    open = false;
    wake?.[Symbol.dispose]();
    deps.ended(end);
    await last?.catch(() => undefined);
    await socket[Symbol.asyncDispose]();
    await source[Symbol.asyncDispose]();
    deps.closed();
  };

  let socket: UdpSocket;
  try {
    socket = await spec.open((bytes, from) => {
      const fromPeer = from.address === peer.address && from.port === peer.port;
      advance(stepTransfer(state, { kind: 'datagram', bytes, fromPeer }, deps.clock.now()), from);
    });
  } catch (error) {
    await source[Symbol.asyncDispose]();
    throw error;
  }

  const advance = (
    [next, outputs]: readonly [TransferState, readonly TransferOutput[]],
    from: { readonly address: string; readonly port: number },
  ): void => {
    if (!open) return;
    state = next;
    for (const output of outputs) {
      if (output.kind === 'wake') {
        wake?.[Symbol.dispose]();
        const now = deps.clock.now();
        wake = deps.clock.after(Math.max(0, output.at - now), () =>
          advance(stepTransfer(state, { kind: 'timer' }, Math.max(output.at, deps.clock.now())), peer),
        );
      } else if (last === undefined) {
        const pending = carryOut(output, from);
        if (pending !== undefined) queue(pending);
      } else {
        queue(last.then(() => carryOut(output, from)));
      }
    }
  };

  const queue = (work: Promise<void>): void => {
    const mine = work.catch(failed).finally(() => {
      if (last === mine) last = undefined;
    });
    last = mine;
  };

  const failed = (error: unknown): void => {
    const because = error instanceof Error ? error.message : String(error);
    socket.send(tftpError(TFTP_ERROR.notDefined, 'cannot read the file'), peer.port, peer.address);
    void close({ outcome: 'aborted', octets: octets(), because });
  };

  /** A promise only where it has to wait. */
  const carryOut = (
    output: Exclude<TransferOutput, { kind: 'wake' }>,
    from: { readonly address: string; readonly port: number },
  ): Promise<void> | undefined => {
    if (!open) return undefined;
    switch (output.kind) {
      case 'send':
        socket.send(output.bytes, peer.port, peer.address);
        return undefined;
      case 'send-to-stranger':
        socket.send(output.bytes, from.port, from.address);
        return undefined;
      case 'data': {
        const sendData = (data: Uint8Array): void =>
          socket.send(serializeTftp({ kind: 'data', block: output.block, data }), peer.port, peer.address);
        const data = source.read(output.offset, output.length);
        if (data instanceof Promise) return data.then(sendData);
        sendData(data);
        return undefined;
      }
      case 'end': {
        const { outcome, because } = output;
        const sent = outcome === 'complete' ? source.size : octets();
        void close({ outcome, octets: sent, ...(because === undefined ? {} : { because }) });
        return undefined;
      }
      default:
        return output satisfies never;
    }
  };

  advance(first, peer);
  return {
    quiet: () =>
      state.acked > 0 || (state.phase === 'data' && terms.oack.length > 0)
        ? deps.clock.now() - state.lastProgress
        : undefined,
    octets,
    abandon: () => void close({ outcome: 'abandoned', octets: octets() }),
    [Symbol.asyncDispose]: () => close({ outcome: 'abandoned', octets: octets() }),
  };
}
