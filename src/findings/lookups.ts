import type { HttpEvent, Story, StoryEvent, TftpEvent } from '../story/event.ts';
import { configurationName, type Loader, type LookupSequence, lookupSequences } from '../story/lookups.ts';
import { type Finding, framesOf } from './finding.ts';
import { requestsOnly } from './requests-only.ts';

const LAST_RESORT: Readonly<Record<Loader, string>> = {
  pxelinux: 'a file pxelinux.cfg/default beside pxelinux.0',
  grub: 'a file grub.cfg in the folder that GRUB was made with (its prefix)',
};
const SPOKEN: Readonly<Record<Loader, string>> = { pxelinux: 'pxelinux', grub: 'GRUB' };
const LOADERS: readonly Loader[] = ['pxelinux', 'grub'];

/** A boot loader's search for its configuration: which names, and which one hit. */
export function lookupFindings(story: Story): readonly Finding[] {
  if (requestsOnly(story) !== undefined) return [];
  return LOADERS.flatMap((loader) =>
    lookupSequences(story, loader).flatMap((sequence) => searchFinding(sequence, loader, story)),
  );
}

function searchFinding(
  { lookups, isCut, closed }: LookupSequence,
  loader: Loader,
  story: Story,
): readonly Finding[] {
  const found = lookups.find((lookup) => lookup.found);
  const [first] = lookups;
  const frames = framesOf(first.event, (found ?? lookups.at(-1) ?? first).event);
  // One of those whose answers the capture lacks may have hit.
  if (found === undefined && isCut) return [];
  if (found === undefined && story.events.some((event) => isNotCaptured(event, loader))) return [];
  if (found === undefined) {
    return [
      {
        id: `${loader}.no-configuration`,
        weight: closed ? 'failure' : 'warning',
        says: `${SPOKEN[loader]} asked for ${names(lookups.length)} of a configuration, from ${first.name} to ${lookups.at(-1)?.name}, and found none`,
        remedy: LAST_RESORT[loader],
        frames,
      },
    ];
  }
  const misses = lookups.length - 1;
  const after =
    misses === 0
      ? ', the first name it asked for'
      : `, after ${names(misses)} that ${misses === 1 ? 'is' : 'are'} not there`;
  return [
    {
      id: `${loader}.configuration`,
      weight: 'note',
      says: `${SPOKEN[loader]} found its configuration as ${found.name}${after}`,
      frames,
    },
  ];
}

const names = (count: number): string => `${count} ${count === 1 ? 'name' : 'names'}`;

function isNotCaptured(event: StoryEvent, loader: Loader): boolean {
  return (
    event.kind === 'http' &&
    event.response === undefined &&
    event.skipped > 0 &&
    configurationName(event, loader) !== undefined
  );
}

/** Requests whose misses are how a boot loader looks for its configuration. */
export function lookupEvents(story: Story): ReadonlySet<TftpEvent | HttpEvent> {
  const sequences = LOADERS.flatMap((loader) => lookupSequences(story, loader));
  return new Set(sequences.flatMap(({ lookups, aside }) => [...lookups.map(({ event }) => event), ...aside]));
}
