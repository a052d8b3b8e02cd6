import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openCapture } from '../pcap/open-capture.ts';
import type { Story } from '../story/event.ts';
import { StoryBuilder } from '../story/story-builder.ts';
import { mac } from '../wire/address.ts';
import { addressesGivenTwice } from './addresses-twice.ts';

const [ONE, OTHER] = [mac('00:12:34:57:00:01'), mac('00:12:34:57:00:02')];

/** The one client of a recorded boot. */
async function recorded(firmware: string, address: string): Promise<Story> {
  const builder = new StoryBuilder();
  const folder = resolve(import.meta.dirname, '..', '..', 'captures', 'recorded');
  await using capture = await openCapture(resolve(folder, `${firmware}.pcapng`));
  for await (const batch of capture.batches()) builder.add(batch);
  builder.finish();
  return builder.storyOf(mac(address));
}

/** The same, a thousand frames later. */
function later(story: Story): Story {
  const events = story.events.map((event) => {
    const frames = event.frames.map((at) => at + 1_000);
    // A message is read when it is asked for: a getter, which a copy does not have.
    return event.kind === 'dhcp' ? { ...event, message: event.message, frames } : { ...event, frames };
  });
  return { ...story, events };
}

describe('addressesGivenTwice', () => {
  it('names an address that two clients have, and the frame that gave it to the second', async () => {
    const story = await recorded('bios-ipxe', '00:12:34:56:78:90');
    const twice = addressesGivenTwice(
      new Map([
        [ONE, story],
        [OTHER, later(story)],
      ]),
    );
    expect(twice).toMatchObject([{ address: story.client.addresses[0], holder: ONE, other: OTHER }]);
    expect(twice[0]?.frame).toBeGreaterThan(1_000);
  });

  it('has nothing against an address that is acknowledged to the same client again', async () => {
    const story = await recorded('uboot-x86', '00:12:34:56:78:ac');
    const acks = story.events.filter((event) => event.kind === 'dhcp' && event.messageType === 'ack');
    expect(acks.length).toBeGreaterThan(1);
    expect(addressesGivenTwice(new Map([[ONE, story]]))).toEqual([]);
  });

  it('has nothing against an address that was given back, and much against it where it was not', async () => {
    const story = await recorded('s390x-ccw', '00:12:34:56:78:a7');
    expect(story.client.addresses).toHaveLength(1);
    const kept = story.events.filter((event) => event.kind !== 'dhcp' || event.messageType !== 'release');
    const timesTwice = (first: Story) =>
      addressesGivenTwice(
        new Map([
          [ONE, first],
          [OTHER, later(story)],
        ]),
      );
    expect(timesTwice(story)).toEqual([]);
    expect(timesTwice({ ...story, events: kept })).toHaveLength(1);
  });
});
