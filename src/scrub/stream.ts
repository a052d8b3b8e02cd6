/** One direction of a TCP connection as far as the capture has it. */
export type Stream = {
  readonly bytes: Uint8Array;
  /** Ranges that were not captured, in order; their octets are 0 here. */
  readonly gaps: readonly (readonly [from: number, end: number])[];
};

export function hasGap({ gaps }: Stream, from: number, end: number): boolean {
  return gaps.some(([start, stop]) => start < end && from < stop);
}

export type Piece = { readonly at: number; readonly bytes: Uint8Array };

/** Beyond this a sequence number is not of the stream, or the capture lost most of it. */
const LONGEST_STREAM = 512 * 1024 * 1024;

/** Pieces of a stream, or of a file, put to their places. The first copy of an octet wins. */
export function assemble(pieces: readonly Piece[]): Stream {
  const sorted = pieces
    .filter(({ at, bytes }) => at >= 0 && at + bytes.length <= LONGEST_STREAM)
    .toSorted((one, other) => one.at - other.at);
  const length = sorted.reduce((end, { at, bytes }) => Math.max(end, at + bytes.length), 0);
  const whole = new Uint8Array(length);
  const gaps: [number, number][] = [];
  let end = 0;
  for (const { at, bytes } of sorted) {
    if (at > end) gaps.push([end, at]);
    const skipped = Math.max(0, end - at);
    if (skipped < bytes.length) whole.set(bytes.subarray(skipped), at + skipped);
    end = Math.max(end, at + bytes.length);
  }
  return { bytes: whole, gaps };
}

/** What was put together out of several frames, as it is to be written, with where each piece of it went. */
export type Joined = {
  readonly bytes: Uint8Array;
  readonly pieces: readonly { readonly frame: number; readonly at: number; readonly length: number }[];
};
