import { describe, expect, it } from 'vitest';
import type { Story } from '../story/event.ts';
import { StoryBuilder } from '../story/story-builder.ts';
import { mac } from '../wire/address.ts';
import { type BootLimits, BootWatch } from './boot-watch.ts';

const MAC = mac('52:54:00:00:00:01');
const FOR_EVER = new AbortController().signal;

function watching(limits: BootLimits): BootWatch {
  const watch = new BootWatch(limits);
  watch.start();
  return watch;
}

/** What a machine did by itself. */
function storyOf(...machine: readonly ('power-on' | 'shutdown' | 'panic')[]): Story {
  const builder = new StoryBuilder();
  for (const [i, what] of machine.entries()) builder.addMachine(MAC, what, BigInt(i));
  return builder.storyOf(MAC);
}

/** The same, and a frame of its own. */
function spoken(): Story {
  const story = storyOf('power-on');
  return { ...story, events: story.events.map((event) => ({ ...event, frames: [1] })) };
}

describe('BootWatch', () => {
  it('waits for as long as the boot may take while the machine has not sent a frame', async () => {
    const watch = watching({ giveUpSeconds: 0.2, quietSeconds: 0.01 });
    watch.heard();
    watch.look(undefined, storyOf('power-on'));
    expect(await watch.ended([], FOR_EVER)).toBe('gave-up');
  });

  it('takes silence for the end once the machine has sent one', async () => {
    const watch = watching({ giveUpSeconds: 60, quietSeconds: 0.01 });
    watch.look(undefined, spoken());
    expect(await watch.ended([], FOR_EVER)).toBe('quiet');
  });

  it.each(['shutdown', 'panic'] as const)('ends with a %s, for nothing comes after it', async (end) => {
    const watch = watching({ giveUpSeconds: 60, quietSeconds: 60 });
    watch.look(undefined, storyOf('power-on', end));
    expect(await watch.ended([], FOR_EVER)).toBe('powered-off');
  });

  it('hears what a machine that has ended still had to say', async () => {
    const watch = watching({ giveUpSeconds: 60, quietSeconds: 60 });
    watch.look(undefined, storyOf('power-on', 'panic'));
    watch.look('all-met', storyOf('power-on', 'panic'));
    expect(await watch.ended([], FOR_EVER)).toBe('all-met');
  });
});
