import type { StoryEvent } from '../../story/event.ts';
import type { Packet } from '../../story/packet.ts';

/** Reads the steps of one protocol out of the packets of a capture, into a ScriptBook that it was made with. */
export type StepReader = {
  /** Whether the packet was this protocol's: if so, no other reader is asked. What is kept of it is to be copied. */
  readonly packet: (packet: Packet) => boolean;
  /** The capture is over. `events`: what the story tells of each thing, by the frame that it began with. */
  readonly finish?: (events: ReadonlyMap<number, StoryEvent>) => void;
};
