import { basename } from 'node:path';
import { ConfigError } from '../config/config-error.ts';
import { profileOfCapture } from '../profile/capture-profile.ts';
import { ladderLine } from '../report/ladder.ts';
import type { Failure, Rung, ScenarioResult } from '../report/result.ts';
import type { Story } from '../story/event.ts';
import { lastHeardNs } from '../story/last-heard.ts';
import type { ServerSpec } from '../sut/server-spec.ts';
import type { Firmware } from '../vm/firmware.ts';
import { type BootDeps, type Booted, bootMachine } from './boot-machine.ts';
import type { Ending } from './boot-watch.ts';
import { hostNamesOf, labSpecOf, variablesOf } from './circumstances.ts';
import { type Match, matchStory } from './match.ts';
import { MeanwhileWatch } from './meanwhile.ts';
import { replayClient } from './replay-client.ts';
import { ReportFiles } from './report-files.ts';
import type { Scenario } from './scenario.ts';
import { ScenarioError } from './scenario-error.ts';
import { holdProfile } from './stored-profile.ts';
import { judge, type Telling } from './verdict.ts';

export type RunDeps = BootDeps & { readonly reportFolder: string };

type Boot = Pick<ScenarioResult, 'outcome' | 'bootSeconds' | 'ladder' | 'steps' | 'failures' | 'link'>;

/** A replayed client is done when it is done: each of its steps waits for some seconds at most. */
const REPLAY_BUDGET = 300;

/** Seconds from power-on that a boot may take. */
export function budgetOf({ file }: Scenario, firmware: Firmware | undefined): number {
  return file['give-up'] ?? firmware?.budget ?? REPLAY_BUDGET;
}

/** What acts in a scenario: a firmware, by its id, or the capture that is replayed. */
export function clientName({ replay }: Scenario, firmware: Firmware | undefined): string {
  return firmware?.id ?? `replay of ${basename(replay ?? '')}`;
}

/**
 * Boots one machine against one server, or replays a client where there is no firmware, and judges what it did. Never
 * throws: a fault of the bench is a result whose outcome is `error`, with what is missing or broken and the remedy. Leaves
 * nothing but the report.
 */
export async function runScenario(
  scenario: Scenario,
  server: ServerSpec,
  firmware: Firmware | undefined,
  deps: RunDeps,
): Promise<ScenarioResult> {
  const began = performance.now();
  const report = new ReportFiles(deps.reportFolder, `${scenario.id.replaceAll('/', '-')}-${server.id}`);
  const base = {
    scenario: scenario.id,
    title: scenario.file.title,
    server: server.id,
    firmware: clientName(scenario, firmware),
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
  firmware: Firmware | undefined,
  problem: NonNullable<ScenarioResult['problem']>,
): ScenarioResult {
  return {
    scenario: scenario.id,
    title: scenario.file.title,
    server: server.id,
    firmware: clientName(scenario, firmware),
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
  firmware: Firmware | undefined,
  report: ReportFiles,
  deps: RunDeps,
): Promise<Boot> {
  const booted = await bootScenario(scenario, server, firmware, report, deps);
  const { story, matched, seconds } = booted;
  const telling = { beginNs: story.events[0]?.timeNs ?? 0n, names: hostNamesOf(labSpecOf(scenario)) };
  const { steps, failures: stepFailures } = judge(scenario, story, matched, telling);
  const isItsOwn = isServerOf(scenario, server);
  // Of a boot that went elsewhere, what the client did there says nothing about it.
  const behaviour =
    isItsOwn && stepFailures.length === 0 ? await profileFailures(scenario, firmware, booted) : [];
  const failures = [...stepFailures, ...behaviour];
  const outcome = failures.length === 0 ? 'passed' : 'failed';
  if (outcome === 'passed') refuseMissingFaults(booted, scenario);
  const ladder = rungs(story, matched, telling);
  return { outcome, bootSeconds: seconds, ladder, steps, failures, link: booted.link };
}

/** A boot that is over, and how it fits its scenario. */
export type ScenarioBoot = Booted & {
  readonly matched: Match;
  /** When the last step that the wire shows was met: behaviour is compared up to there. */
  readonly endNs: bigint;
  /** What was to happen to the server, and did not. */
  readonly missed: readonly string[];
};

/** Boots a scenario's machine until nothing that is still to come can change the verdict. Throws as bootMachine does. */
export async function bootScenario(
  scenario: Scenario,
  server: ServerSpec,
  firmware: Firmware | undefined,
  report: ReportFiles,
  deps: BootDeps,
): Promise<ScenarioBoot> {
  const spec = labSpecOf(scenario);
  const match = (story: Story): Match => matchStory(scenario.file, story, variablesOf(scenario, story, spec));
  const { client, variant, files } = scenario.file;
  const { mac, replay } = scenario;
  using meanwhile = new MeanwhileWatch(scenario.file.meanwhile ?? []);
  const order = { lab: spec, server, variant, files, mac };
  const booted =
    firmware === undefined || !('firmware' in client)
      ? await replayClient({ ...order, capture: replay ?? '', faults: scenario.link }, report, deps)
      : await bootMachine(
          {
            ...order,
            firmware,
            faults: scenario.link,
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
  const matched = match(booted.story);
  const met = matched.steps.flatMap((step) => (step.outcome === 'met' ? [step.event] : []));
  return { ...booted, matched, endNs: lastHeardNs(met), missed: meanwhile.missing };
}

/** A profile is of one firmware, and of what the scenario's servers make it do. */
function isServerOf({ servers }: Scenario, { id, folder }: ServerSpec): boolean {
  return servers.some((server) => server === id || server === folder);
}

/** How the client behaved up to the last step that was met, held against its profile. */
async function profileFailures(
  { profiles, mac, problemAt }: Scenario,
  firmware: Firmware | undefined,
  { capture, endNs }: ScenarioBoot,
): Promise<readonly Failure[]> {
  const profile = profiles.get(firmware?.id ?? '');
  if (profile === undefined) return [];
  const boot = await profileOfCapture(capture, mac, endNs);
  return holdProfile(profile, boot, { mac, line: problemAt(['profile'], '').line });
}

/** Nothing that is still to come can change the verdict. */
export function endingOf({ hopeless, complete, miscounts }: Match): Ending | undefined {
  if (hopeless) return 'hopeless';
  return complete && miscounts.length === 0 ? 'all-met' : undefined;
}

/** A plan whose rules found nothing to act on has tried nothing. Those of a persona come first, and need not all act. */
function refuseMissingFaults({ link, missed }: ScenarioBoot, scenario: Scenario): void {
  const own = link?.rules.slice(link.rules.length - (scenario.link?.rules.length ?? 0)) ?? [];
  const idle = [...own.filter(({ acted }) => acted === 0).map(({ text }) => text), ...missed];
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
