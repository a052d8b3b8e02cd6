import { scrubTransport } from './scrub-frame.ts';
import { assemble, type Joined } from './stream.ts';
import type { FragmentBook, FragmentHead, NetworkHead, Surroundings, Twin } from './surroundings.ts';

type Heard = { readonly frame: number; readonly at: number; readonly bytes: Uint8Array };
type Whole = {
  readonly head: NetworkHead;
  /** The first fragment's: what is looked up by frame is looked up by it. */
  readonly frame: number;
  readonly pieces: Heard[];
  end: number | undefined;
  made: Uint8Array | undefined;
};

/** Packets that came in fragments: put together, replaced as a whole, handed out again in pieces. */
export class Fragments implements FragmentBook {
  readonly #open = new Map<string, Whole>();
  readonly #byFrame = new Map<number, Whole>();

  /** In the order of the frames. Returns the whole payload with the last piece of it. */
  hear(frame: number, id: number, bytes: Uint8Array, head: FragmentHead): Uint8Array | undefined {
    const { source, destination, protocol, fragment } = head;
    const key = `${source} ${destination} ${protocol} ${id}`;
    const open = this.#open.get(key) ?? {
      head: { ...head, missing: 0 },
      frame,
      pieces: [],
      end: undefined,
      made: undefined,
    };
    this.#open.set(key, open);
    this.#byFrame.set(frame, open);
    open.pieces.push({ frame, at: fragment.offset, bytes });
    if (!fragment.more) open.end = fragment.offset + bytes.length;
    const whole = assembled(open);
    if (whole !== undefined) this.#open.delete(key);
    return whole;
  }

  /** The frame by which the packet of this fragment was looked at. */
  frameOf(frame: number): number {
    return this.#byFrame.get(frame)?.frame ?? frame;
  }

  /** A new round: nothing is replaced yet. */
  reset(): void {
    for (const whole of this.#byFrame.values()) whole.made = undefined;
  }

  /** All packets that came whole, as they are to be written. */
  *joined(): Generator<Joined> {
    for (const { made, pieces } of new Set(this.#byFrame.values())) {
      if (made === undefined) continue;
      yield {
        bytes: made,
        pieces: pieces.map(({ frame, at, bytes }) => ({ frame, at, length: bytes.length })),
      };
    }
  }

  put(frame: number, twin: Twin, head: FragmentHead, around: Surroundings): void {
    const whole = this.#byFrame.get(frame);
    const original = whole === undefined ? undefined : assembled(whole);
    if (whole === undefined || original === undefined) {
      // Ports and lengths stay where the first fragment has them.
      twin.copy.fill(0, head.fragment.offset === 0 ? 8 : 0);
      around.blanked('incomplete fragments');
      return;
    }
    if (whole.made === undefined) {
      whole.made = original.slice();
      scrubTransport(whole.frame, { original, copy: whole.made }, whole.head, around);
    }
    const { offset } = head.fragment;
    twin.copy.set(whole.made.subarray(offset, offset + twin.copy.length));
  }
}

function assembled({ pieces, end }: Whole): Uint8Array | undefined {
  if (end === undefined) return undefined;
  const { bytes, gaps } = assemble(pieces);
  return gaps.length === 0 && bytes.length === end ? bytes : undefined;
}
