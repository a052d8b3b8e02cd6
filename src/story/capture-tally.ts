import type { CaptureBatch, CaptureEnding } from '../pcap/capture-item.ts';
import type { Frame } from '../pcap/frame.ts';
import type { Unopened } from './packet.ts';

/** Frame numbers that are named. */
const NAMED = 3;

/** Frames of one kind: how many, and the numbers of the first few. */
export type FrameCount = { readonly frames: number; readonly first: readonly number[] };

/** Frames that the snap length cut. */
export type CutFrames = FrameCount & {
  /** That were on the wire and are not in the capture. */
  readonly octets: number;
  /** Most octets that were kept of one of them: the snap length. */
  readonly kept: number;
};

/** What a capture held besides its clients' stories. */
export type CaptureSummary = {
  readonly frames: number;
  /** Times of the first and last frame. */
  readonly beginNs: bigint | undefined;
  readonly endNs: bigint | undefined;
  /** Frames of link types that are not decoded, by LINKTYPE_ value, and the interfaces that they came from. */
  readonly undecoded: ReadonlyMap<number, FrameCount & { readonly interfaces: readonly string[] }>;
  /** How many interfaces the capture describes. */
  readonly interfaces: number;
  /** Frames of 802.11 that hold something, but not for us. */
  readonly unopened: ReadonlyMap<Unopened, FrameCount>;
  readonly cut: CutFrames;
  /** IP packets that some fragment was missing of. */
  readonly incomplete: { readonly packets: number; readonly firstFrame: number | undefined };
  /** Frames whose headers could not be read and that belong to no client. */
  readonly unreadable: FrameCount;
  /** Messages of boot protocols, by protocol, that the capture cut before they say what they are. */
  readonly unread: ReadonlyMap<string, FrameCount>;
  /** How the file ended; undefined while it has not. */
  readonly ending: CaptureEnding | undefined;
  /** Frames that the capturing program says it lost. */
  readonly lost: bigint;
  readonly clientsDropped: number;
};

class Count {
  frames = 0;
  readonly #first: number[] = [];

  add({ number }: Frame): void {
    this.frames++;
    if (this.#first.length < NAMED) this.#first.push(number);
  }

  get(): FrameCount {
    return { frames: this.frames, first: [...this.#first] };
  }
}

type Undecoded = { readonly count: Count; readonly interfaces: Set<number> };

/** Counts what is not told in a story. */
export class CaptureTally {
  readonly #undecoded = new Map<number, Undecoded>();
  readonly #unopened = new Map<Unopened, Count>();
  readonly #unreadable = new Count();
  readonly #unread = new Map<string, Count>();
  readonly #cut = new Count();
  readonly #interfaces = new Map<number, string | undefined>();
  #cutOctets = 0;
  #kept = 0;
  #frames = 0;
  #lost = 0n;
  #beginNs: bigint | undefined;
  #endNs: bigint | undefined;
  #ending: CaptureEnding | undefined;

  /** Before the frames of the same batch. */
  batch({ notes, ending }: CaptureBatch): void {
    for (const note of notes) {
      if (note.kind === 'statistics') this.#lost += note.dropped ?? 0n;
      if (note.kind === 'interface') this.#interfaces.set(note.id, note.name);
    }
    if (ending !== undefined) this.#ending = ending;
  }

  frame(frame: Frame): void {
    this.#frames++;
    this.#beginNs ??= frame.timeNs;
    this.#endNs = frame.timeNs;
    const kept = frame.bytes.length;
    if (kept >= frame.originalLength) return;
    this.#cut.add(frame);
    this.#cutOctets += frame.originalLength - kept;
    this.#kept = Math.max(this.#kept, kept);
  }

  undecoded(frame: Frame): void {
    const known = this.#undecoded.get(frame.linkType) ?? { count: new Count(), interfaces: new Set() };
    this.#undecoded.set(frame.linkType, known);
    known.count.add(frame);
    known.interfaces.add(frame.interfaceId);
  }

  unopened(why: Unopened, frame: Frame): void {
    const count = this.#unopened.get(why) ?? new Count();
    this.#unopened.set(why, count);
    count.add(frame);
  }

  unreadable(frame: Frame): void {
    this.#unreadable.add(frame);
  }

  unread(protocol: string, frame: Frame): void {
    const count = this.#unread.get(protocol) ?? new Count();
    this.#unread.set(protocol, count);
    count.add(frame);
  }

  summary(): Omit<CaptureSummary, 'incomplete' | 'clientsDropped'> {
    const undecoded = [...this.#undecoded].map(([linkType, { count, interfaces }]) => {
      const names = [...interfaces].map((id) => this.#interfaces.get(id) ?? `${id}`);
      return [linkType, { ...count.get(), interfaces: names }] as const;
    });
    return {
      frames: this.#frames,
      beginNs: this.#beginNs,
      endNs: this.#endNs,
      undecoded: new Map(undecoded),
      interfaces: this.#interfaces.size,
      unopened: new Map([...this.#unopened].map(([why, count]) => [why, count.get()])),
      cut: { ...this.#cut.get(), octets: this.#cutOctets, kept: this.#kept },
      unreadable: this.#unreadable.get(),
      unread: new Map([...this.#unread].map(([protocol, count]) => [protocol, count.get()])),
      ending: this.#ending,
      lost: this.#lost,
    };
  }
}
