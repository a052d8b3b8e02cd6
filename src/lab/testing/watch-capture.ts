import type { Frame } from '../../pcap/frame.ts';
import { readCaptureBatches } from '../../pcap/read-capture.ts';
import type { Lab } from '../start-lab.ts';

/** For tests: what a lab's capture shows, as it comes. */
export function watchCapture(lab: Lab) {
  const frames: Frame[] = [];
  const names = new Map<number, string>();
  const waiting = new Set<() => void>();
  const ended = (async () => {
    for await (const batch of readCaptureBatches(lab.capture.stream)) {
      for (const note of batch.notes) if (note.kind === 'interface') names.set(note.id, note.name ?? '');
      for (const frame of batch.frames) frames.push(frame);
      for (const look of waiting) look();
      if (batch.ending !== undefined) return batch.ending;
    }
    throw new Error('the capture has no ending');
  })();
  return {
    frames,
    ended,
    /** The port where a frame entered the bridge. */
    portOf: (frame: Frame): string | undefined => names.get(frame.interfaceId),
    /** The first frame that fits, now or later. */
    until: (fits: (frame: Frame) => boolean): Promise<Frame> => {
      const { promise, resolve } = Promise.withResolvers<Frame>();
      const look = (): void => {
        const found = frames.find(fits);
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
      return promise;
    },
  };
}
