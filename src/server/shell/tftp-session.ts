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
import { type CommonOutput, openSteps, type Steps } from './tftp-steps.ts';
import type { Peer, UdpHandler, UdpSocket } from './udp-socket.ts';

/** How a transfer ended; `abandoned`: because the server ended it. */
export type SessionEnd = {
  readonly outcome: TransferOutcome | 'abandoned';
  readonly octets: number;
  readonly because?: string;
};

export type SessionSpec = {
  readonly peer: Peer;
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
  const { peer, source, terms, open } = spec;
  const { clock } = deps;

  const octets = (): number => Math.min(source.size, steps.state().acked * terms.blksize);
  const close = async (end: SessionEnd): Promise<void> => {
    if (!steps.isOpen()) return;
    const closed = steps.close();
    deps.ended(end);
    await closed;
    await source[Symbol.asyncDispose]();
    deps.closed();
  };

  const failed = (error: unknown): void => {
    const because = error instanceof Error ? error.message : String(error);
    steps.send(tftpError(TFTP_ERROR.notDefined, 'cannot read the file'));
    void close({ outcome: 'aborted', octets: octets(), because });
  };

  const carryOut = (output: Exclude<TransferOutput, CommonOutput>): Promise<void> | undefined => {
    switch (output.kind) {
      case 'data': {
        const sendData = (data: Uint8Array): void =>
          steps.send(serializeTftp({ kind: 'data', block: output.block, data }));
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

  const first = startTransfer(terms, source.size, clock.now());
  let steps: Steps<TransferState, never>;
  try {
    steps = await openSteps({ peer, clock, open, first, step: stepTransfer, carryOut, failed });
  } catch (error) {
    await source[Symbol.asyncDispose]();
    throw error;
  }
  steps.begin();
  return {
    quiet: () => {
      const { acked, phase, lastProgress } = steps.state();
      const arrived = acked > 0 || (phase === 'data' && terms.oack.length > 0);
      return arrived ? clock.now() - lastProgress : undefined;
    },
    octets,
    abandon: () => void close({ outcome: 'abandoned', octets: octets() }),
    [Symbol.asyncDispose]: () => close({ outcome: 'abandoned', octets: octets() }),
  };
}
