import type { UdpPeer } from '../../os/udp-peer.ts';
import type { TftpTerms } from '../tftp/tftp-request.ts';
import type { TransferOutcome } from '../tftp/tftp-transfer.ts';

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
