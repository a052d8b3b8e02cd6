import type { Frame } from '../pcap/frame.ts';
import { Known } from './known.ts';
import { findLeftovers, type Leftover } from './leftovers.ts';
import { Pseudonyms } from './pseudonyms.ts';
import { scrubFrame } from './scrub-frame.ts';
import type { Surroundings } from './surroundings.ts';
import { Survey } from './survey.ts';

export type ScrubOptions = {
  /** Whoever has it can tell which pseudonym is whose by trying; the same key gives the same pseudonyms. */
  readonly key: Uint8Array;
  /** Vendors' parts of MAC addresses go too. */
  readonly hideVendor?: boolean;
  /** Files stay as they are. */
  readonly keepPayloads?: boolean;
  /** Nanoseconds since 1970 that the first frame is to be at; absent: times stay. */
  readonly beginNs?: bigint;
  /** Hears how much of the work is done, in frames: each is looked at three times. */
  readonly onProgress?: (done: number, of: number) => void;
};

export type Scrubbed = {
  /** One for each frame that came in, in their order and of their lengths, without comments. */
  readonly frames: readonly Frame[];
  readonly pseudonyms: Pseudonyms;
  /** By protocol: in how many frames it was not understood and blanked. */
  readonly blanked: ReadonlyMap<string, number>;
  /** What is known of the site and stands in the output all the same. */
  readonly leftovers: readonly Leftover[];
};

/**
 * Two rounds over the same frames: the first learns every name and address, the second replaces them, also where they stand
 * before the frame that says what they are, and never by one that the capture itself has.
 */
export function scrubCapture(frames: readonly Frame[], options: ScrubOptions): Scrubbed {
  const survey = new Survey(frames);
  const from = (begun: number) => (done: number) =>
    options.onProgress?.(begun * frames.length + done, ROUNDS * frames.length);
  const first = round(frames, survey, options, new Known(), from(0));
  const { seen } = first.pseudonyms;
  const second = round(frames, survey, options, seen, from(1));
  const joined = [...survey.streams.joined(), ...survey.fragments.joined()];
  return { ...second, leftovers: findLeftovers(second.frames, joined, seen, from(2)) };
}

/** To learn, to replace, and to look whether anything was left. */
const ROUNDS = 3;

function round(
  frames: readonly Frame[],
  { streams, transfers, fragments }: Survey,
  options: ScrubOptions,
  known: Known,
  done: (frames: number) => void,
): Omit<Scrubbed, 'leftovers'> {
  const { key, hideVendor = false, keepPayloads = false, beginNs } = options;
  const to = new Pseudonyms(key, { hideVendor }, known);
  const blanked = new Map<string, number>();
  const count = (protocol: string, more = 1): void => {
    blanked.set(protocol, (blanked.get(protocol) ?? 0) + more);
  };
  streams.scrub(to, keepPayloads, count);
  transfers.scrub(to);
  fragments.reset();
  const around: Surroundings = {
    to,
    streams,
    transfers,
    fragments,
    keepPayloads,
    blanked: (protocol) => count(protocol),
  };
  const shift = beginNs === undefined ? 0n : beginNs - (frames[0]?.timeNs ?? 0n);
  const made = frames.map((frame, index): Frame => {
    done(index);
    const { comments: _, ...rest } = frame;
    return { ...rest, timeNs: frame.timeNs + shift, bytes: scrubFrame(frame, around) };
  });
  return { frames: made, pseudonyms: to, blanked };
}
