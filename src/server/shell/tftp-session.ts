import { serializeTftp, TFTP_ERROR } from '../../wire/tftp.ts';
import type { ServerEvent } from '../event.ts';
import type { TftpTerms } from '../tftp/tftp-request.ts';
import { tftpError } from '../tftp/tftp-request.ts';
import {
  startTransfer,
  stepTransfer,
  type TransferOutput,
  type TransferState,
} from '../tftp/tftp-transfer.ts';
import type { BlockSource } from './block-source.ts';
import type { Clock } from './clock.ts';
import { openUdp, type UdpSocket } from './udp-socket.ts';

export type TransferSpec = {
  /** Of the server: the transfer's own port is opened there (RFC 1350 §4, the TID). */
  readonly address: string;
  readonly peer: { readonly address: string; readonly port: number };
  readonly file: string;
  /** Taken over: closed at the end. */
  readonly source: BlockSource;
  readonly terms: TftpTerms;
};

export type TransferDeps = {
  readonly clock: Clock;
  readonly log: (event: ServerEvent) => void;
  readonly ended: () => void;
};

export interface RunningTransfer extends AsyncDisposable {
  /** Whether the client has acknowledged anything yet. */
  readonly progressed: () => boolean;
  /** Ends it without a word: the client has begun anew. */
  readonly abandon: () => void;
}

/** Runs one transfer on a port of its own until it is over. Throws what opening the port throws. */
export async function runTransfer(spec: TransferSpec, deps: TransferDeps): Promise<RunningTransfer> {
  const { peer, file, source, terms } = spec;
  const client = `${peer.address}:${peer.port}`;
  const first = startTransfer(terms, source.size, deps.clock.now());
  let state: TransferState = first[0];
  let wake: Disposable | undefined;
  let open = true;
  /** Outputs are carried out one after the other: reading a file may have to wait for the disk. */
  let last: Promise<void> | undefined;

  const close = async (): Promise<void> => {
    if (!open) return;
    open = false;
    wake?.[Symbol.dispose]();
    deps.ended();
    await last?.catch(() => undefined);
    await socket[Symbol.asyncDispose]();
    await source[Symbol.asyncDispose]();
  };

  let socket: UdpSocket;
  try {
    socket = await openUdp({ address: spec.address, port: 0 }, (bytes, from) => {
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
    deps.log({ stage: 'tftp', client, did: 'aborted', file, because });
    void close();
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
        const octets =
          outcome === 'complete' ? source.size : Math.min(source.size, state.acked * terms.blksize);
        deps.log({
          stage: 'tftp',
          client,
          did: outcome,
          file,
          octets,
          ...(because === undefined ? {} : { because }),
        });
        void close();
        return undefined;
      }
      default:
        return output satisfies never;
    }
  };

  deps.log({ stage: 'tftp', client, did: 'started', file, octets: source.size });
  advance(first, peer);
  return {
    progressed: () => state.acked > 0 || (state.phase === 'data' && terms.oack.length > 0),
    abandon: () => void close(),
    [Symbol.asyncDispose]: close,
  };
}
