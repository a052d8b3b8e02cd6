import type { LabSpec } from '../lab/lab-spec.ts';
import { startLab } from '../lab/start-lab.ts';
import { linkPlan } from '../link/link-plan.ts';
import type { LinkPlanFile } from '../link/link-plan-file.ts';
import { type LadderLine, ladderLine } from '../report/ladder.ts';
import type { LinkResult } from '../report/result.ts';
import type { Story } from '../story/event.ts';
import type { ServerSpec } from '../sut/server-spec.ts';
import { type RunningServer, startServer } from '../sut/start-server.ts';
import type { Accelerator } from '../vm/accelerator.ts';
import type { Firmware } from '../vm/firmware.ts';
import { type RunningVm, startVm, type VmSpec } from '../vm/start-vm.ts';
import { VmError } from '../vm/vm-error.ts';
import { BootWatch, type Ending } from './boot-watch.ts';
import { hostNamesOf } from './circumstances.ts';
import { keepLink, type LinkEvidence } from './link-evidence.ts';
import { LiveStory } from './live-story.ts';
import type { ReportFiles } from './report-files.ts';
import { ScenarioError } from './scenario-error.ts';

/** A client that neither sends a frame nor writes a line for so long will not do so later. */
const QUIET_SECONDS = 20;

/** One machine, the network it is on, and the server that answers it. */
export type BootOrder = Omit<VmSpec, 'accelerator' | 'link'> & {
  /** Of its cable, besides those that the firmware's persona is made of. */
  readonly faults?: LinkPlanFile | undefined;
  readonly lab: LabSpec;
  readonly server: ServerSpec;
  readonly variant: string | undefined;
  /** Put into the server's document root. */
  readonly files: Readonly<Record<string, string>> | undefined;
  /** Seconds from power-on after which the boot is over. */
  readonly giveUpSeconds: number;
};

export type BootDeps = {
  readonly accelerator: Accelerator['name'];
  /** In place of the seeds of link plans. */
  readonly linkSeed?: number | undefined;
  /** PATH to look for programs in. */
  readonly path: string;
  readonly signal: AbortSignal;
  /** What the client did last, in a few words; called at every change. */
  readonly onProgress: (text: string) => void;
};

export type Booted = {
  readonly story: Story;
  /** Power-on to the end. */
  readonly seconds: number;
  /** The file of the report with all frames. */
  readonly capture: string;
  /** Where firmware or order ask for a link: what it did. */
  readonly link?: LinkResult | undefined;
};

/**
 * Boots one machine against one server until `look` says that it is over, or the watch does (BootWatch). Throws what
 * broke, and ScenarioError for a boot that proves nothing. Leaves nothing but the report.
 */
export async function bootMachine(
  order: BootOrder,
  report: ReportFiles,
  deps: BootDeps,
  look: (story: Story, server: RunningServer | undefined) => Ending | undefined,
): Promise<Booted> {
  const { firmware, server, variant, files, mac } = order;
  const names = hostNamesOf(order.lab);
  const watch = new BootWatch({ giveUpSeconds: order.giveUpSeconds, quietSeconds: QUIET_SECONDS });

  let running: RunningServer | undefined;
  await report.prepare();
  await using lab = await startLab(order.lab, { path: deps.path });
  const live = new LiveStory(mac, {
    heard: () => watch.heard(),
    changed: () => {
      const story = live.story;
      const last = story.events.at(-1);
      if (last !== undefined) deps.onProgress(briefly(ladderLine(last, last.timeNs, names)));
      watch.look(look(story, running), story);
    },
  });
  const capture = report.path('capture', 'capture.pcapng');
  live.follow(lab.capture.stream, capture);
  await using sut = await startServer(server, lab, { variant, files });
  running = sut;
  const plans = [firmware.link, order.faults].filter((plan) => plan !== undefined);
  await using vm = await startVm(
    { ...order, link: linkPlan(plans, deps.linkSeed), accelerator: deps.accelerator },
    {
      consoleLine: (text, timeNs) => live.console(text, timeNs),
      changed: (what, timeNs) => live.machine(what, timeNs),
    },
    lab,
  );

  const poweredOn = performance.now();
  watch.start();
  await vm.powerOn();
  let seconds = 0;
  let link: LinkEvidence | undefined;
  try {
    await watch.ended([lab.failed, sut.exited, vm.failed], deps.signal);
    seconds = (performance.now() - poweredOn) / 1000;
  } finally {
    link = await keepLink(vm.link, lab, report);
    await keepEvidence(report, vm, sut);
  }
  await vm[Symbol.asyncDispose]();
  const { dropped, cut } = await lab.capture.stop();
  const story = await live.done();
  refuseLost(dropped + cut + (link?.dropped ?? 0));
  refuseSilent(story, link?.heardClient === true, seconds, firmware);
  return { story, seconds, capture, link: link?.result };
}

/** What machine and server show in the end, whether or not the bench itself is still well. */
async function keepEvidence(report: ReportFiles, vm: RunningVm, sut: RunningServer): Promise<void> {
  await report.write('console', 'console.txt', vm.consoleText());
  await report.write('consoleRaw', 'console.raw', vm.consoleRaw());
  await report.write('serverLog', 'server.log', sut.log());
  try {
    const screenshot = await vm.screenshot();
    if (screenshot !== undefined) await report.write('screenshot', 'screenshot.png', screenshot);
  } catch (error) {
    // QEMU is gone, and the screen with it: what ended it is told anyway.
    if (!(error instanceof VmError)) throw error;
  }
}

/** A story with holes proves nothing about a server. Throws ScenarioError SCENARIO_FRAMES_LOST. */
export function refuseLost(lost: number): void {
  if (lost === 0) return;
  throw new ScenarioError(
    'SCENARIO_FRAMES_LOST',
    `the capture lost or cut ${lost} frames`,
    'run fewer scenarios at once: --workers 1',
  );
}

/** Nor does that of a machine that never spoke. */
function refuseSilent(story: Story, spokeOnLink: boolean, seconds: number, firmware: Firmware): void {
  if (!spokeOnLink && !story.events.some((event) => event.frames.length > 0)) {
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

function briefly({ protocol, text }: LadderLine): string {
  return `${protocol} ${text}`;
}
