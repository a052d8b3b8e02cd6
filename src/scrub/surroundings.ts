import type { IpAddress } from '../wire/address.ts';
import type { Fragment } from '../wire/ipv4.ts';
import type { Pseudonyms } from './pseudonyms.ts';
import type { TcpStreams } from './tcp-streams.ts';
import type { TftpTransfers } from './tftp-transfers.ts';

/** What is known of the capture around a frame. */
export type Surroundings = {
  readonly to: Pseudonyms;
  readonly streams: TcpStreams;
  readonly transfers: TftpTransfers;
  readonly fragments: FragmentBook;
  readonly keepPayloads: boolean;
  /** Contents of this protocol are not understood, and were blanked in this frame. */
  readonly blanked: (protocol: string) => void;
};

export type NetworkHead = {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly protocol: number;
  /** Octets of the payload that were not captured. */
  readonly missing: number;
};

/** An original, and the place in the copy that its octets are written to. */
export type Twin = { readonly original: Uint8Array; readonly copy: Uint8Array };

/** The part of the copy that `view`, a part of the original, stands for. */
export function part({ original, copy }: Twin, view: Uint8Array): Twin {
  const at = view.byteOffset - original.byteOffset;
  return { original: view, copy: copy.subarray(at, at + view.length) };
}

export function from({ original, copy }: Twin, at: number): Twin {
  return { original: original.subarray(at), copy: copy.subarray(at) };
}

export type FragmentHead = NetworkHead & { readonly fragment: Fragment };

/** Writes a fragment's share of the packet that it is a part of. */
export type FragmentBook = {
  readonly put: (frame: number, twin: Twin, head: FragmentHead, around: Surroundings) => void;
};
