import { openCapture } from '../pcap/open-capture.ts';
import { StoryBuilder } from '../story/story-builder.ts';
import type { MacAddress } from '../wire/address.ts';
import { type ProvenProfile, profileOf } from './profile-of.ts';
import { WireHabits } from './wire-habits.ts';

/**
 * The profile of one client of a capture file, with the frames that prove it. What came after `untilNs` is not looked
 * at, as if the capture had been stopped there.
 */
export async function profileOfCapture(
  path: string,
  mac: MacAddress,
  untilNs?: bigint,
): Promise<ProvenProfile> {
  const builder = new StoryBuilder();
  const habits = new WireHabits();
  await using capture = await openCapture(path);
  for await (const batch of capture.batches()) {
    const frames = batch.frames.filter(({ timeNs }) => untilNs === undefined || timeNs <= untilNs);
    builder.add({ ...batch, frames });
    for (const frame of frames) habits.add(frame);
  }
  builder.finish();
  return profileOf(builder.storyOf(mac), habits.of(mac));
}
