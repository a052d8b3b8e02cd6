import { openCapture } from '../../pcap/open-capture.ts';
import type { Story } from '../event.ts';
import { StoryBuilder } from '../story-builder.ts';

const CAPTURES = new URL('../../../captures/', import.meta.url);

/** The stories of a capture of this repository: `lab/bios-ipxe-rom.pcap`. */
async function storiesOf(capture: string): Promise<readonly Story[]> {
  const builder = new StoryBuilder();
  await using file = await openCapture(new URL(capture, CAPTURES).pathname);
  for await (const batch of file.batches()) builder.add(batch);
  builder.finish();
  return builder.stories();
}

/** The first client's. */
export async function storyOf(capture: string): Promise<Story> {
  const [story] = await storiesOf(capture);
  if (story === undefined) throw new Error(`${capture} has no client`);
  return story;
}
