import type { WireError } from '../wire/wire-error.ts';
import type { Frame } from './frame.ts';

/** Parts of a second that timestamps count: `{ base: 10, exponent: 6 }` is microseconds. */
export type TimeResolution = { readonly base: 2 | 10; readonly exponent: number };

/** Where a capture starts, and where a pcapng file starts anew (files can simply be appended to each other). */
export type CaptureSection = {
  readonly kind: 'section';
  readonly format: 'pcap' | 'pcapng';
  readonly byteOrder: 'little' | 'big';
  /** As the file says it: `2.4` for every pcap of today, `1.0` for pcapng. */
  readonly version: string;
  /** pcapng shb_userappl, shb_os, shb_hardware, opt_comment. */
  readonly application?: string;
  readonly operatingSystem?: string;
  readonly hardware?: string;
  readonly comments?: readonly string[];
};

export type CaptureInterface = {
  readonly kind: 'interface';
  /** Counted from 0 over the whole file: what Frame.interfaceId refers to. (pcapng itself counts anew in each section.) */
  readonly id: number;
  readonly linkType: number;
  /** Most octets kept of a frame; 0 is no limit. */
  readonly snapLength: number;
  readonly resolution: TimeResolution;
  /** pcapng if_tsoffset, already added to every Frame.timeNs. */
  readonly timeOffsetSeconds: bigint;
  readonly name?: string;
  readonly description?: string;
  readonly comments?: readonly string[];
};

/** pcapng Interface Statistics Block. `dropped` above 0 means that the capture is not all that was on the wire. */
export type CaptureStatistics = {
  readonly kind: 'statistics';
  readonly interfaceId: number;
  readonly timeNs: bigint;
  /** isb_ifrecv: frames the interface received. */
  readonly received?: bigint;
  /** isb_ifdrop: of these, lost before the capturing program saw them. */
  readonly dropped?: bigint;
  readonly comments?: readonly string[];
};

export type CaptureNote = CaptureSection | CaptureInterface | CaptureStatistics;

/**
 * How a capture ended. Offsets count octets of the capture; in a gzip file, of the unpacked data.
 *
 * A pcap or pcapng file that is cut exactly between two records is `complete`: the formats hold no count of frames.
 */
export type CaptureEnding =
  | { readonly kind: 'complete'; readonly frames: number; readonly length: number }
  | {
      readonly kind: 'cut-off';
      /** Frames that were read before. */
      readonly frames: number;
      /** Octets seen: where the file ended, unless it became unreadable before. */
      readonly length: number;
      /** Start of the field that is cut (WIRE_TRUNCATED) or cannot be (WIRE_MALFORMED). */
      readonly offset: number;
      readonly field: string;
      readonly error: WireError;
      /** One sentence for the user. */
      readonly message: string;
    };

export type CaptureItem =
  | { readonly kind: 'frame'; readonly frame: Frame }
  | { readonly kind: 'ending'; readonly ending: CaptureEnding }
  | CaptureNote;

/** What one chunk of the file held, each list in file order. */
export type CaptureBatch = {
  readonly notes: readonly CaptureNote[];
  readonly frames: readonly Frame[];
  /** In the last batch, and only there. */
  readonly ending?: CaptureEnding;
};
