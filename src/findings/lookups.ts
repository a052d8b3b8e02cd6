import type { HttpEvent, Story, StoryEvent, TftpEvent } from '../story/event.ts';
import { configurationName, lookupSequences } from '../story/pxelinux.ts';
import { type Finding, framesOf } from './finding.ts';
import { requestsOnly } from './requests-only.ts';

/** pxelinux's search for its configuration: which names, and which one hit. */
export function lookupFindings(story: Story): readonly Finding[] {
  if (requestsOnly(story) !== undefined) return [];
  return lookupSequences(story).flatMap(({ lookups, closed }): readonly Finding[] => {
    const found = lookups.find((lookup) => lookup.found);
    const [first] = lookups;
    const frames = framesOf(first.event, (found ?? lookups.at(-1) ?? first).event);
    // One of those whose answers the capture lacks may have hit.
    if (found === undefined && story.events.some(isNotCaptured)) return [];
    if (found === undefined) {
      return [
        {
          id: 'pxelinux.no-configuration',
          weight: closed ? 'failure' : 'warning',
          says: `pxelinux asked for ${lookups.length} names of a configuration, from ${first.name} to ${lookups.at(-1)?.name}, and found none`,
          remedy: 'a file pxelinux.cfg/default beside pxelinux.0',
          frames,
        },
      ];
    }
    const misses = lookups.length - 1;
    return [
      {
        id: 'pxelinux.configuration',
        weight: 'note',
        says: `pxelinux found its configuration as ${found.name}${misses === 0 ? ', the first name it asked for' : `, after ${misses} names that are not there`}`,
        frames,
      },
    ];
  });
}

function isNotCaptured(event: StoryEvent): boolean {
  return (
    event.kind === 'http' &&
    event.response === undefined &&
    event.skipped > 0 &&
    configurationName(event) !== undefined
  );
}

/** Requests whose misses are how pxelinux looks for its configuration. */
export function lookupEvents(story: Story): ReadonlySet<TftpEvent | HttpEvent> {
  return new Set(lookupSequences(story).flatMap(({ lookups }) => lookups.map(({ event }) => event)));
}
