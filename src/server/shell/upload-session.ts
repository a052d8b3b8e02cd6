import { TFTP_ERROR } from '../../wire/tftp.ts';
import { NetasciiDecoder } from '../tftp/netascii.ts';
import {
  startUpload,
  stepUpload,
  type UploadInput,
  type UploadOutput,
  type UploadState,
} from '../tftp/tftp-upload.ts';
import type { RunningTransfer, SessionDeps, SessionSpec } from './tftp-session.ts';
import type { UdpSocket } from './udp-socket.ts';
import type { Upload } from './upload-folder.ts';

export type UploadSpec = SessionSpec & {
  /** Taken over: kept or discarded at the end. */
  readonly upload: Upload;
  readonly mode: 'octet' | 'netascii';
  readonly maxOctets: number;
};

/** Runs one write transfer on the event loop until it is over. Throws what opening the port throws. */
export async function runUpload(spec: UploadSpec, deps: SessionDeps): Promise<RunningTransfer> {
  const { peer, upload, terms } = spec;
  const decoder = spec.mode === 'netascii' ? new NetasciiDecoder() : undefined;
  const first = startUpload(terms, spec.maxOctets, deps.clock.now());
  let state: UploadState = first[0];
  let wake: Disposable | undefined;
  let open = true;
  let told = false;
  /** One after the other, so that nothing is acknowledged before it is stored, and the disk sets the pace. */
  let last: Promise<void> = Promise.resolve();

  const tell: SessionDeps['ended'] = (end) => {
    if (!told) deps.ended(end);
    told = true;
  };
  const close = async (): Promise<void> => {
    if (!open) return;
    open = false;
    wake?.[Symbol.dispose]();
    tell({ outcome: 'abandoned', octets: state.octets });
    await last;
    await upload.discard();
    await socket[Symbol.asyncDispose]();
    deps.closed();
  };

  let socket: UdpSocket;
  try {
    socket = await spec.open((bytes, from) => {
      const fromPeer = from.address === peer.address && from.port === peer.port;
      step({ kind: 'datagram', bytes, fromPeer }, from);
    });
  } catch (error) {
    await upload.discard();
    throw error;
  }

  const step = (input: UploadInput, from: SessionSpec['peer'] = peer): void =>
    advance(stepUpload(state, input, deps.clock.now()), from);

  const advance = (
    [next, outputs]: readonly [UploadState, readonly UploadOutput[]],
    from: SessionSpec['peer'],
  ): void => {
    if (!open) return;
    state = next;
    for (const output of outputs) {
      if (output.kind === 'wake') {
        wake?.[Symbol.dispose]();
        const ms = Math.max(0, output.at - deps.clock.now());
        wake = deps.clock.after(ms, () =>
          advance(stepUpload(state, { kind: 'timer' }, Math.max(output.at, deps.clock.now())), peer),
        );
      } else last = last.then(() => carryOut(output, from)).catch(failed);
    }
  };

  const failed = (error: unknown): void => {
    const { code, message } = error as NodeJS.ErrnoException;
    const isFull = code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG';
    const [number, text] = isFull
      ? [TFTP_ERROR.diskFull, 'disk full']
      : [TFTP_ERROR.notDefined, 'cannot write the file'];
    step({ kind: 'failed', code: number, message: text, because: message });
  };

  const carryOut = async (
    output: Exclude<UploadOutput, { kind: 'wake' }>,
    from: SessionSpec['peer'],
  ): Promise<void> => {
    if (!open) return;
    switch (output.kind) {
      case 'send':
        socket.send(output.bytes, peer.port, peer.address);
        return;
      case 'send-to-stranger':
        socket.send(output.bytes, from.port, from.address);
        return;
      case 'store':
        await upload.append(decoder === undefined ? output.data : decoder.take(output.data));
        return;
      case 'finish':
        if (decoder !== undefined) await upload.append(decoder.end());
        if ((await upload.keep()) === 'kept') step({ kind: 'stored' });
        else {
          const code = TFTP_ERROR.fileAlreadyExists;
          step({ kind: 'failed', code, message: 'file already exists', because: 'it exists by now' });
        }
        return;
      case 'end': {
        const { outcome, because } = output;
        tell({ outcome, octets: state.octets, ...(because === undefined ? {} : { because }) });
        if (outcome !== 'complete') await upload.discard();
        return;
      }
      case 'close':
        // Not awaited: it waits for this very step.
        void close();
        return;
      default:
        output satisfies never;
    }
  };

  advance(first, peer);
  return {
    quiet: () => (state.received > 0 ? deps.clock.now() - state.lastProgress : undefined),
    octets: () => state.octets,
    abandon: () => void close(),
    [Symbol.asyncDispose]: close,
  };
}
