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
import { type CommonOutput, openSteps, type Steps } from './tftp-steps.ts';
import type { Upload } from './upload-folder.ts';

/** What the core of an upload is told of besides what every core is. */
type StorageInput = Extract<UploadInput, { kind: 'stored' | 'failed' }>;

export type UploadSpec = SessionSpec & {
  /** Taken over: kept or discarded at the end. */
  readonly upload: Upload;
  readonly mode: 'octet' | 'netascii';
  readonly maxOctets: number;
};

/** Runs one write transfer on the event loop until it is over. Throws what opening the port throws. */
export async function runUpload(spec: UploadSpec, deps: SessionDeps): Promise<RunningTransfer> {
  const { peer, upload, terms, open } = spec;
  const { clock } = deps;
  const decoder = spec.mode === 'netascii' ? new NetasciiDecoder() : undefined;
  let told = false;

  const octets = (): number => steps.state().octets;
  const tell: SessionDeps['ended'] = (end) => {
    if (!told) deps.ended(end);
    told = true;
  };
  const close = async (): Promise<void> => {
    if (!steps.isOpen()) return;
    const closed = steps.close();
    tell({ outcome: 'abandoned', octets: octets() });
    await closed;
    await upload.discard();
    deps.closed();
  };

  const failed = (error: unknown): void => {
    const { code, message } = error as NodeJS.ErrnoException;
    const isFull = code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG';
    const [number, text] = isFull
      ? [TFTP_ERROR.diskFull, 'disk full']
      : [TFTP_ERROR.notDefined, 'cannot write the file'];
    steps.take({ kind: 'failed', code: number, message: text, because: message });
  };

  // Nothing is acknowledged before it is stored, so the disk sets the pace.
  const carryOut = async (output: Exclude<UploadOutput, CommonOutput>): Promise<void> => {
    switch (output.kind) {
      case 'store':
        await upload.append(decoder === undefined ? output.data : decoder.take(output.data));
        return;
      case 'finish':
        if (decoder !== undefined) await upload.append(decoder.end());
        if ((await upload.keep()) === 'kept') steps.take({ kind: 'stored' });
        else {
          const code = TFTP_ERROR.fileAlreadyExists;
          steps.take({ kind: 'failed', code, message: 'file already exists', because: 'it exists by now' });
        }
        return;
      case 'end': {
        const { outcome, because } = output;
        tell({ outcome, octets: octets(), ...(because === undefined ? {} : { because }) });
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

  const first = startUpload(terms, spec.maxOctets, clock.now());
  let steps: Steps<UploadState, StorageInput>;
  try {
    steps = await openSteps({ peer, clock, open, first, step: stepUpload, carryOut, failed });
  } catch (error) {
    await upload.discard();
    throw error;
  }
  steps.begin();
  return {
    quiet: () => {
      const { received, lastProgress } = steps.state();
      return received > 0 ? clock.now() - lastProgress : undefined;
    },
    octets,
    abandon: () => void close(),
    [Symbol.asyncDispose]: close,
  };
}
