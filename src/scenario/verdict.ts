import { type HostNames, type LadderLine, ladderLine } from '../report/ladder.ts';
import type { Failure, StepResult } from '../report/result.ts';
import type { Story, StoryEvent } from '../story/event.ts';
import type { Match, NearMiss } from './match.ts';
import { type Scenario, stepText } from './scenario.ts';

/** How a story is told: where its seconds begin, and what addresses are called. */
export type Telling = { readonly beginNs: bigint; readonly names: HostNames };

/** The steps and failures of a finished run, in words. No failures: the scenario passed. */
export function judge(
  scenario: Scenario,
  story: Story,
  match: Match,
  telling: Telling,
): { readonly steps: readonly StepResult[]; readonly failures: readonly Failure[] } {
  const tell = (event: StoryEvent): LadderLine => ladderLine(event, telling.beginNs, telling.names);
  const { expect, never = [], exactly = [] } = scenario.file;
  const failures: Failure[] = [];

  const steps = match.steps.map((found, i): StepResult => {
    const step = expect[i];
    const text = step === undefined ? '' : stepText(step);
    if (found.outcome === 'met') return { text, outcome: 'met', event: tell(found.event) };
    if (found.outcome === 'not-reached') return { text, outcome: 'not-reached', event: undefined };
    failures.push(notMet(text, lineOf(scenario, 'expect', i), found.nearest, story, tell));
    return {
      text,
      outcome: 'not-met',
      event: found.nearest === undefined ? undefined : tell(found.nearest.event),
    };
  });

  for (const { step, event } of match.violations) {
    const line = tell(event);
    failures.push({
      rule: 'never',
      step: stepText(step),
      line: lineOf(scenario, 'never', never.indexOf(step)),
      event: line,
      differences: [],
      message: `this must never happen, and it did${inFrames(line)}: ${line.protocol} ${line.text}`,
    });
  }
  for (const { step, wanted, events } of match.miscounts) {
    const surplus = events[wanted];
    const line = surplus === undefined ? undefined : tell(surplus);
    failures.push({
      rule: 'exactly',
      step: stepText(step),
      line: lineOf(scenario, 'exactly', exactly.indexOf(step)),
      event: line,
      differences: [{ field: 'times', wanted: String(wanted), got: String(events.length) }],
      message: `wanted exactly ${wanted}, got ${events.length}${line === undefined ? '' : `; the first too many${inFrames(line)}: ${line.protocol} ${line.text}`}`,
    });
  }
  return { steps, failures };
}

function lineOf({ problemAt }: Scenario, list: 'expect' | 'never' | 'exactly', index: number): number {
  return problemAt([list, index], '').line;
}

function notMet(
  step: string,
  line: number,
  nearest: NearMiss | undefined,
  story: Story,
  tell: (event: StoryEvent) => LadderLine,
): Failure {
  const failure = { rule: 'expect', step, line } as const;
  if (nearest === undefined) {
    const last = lastWords(story);
    const said =
      last === undefined ? 'the client was never heard' : `the last thing seen was ${describe(tell(last))}`;
    return {
      ...failure,
      event: last === undefined ? undefined : tell(last),
      differences: [],
      message: `nothing like it happened; ${said}`,
    };
  }
  const event = tell(nearest.event);
  const differences = nearest.mismatches.map(
    ({ field, wanted, got }) => `${field}: wanted ${wanted}, got ${got}`,
  );
  return {
    ...failure,
    event,
    differences: nearest.mismatches,
    message: `${differences.join('; ')}${inFrames(event)}`,
  };
}

/** The last event from the wire, else the last of all: "Report the last meaningful event, not timeout". */
function lastWords(story: Story): StoryEvent | undefined {
  return story.events.findLast((event) => event.frames.length > 0) ?? story.events.at(-1);
}

function describe(line: LadderLine): string {
  return `${line.protocol} ${line.text}${inFrames(line)}`;
}

function inFrames({ frames }: LadderLine): string {
  if (frames.length === 0) return '';
  return frames.length === 1 ? ` (frame ${frames[0]})` : ` (frames ${frames[0]} to ${frames.at(-1)})`;
}
