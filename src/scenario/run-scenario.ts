import { ConfigError } from '../config/config-error.ts';
import { ladderLine } from '../report/ladder.ts';
import type { LinkResult, Rung, ScenarioResult } from '../report/result.ts';
import type { Story } from '../story/event.ts';
import type { ServerSpec } from '../sut/server-spec.ts';
import type { Firmware } from '../vm/firmware.ts';
import { type BootDeps, bootMachine } from './boot-machine.ts';
import type { Ending } from './boot-watch.ts';
import { hostNamesOf, labSpecOf, variablesOf } from './circumstances.ts';
import { type Match, matchStory } from './match.ts';
import { MeanwhileWatch } from './meanwhile.ts';
import { ReportFiles } from './report-files.ts';
import type { Scenario } from './scenario.ts';
import { ScenarioError } from './scenario-error.ts';
import { judge, type Telling } from './verdict.ts';

export type RunDeps = BootDeps & { readonly reportFolder: string };

type Boot = Pick<ScenarioResult, 'outcome' | 'bootSeconds' | 'ladder' | 'steps' | 'failures' | 'link'>;

/** Seconds from power-on that a boot may take. */
export function budgetOf({ file }: Scenario, firmware: Firmware): number {
  return file['give-up'] ?? firmware.budget;
}

/**
 * Boots one machine against one server and judges what it did. Never throws: a fault of the bench is a result whose
 * outcome is `error`, with what is missing or broken and the remedy. Leaves nothing but the report.
 */
export async function runScenario(
  scenario: Scenario,
  server: ServerSpec,
  firmware: Firmware,
  deps: RunDeps,
): Promise<ScenarioResult> {
  const began = performance.now();
  const report = new ReportFiles(deps.reportFolder, `${scenario.id.replaceAll('/', '-')}-${server.id}`);
  const base = {
    scenario: scenario.id,
    title: scenario.file.title,
    server: server.id,
    firmware: firmware.id,
  };
  let boot: Boot = { outcome: 'error', bootSeconds: 0, ladder: [], steps: [], failures: [] };
  let problem: ScenarioResult['problem'];
  try {
    boot = await bootAndJudge(scenario, server, firmware, report, deps);
  } catch (error) {
    problem = problemOf(error);
  }
  const seconds = (performance.now() - began) / 1000;
  return { ...base, ...boot, seconds, problem, artifacts: report.artifacts };
}

/** The result of a boot that was not tried, because this machine lacks something for it. */
export function skippedResult(
  scenario: Scenario,
  server: ServerSpec,
  firmware: Firmware,
  problem: NonNullable<ScenarioResult['problem']>,
): ScenarioResult {
  return {
    scenario: scenario.id,
    title: scenario.file.title,
    server: server.id,
    firmware: firmware.id,
    outcome: 'skipped',
    bootSeconds: 0,
    seconds: 0,
    ladder: [],
    steps: [],
    failures: [],
    problem,
    artifacts: {},
  };
}

async function bootAndJudge(
  scenario: Scenario,
  server: ServerSpec,
  firmware: Firmware,
  report: ReportFiles,
  deps: RunDeps,
): Promise<Boot> {
  const spec = labSpecOf(scenario);
  const match = (story: Story): Match => matchStory(scenario.file, story, variablesOf(scenario, story, spec));
  const { client, variant, files } = scenario.file;
  const meanwhile = new MeanwhileWatch(scenario.file.meanwhile ?? []);
  const { story, seconds, link } = await bootMachine(
    {
      lab: spec,
      server,
      variant,
      files,
      firmware,
      faults: scenario.link,
      mac: scenario.mac,
      identity: client,
      memory: client.memory,
      diskSays: client.disk?.says,
      giveUpSeconds: budgetOf(scenario, firmware),
    },
    report,
    deps,
    (soFar, running) => {
      if (running !== undefined) meanwhile.look(soFar, variablesOf(scenario, soFar, spec), running);
      return endingOf(match(soFar));
    },
  );

  const matched = match(story);
  const telling = { beginNs: story.events[0]?.timeNs ?? 0n, names: hostNamesOf(spec) };
  const { steps, failures } = judge(scenario, story, matched, telling);
  if (failures.length === 0) refuseMissingFaults(link, meanwhile, scenario);
  const outcome = failures.length === 0 ? 'passed' : 'failed';
  const ladder = rungs(story, matched, telling);
  return { outcome, bootSeconds: seconds, ladder, steps, failures, link };
}

/** Nothing that is still to come can change the verdict. */
function endingOf({ hopeless, complete, miscounts }: Match): Ending | undefined {
  if (hopeless) return 'hopeless';
  return complete && miscounts.length === 0 ? 'all-met' : undefined;
}

/** A plan whose rules found nothing to act on has tried nothing. Those of a persona come first, and need not all act. */
function refuseMissingFaults(
  link: LinkResult | undefined,
  meanwhile: MeanwhileWatch,
  scenario: Scenario,
): void {
  const own = link?.rules.slice(link.rules.length - (scenario.link?.rules.length ?? 0)) ?? [];
  const idle = [...own.filter(({ acted }) => acted === 0).map(({ text }) => text), ...meanwhile.missing];
  if (idle.length === 0) return;
  throw new ScenarioError(
    'SCENARIO_FAULT_MISSING',
    `the boot went well, but what the scenario is about never happened: ${idle.join('; ')}`,
    'capture.pcapng, and on a link link.txt, of the report show what there was',
  );
}

/** The ladder: all of the wire and the machine, but only those console lines that met a step. */
function rungs(story: Story, match: Match, telling: Telling): readonly Rung[] {
  return story.events.flatMap((event): readonly Rung[] => {
    const step = match.steps.findIndex((found) => found.outcome === 'met' && found.event === event) + 1;
    if (event.kind === 'console' && step === 0) return [];
    const line = ladderLine(event, telling.beginNs, telling.names);
    return [step === 0 ? line : { ...line, step }];
  });
}

/** What is missing or broken, and the remedy. A fault in our own code keeps its stack: it is to be reported. */
function problemOf(error: unknown): ScenarioResult['problem'] {
  if (error instanceof ConfigError) return { message: error.message, hint: undefined };
  if (error instanceof Error && 'code' in error) {
    const hint = 'hint' in error && typeof error.hint === 'string' ? error.hint : undefined;
    return { message: error.message, hint };
  }
  const stack = error instanceof Error ? error.stack : undefined;
  return {
    message: stack ?? String(error),
    hint: 'this is a fault of pxebench itself: please report it with the lines above',
  };
}
