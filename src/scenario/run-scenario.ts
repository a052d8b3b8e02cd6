import { ConfigError } from '../config/config-error.ts';
import { startLab } from '../lab/start-lab.ts';
import { linkPlan } from '../link/link-plan.ts';
import { type LadderLine, ladderLine } from '../report/ladder.ts';
import type { LinkResult, Rung, ScenarioResult } from '../report/result.ts';
import type { Story } from '../story/event.ts';
import type { ServerSpec } from '../sut/server-spec.ts';
import { type RunningServer, startServer } from '../sut/start-server.ts';
import type { Accelerator } from '../vm/accelerator.ts';
import type { Firmware } from '../vm/firmware.ts';
import { type RunningVm, startVm } from '../vm/start-vm.ts';
import { VmError } from '../vm/vm-error.ts';
import { BootWatch } from './boot-watch.ts';
import { hostNamesOf, labSpecOf, variablesOf } from './circumstances.ts';
import { keepLink, type LinkEvidence } from './link-evidence.ts';
import { LiveStory } from './live-story.ts';
import { type Match, matchStory } from './match.ts';
import { ReportFiles } from './report-files.ts';
import type { Scenario } from './scenario.ts';
import { ScenarioError } from './scenario-error.ts';
import { judge, type Telling } from './verdict.ts';

/** A client that neither sends a frame nor writes a line for so long will not do so later. */
const QUIET_SECONDS = 20;

export type RunDeps = {
  readonly reportFolder: string;
  readonly accelerator: Accelerator['name'];
  /** In place of the seeds of link plans. */
  readonly linkSeed?: number | undefined;
  /** PATH to look for programs in. */
  readonly path: string;
  readonly signal: AbortSignal;
  /** What the client did last, in a few words; called at every change. */
  readonly onProgress: (text: string) => void;
};

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
  const names = hostNamesOf(spec);
  const match = (story: Story): Match => matchStory(scenario.file, story, variablesOf(scenario, story, spec));
  const watch = new BootWatch({ giveUpSeconds: budgetOf(scenario, firmware), quietSeconds: QUIET_SECONDS });

  await report.prepare();
  await using lab = await startLab(spec, { path: deps.path });
  const live = new LiveStory(scenario.mac, {
    heard: () => watch.heard(),
    changed: () => {
      const story = live.story;
      const last = story.events.at(-1);
      if (last !== undefined) deps.onProgress(briefly(ladderLine(last, last.timeNs, names)));
      watch.look(match(story), story);
    },
  });
  live.follow(lab.capture.stream, report.path('capture', 'capture.pcapng'));
  await using sut = await startServer(server, lab, {
    variant: scenario.file.variant,
    files: scenario.file.files,
  });
  const { client } = scenario.file;
  const plans = [firmware.link, scenario.link].filter((plan) => plan !== undefined);
  await using vm = await startVm(
    {
      firmware,
      link: linkPlan(plans, deps.linkSeed),
      accelerator: deps.accelerator,
      mac: scenario.mac,
      identity: client,
      memory: client.memory,
      diskSays: client.disk?.says,
    },
    {
      consoleLine: (text, timeNs) => live.console(text, timeNs),
      changed: (what, timeNs) => live.machine(what, timeNs),
    },
    lab,
  );

  const poweredOn = performance.now();
  watch.start();
  await vm.powerOn();
  let bootSeconds = 0;
  let cable: LinkEvidence | undefined;
  try {
    await watch.ended([lab.failed, sut.exited, vm.failed], deps.signal);
    bootSeconds = (performance.now() - poweredOn) / 1000;
  } finally {
    cable = await keepLink(vm.link, lab, report);
    await keepEvidence(report, vm, sut);
  }
  await vm[Symbol.asyncDispose]();
  const { dropped, cut } = await lab.capture.stop();
  const story = await live.done();
  refuseUnusable(story, dropped + cut + (cable?.dropped ?? 0), bootSeconds, firmware);

  const matched = match(story);
  const telling = { beginNs: story.events[0]?.timeNs ?? 0n, names };
  const { steps, failures } = judge(scenario, story, matched, telling);
  if (failures.length === 0) refuseMissingFaults(cable?.result, scenario);
  const outcome = failures.length === 0 ? 'passed' : 'failed';
  const ladder = rungs(story, matched, telling);
  return { outcome, bootSeconds, ladder, steps, failures, link: cable?.result };
}

/** What machine and server show in the end, whether or not the bench itself is still well. */
async function keepEvidence(report: ReportFiles, vm: RunningVm, sut: RunningServer): Promise<void> {
  await report.write('console', 'console.txt', vm.consoleText());
  await report.write('consoleRaw', 'console.raw', vm.consoleRaw());
  await report.write('serverLog', 'server.log', sut.log());
  try {
    await report.write('screenshot', 'screenshot.png', await vm.screenshot());
  } catch (error) {
    // QEMU is gone, and the screen with it: what ended it is told anyway.
    if (!(error instanceof VmError)) throw error;
  }
}

/** A story with holes, or of a machine that never spoke, proves nothing about a server. */
function refuseUnusable(story: Story, lost: number, seconds: number, firmware: Firmware): void {
  if (lost > 0) {
    throw new ScenarioError(
      'SCENARIO_FRAMES_LOST',
      `the capture lost or cut ${lost} frames`,
      'run fewer scenarios at once: --workers 1',
    );
  }
  if (!story.events.some((event) => event.frames.length > 0)) {
    const lastLine = story.events.findLast((event) => event.kind === 'console');
    const said =
      lastLine?.kind === 'console' ? `its console says "${lastLine.text}"` : 'its console says nothing';
    throw new ScenarioError(
      'SCENARIO_CLIENT_SILENT',
      `the machine sent no frame in ${seconds.toFixed(0)} s; ${said}`,
      `see its screenshot and console; firmware ${firmware.id} should have sent its first DISCOVER long ago`,
    );
  }
}

/** A plan whose rules found nothing to act on has tried nothing. Those of a persona come first, and need not all act. */
function refuseMissingFaults(link: LinkResult | undefined, scenario: Scenario): void {
  const own = link?.rules.slice(link.rules.length - (scenario.link?.rules.length ?? 0)) ?? [];
  const idle = own.filter(({ acted }) => acted === 0).map(({ text }) => `"${text}"`);
  if (idle.length === 0) return;
  throw new ScenarioError(
    'SCENARIO_FAULT_MISSING',
    `the boot went well, but the link never did what the scenario is about: ${idle.join(', ')}`,
    'client.pcapng and link.txt of the report show which frames there were',
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

function briefly({ protocol, text }: LadderLine): string {
  return `${protocol} ${text}`;
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
