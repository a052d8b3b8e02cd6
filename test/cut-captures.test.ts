import { glob } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findingsOf } from '../src/findings/find.ts';
import type { Finding } from '../src/findings/finding.ts';
import type { Frame } from '../src/pcap/frame.ts';
import { openCapture } from '../src/pcap/open-capture.ts';
import { StoryBuilder } from '../src/story/story-builder.ts';

const CAPTURES = resolve(import.meta.dirname, '..', 'captures');
const captures = (await Array.fromAsync(glob(join(CAPTURES, '**/*.{pcap,pcapng}')))).sort();

/** 68 and 96 were the defaults of older tcpdumps; the others cut headers, fixed fields and options at odd places. */
const SNAP_LENGTHS = [54, 60, 68, 82, 96, 128, 200, 256, 283, 290, 300, 320, 342, 400, 512, 700];

async function framesOf(path: string): Promise<readonly Frame[]> {
  const frames: Frame[] = [];
  await using file = await openCapture(path);
  for await (const batch of file.batches()) frames.push(...batch.frames);
  return frames;
}

function built(frames: readonly Frame[]): StoryBuilder {
  const builder = new StoryBuilder();
  builder.add({ frames, notes: [] });
  builder.finish();
  return builder;
}

function found(frames: readonly Frame[]): readonly (Finding & { readonly client: string })[] {
  const builder = built(frames);
  const { endNs = 0n, unread } = builder.summary();
  return builder
    .stories()
    .flatMap((story) =>
      findingsOf(story, { endNs, unread }).map((one) => ({ ...one, client: story.client.id })),
    );
}

/** Frame of the request and frame of its answer. */
function answered(frames: readonly Frame[]): readonly string[] {
  return built(frames)
    .stories()
    .flatMap(({ events }) => events.filter((event) => event.kind === 'http'))
    .flatMap(({ frames: [asked], target, response }) =>
      response === undefined ? [] : [`#${asked} ${target}: ${response.status} #${response.frame}`],
    );
}

const cutTo = (frames: readonly Frame[], length: number): readonly Frame[] =>
  frames.map((frame) => ({ ...frame, bytes: frame.bytes.subarray(0, length) }));

describe('findings of a capture with a snap length', () => {
  it.each(captures.map((path) => relative(CAPTURES, path)))(
    'accuses nobody in %s, cut, whom it does not accuse in the whole',
    async (path) => {
      const frames = await framesOf(join(CAPTURES, path));
      const whole = new Set(
        found(frames)
          .filter(({ weight }) => weight !== 'note')
          .map(({ id, client }) => `${client} ${id}`),
      );
      for (const length of SNAP_LENGTHS) {
        const cut = cutTo(frames, length);
        // What says itself that the capture is why is no accusation.
        const accused = found(cut).filter(
          ({ weight, because }) => weight !== 'note' && because?.includes('capture') !== true,
        );
        const more = accused.filter(({ id, client }) => !whole.has(`${client} ${id}`));
        expect(more.map(({ id, says, because, frames: at }) => ({ length, id, says, because, at }))).toEqual(
          [],
        );
      }
    },
  );

  it.each(captures.map((path) => relative(CAPTURES, path)))(
    'gives no request of %s, cut, the answer to another one',
    async (path) => {
      const frames = await framesOf(join(CAPTURES, path));
      const whole = new Set(answered(frames));
      for (const length of SNAP_LENGTHS)
        expect({ length, more: answered(cutTo(frames, length)).filter((one) => !whole.has(one)) }).toEqual({
          length,
          more: [],
        });
    },
  );
});
