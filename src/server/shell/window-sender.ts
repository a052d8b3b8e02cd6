import { fstatSync } from 'node:fs';
import { type SliceSender, sliceSender } from '../../os/slice-sender.ts';
import type { PeerSocket } from '../../os/udp-peer.ts';
import type { LiveTransferState } from '../tftp/tftp-transfer.ts';
import type { PlaneJob } from './tftp-plane-messages.ts';

/** What is sent of a transfer: DATA from a mapped file. */
export type Windowed = {
  readonly job: PlaneJob;
  readonly socket: PeerSocket;
  /** The number of the last block, counted from the start of the file. */
  readonly last: number;
  readonly state: LiveTransferState;
  /** Whether the way to this client takes messages that are cut into datagrams on the way. */
  cuts: boolean;
  /** The file was seen to be the same version before its last octets left. */
  seenWhole: boolean;
};

const DATA = 3;
const HEADER_OCTETS = 4;

/** Sends a window with one system call where the way carries that, and says why the file is no boot file any more. */
export class WindowSender {
  readonly #sender: SliceSender = sliceSender(DATA);

  /** All of (acked, sent], whoever asks for it. Returns what is wrong with the file, if anything. */
  send(transfer: Windowed): string | undefined {
    const { job, state, last } = transfer;
    if (state.sent === last && !transfer.seenWhole) {
      const problem = otherVersion(job);
      if (problem !== undefined) return problem;
      transfer.seenWhole = true;
    }
    const { blksize } = job.terms;
    const segment = HEADER_OCTETS + blksize;
    const capacity = this.#sender.capacity(segment);
    for (let block = state.acked + 1; block <= state.sent; ) {
      const count = Math.min(capacity, state.sent - block + 1);
      for (let index = 0; index < count; index++, block++) {
        const offset = (block - 1) * blksize;
        this.#sender.put(index, block & 0xffff, job.memory + offset, Math.min(blksize, job.size - offset));
      }
      if (!this.#sendSlices(transfer, count, segment)) return 'the file has become shorter';
    }
    return undefined;
  }

  /** False: the octets are no more. */
  #sendSlices(transfer: Windowed, count: number, segment: number): boolean {
    const { fd } = transfer.socket;
    let result = transfer.cuts && count > 1 ? this.#sender.sendCut(fd, count, segment) : 'refused';
    if (result === 'refused') {
      if (count > 1) transfer.cuts = false;
      result = this.#sender.sendEach(fd, count);
    }
    return result !== 'unmapped';
  }
}

/** Looked at before the client has all of it: octets of two versions are no boot file. */
function otherVersion({ fd, size, modified }: PlaneJob): string | undefined {
  try {
    const found = fstatSync(fd);
    const isSame = found.size === size && found.mtimeMs === modified;
    return isSame ? undefined : 'the file was changed during the transfer';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
