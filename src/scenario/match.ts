import type { Stage, Story, StoryEvent } from '../story/event.ts';
import { lookupSequences } from '../story/lookups.ts';
import { compareEvent, type Mismatch } from './compare.ts';
import { compareLookup, loaderOf } from './compare-lookup.ts';
import type { ExactlyStep, NeverStep, Step } from './schema.ts';
import type { Variables } from './variables.ts';

/** What a step can be compared with: one event, or the several events of one pxelinux search. */
type Candidate = {
  /** Positions in the story of its first and last event. */
  readonly first: number;
  readonly last: number;
  /** The event to point at in reports. */
  readonly event: StoryEvent;
  readonly mismatches: readonly Mismatch[];
};

export type NearMiss = { readonly event: StoryEvent; readonly mismatches: readonly Mismatch[] };

export type StepMatch =
  | { readonly outcome: 'met'; readonly event: StoryEvent }
  /** The first step that was not met, with the event that came nearest, if any of its kind was seen. */
  | { readonly outcome: 'not-met'; readonly nearest: NearMiss | undefined }
  /** A step after the one that was not met. */
  | { readonly outcome: 'not-reached' };

export type Violation = { readonly step: NeverStep; readonly event: StoryEvent };
export type CountMatch = {
  readonly step: ExactlyStep;
  readonly wanted: number;
  readonly events: readonly StoryEvent[];
};

export type Match = {
  /** One for each step of `expect`, in order. */
  readonly steps: readonly StepMatch[];
  /** What happened although it must never. */
  readonly violations: readonly Violation[];
  /** Steps of `exactly` whose count is not what it must be, so far. */
  readonly miscounts: readonly CountMatch[];
  /** Every step of `expect` is met. */
  readonly complete: boolean;
  /** Nothing that is still to come can make it pass: a `never` happened, or more than `exactly` allows. */
  readonly hopeless: boolean;
};

type Expectations = {
  readonly expect: readonly Step[];
  readonly never?: readonly NeverStep[] | undefined;
  readonly exactly?: readonly ExactlyStep[] | undefined;
};

/**
 * Holds a story against a scenario. Steps of `expect` are met in order, each by the first fitting event after the one
 * that met the step before; other events may stand between.
 */
export function matchStory(expectations: Expectations, story: Story, variables: Variables): Match {
  const steps: StepMatch[] = [];
  let after = -1;
  let failed = false;
  for (const step of expectations.expect) {
    if (failed) {
      steps.push({ outcome: 'not-reached' });
      continue;
    }
    const candidates = candidatesFor(step, story, variables).filter((candidate) => candidate.first > after);
    const fit = candidates.find((candidate) => candidate.mismatches.length === 0);
    if (fit !== undefined) {
      after = fit.last;
      steps.push({ outcome: 'met', event: fit.event });
    } else {
      failed = true;
      steps.push({ outcome: 'not-met', nearest: nearestOf(candidates) });
    }
  }

  const violations = (expectations.never ?? []).flatMap((step): readonly Violation[] => {
    const event = fitting(step, story, variables)[0];
    return event === undefined ? [] : [{ step, event }];
  });
  const counts = (expectations.exactly ?? []).map(
    (step): CountMatch => ({ step, wanted: step.times, events: fitting(step, story, variables) }),
  );
  return {
    steps,
    violations,
    miscounts: counts.filter(({ wanted, events }) => events.length !== wanted),
    complete: !failed,
    hopeless: violations.length > 0 || counts.some(({ wanted, events }) => events.length > wanted),
  };
}

function candidatesFor(step: Step, story: Story, variables: Variables): readonly Candidate[] {
  if ('pxelinux-lookup' in step || 'grub-lookup' in step) {
    return lookupSequences(story, loaderOf(step)).map((sequence): Candidate => {
      const lookups = sequence.lookups;
      const last = lookups.at(-1) ?? lookups[0];
      const { mismatches, at } = compareLookup(step, sequence, variables);
      return { first: lookups[0].index, last: last.index, event: (at ?? last).event, mismatches };
    });
  }
  return story.events.flatMap((event, index): readonly Candidate[] => {
    const mismatches = compareEvent(step, event, variables);
    return mismatches === undefined ? [] : [{ first: index, last: index, event, mismatches }];
  });
}

/** All that fits, from the stage on that `after` names. */
function fitting(step: NeverStep | ExactlyStep, story: Story, variables: Variables): readonly StoryEvent[] {
  const from = step.after === undefined ? 0 : firstOf(story, step.after);
  return candidatesFor(step, story, variables)
    .filter(({ first, mismatches }) => first >= from && mismatches.length === 0)
    .map(({ event }) => event);
}

function firstOf(story: Story, stage: Stage): number {
  const index = story.events.findIndex((event) => event.kind === 'dhcp' && event.stage === stage);
  return index < 0 ? Number.POSITIVE_INFINITY : index;
}

/**
 * The one with the fewest differences. What a step is about (its own key, and whom it is for) weighs more than a
 * detail; among equals the first in time.
 */
function nearestOf(candidates: readonly Candidate[]): NearMiss | undefined {
  let best: { readonly candidate: Candidate; readonly distance: number } | undefined;
  for (const candidate of candidates) {
    const distance = candidate.mismatches.reduce(
      (sum, { field }) => sum + (SUBJECT_FIELDS.has(field) ? 2 : 1),
      0,
    );
    if (best === undefined || distance < best.distance) best = { candidate, distance };
  }
  return best === undefined
    ? undefined
    : { event: best.candidate.event, mismatches: best.candidate.mismatches };
}

const SUBJECT_FIELDS: ReadonlySet<string> = new Set([
  'dhcp',
  'to',
  'from',
  'tftp',
  'method',
  'path',
  'dns',
  'iscsi',
  'router',
  'machine',
]);
