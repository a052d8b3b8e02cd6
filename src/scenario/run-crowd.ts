import { startLab } from '../lab/start-lab.ts';
import { linkPlan } from '../link/link-plan.ts';
import type { Failure } from '../report/result.ts';
import type { Story } from '../story/event.ts';
import type { ServerSpec } from '../sut/server-spec.ts';
import { startServer } from '../sut/start-server.ts';
import type { Firmware } from '../vm/firmware.ts';
import { startVm } from '../vm/start-vm.ts';
import type { MacAddress } from '../wire/address.ts';
import { addressesGivenTwice, type GivenTwice } from './addresses-twice.ts';
import type { BootDeps } from './boot-machine.ts';
import { BootWatch, type Ending } from './boot-watch.ts';
import { hostNamesOf, labSpecOf, variablesOf } from './circumstances.ts';
import { LiveStory } from './live-story.ts';
import { type Match, matchStory } from './match.ts';
import type { ReportFiles } from './report-files.ts';
import { budgetOf, endingOf } from './run-scenario.ts';
import type { Scenario } from './scenario.ts';
import { judge } from './verdict.ts';

/** One machine of the crowd, judged by its own scenario. */
export type Member = {
  readonly scenario: Scenario;
  readonly firmware: Firmware;
  /** In place of the scenario's: no two machines of a network have the same. */
  readonly mac: MacAddress;
};

export type MemberResult = Member & {
  readonly ending: Ending;
  /** Power-on to the end. */
  readonly seconds: number;
  readonly failures: readonly Failure[];
  /** That it was given, as the frames have it. */
  readonly addresses: readonly string[];
};

type BootedMember = Omit<MemberResult, 'failures' | 'addresses'>;

export type CrowdResult = {
  /** In the order of the members. */
  readonly members: readonly MemberResult[];
  readonly givenTwice: readonly GivenTwice[];
  /** All frames of all machines. */
  readonly capture: string;
  readonly frames: number;
  /** Frames that the capture lost or cut: then no story is whole. */
  readonly lost: number;
};

export type CrowdOrder = {
  readonly members: readonly Member[];
  readonly server: ServerSpec;
  /** Machines that are switched on at the same time. */
  readonly atOnce: number;
};

type Running = { readonly watch: BootWatch; readonly look: (story: Story) => Ending | undefined };

/** A machine has less than a processor here: it may take as many times its budget. */
const PATIENCE = 3;
/** Without a frame of anybody, or a line of its console, for so long, a machine has ended. */
const QUIET_SECONDS = 40;

/** Whether a scenario can share its lab: it asks nothing of network or server that others would not have. */
export function mayJoinCrowd({ file, replay }: Scenario): boolean {
  const own = [file.files, file.variant, file.names, file['router-advertisement'], file.meanwhile, replay];
  return own.every((wish) => wish === undefined);
}

/** Boots many machines in one lab, against one server, in the order given. Throws what broke. Leaves nothing but the report. */
export async function runCrowd(
  { members, server, atOnce }: CrowdOrder,
  report: ReportFiles,
  deps: BootDeps,
): Promise<CrowdResult> {
  const spec = labSpecOf({ file: {} });
  const running = new Map<MacAddress, Running>();
  await report.prepare();
  const capture = report.path('capture', 'capture.pcapng');
  await using lab = await startLab(spec, { path: deps.path });
  const first = members[0];
  if (first === undefined) throw new Error('a crowd of nobody');
  const live = new LiveStory(first.mac, {
    heard: () => {
      for (const { watch } of running.values()) watch.heard();
    },
    changed: () => {
      for (const [mac, { watch, look }] of running) {
        const story = live.storyOf(mac);
        watch.look(look(story), story);
      }
    },
  });
  live.follow(lab.capture.stream, capture);
  await using sut = await startServer(server, lab, {});

  const matchOf = ({ scenario, mac }: Member, story: Story): Match =>
    matchStory(scenario.file, story, variablesOf({ ...scenario, mac }, story, spec));

  const boot = async (member: Member): Promise<BootedMember> => {
    const { scenario, firmware, mac } = member;
    const { client } = scenario.file;
    if (!('firmware' in client)) throw new Error(`${scenario.id} boots no machine`);
    const watch = new BootWatch({
      giveUpSeconds: budgetOf(scenario, firmware) * PATIENCE,
      quietSeconds: QUIET_SECONDS,
    });
    const plans = [firmware.link, scenario.link].filter((plan) => plan !== undefined);
    await using vm = await startVm(
      {
        ...{ firmware, mac, identity: client, memory: client.memory, diskSays: client.disk?.says },
        ...{ link: linkPlan(plans, deps.linkSeed), accelerator: deps.accelerator },
      },
      {
        consoleLine: (text, timeNs) => live.console(text, timeNs, mac),
        changed: (what, timeNs) => live.machine(what, timeNs, mac),
      },
      lab,
    );
    running.set(mac, {
      watch,
      look: (story) => endingOf(matchOf(member, story)),
    });
    try {
      const poweredOn = performance.now();
      watch.start();
      await vm.powerOn();
      deps.onProgress(`on   ${nameOf(member)}; ${running.size} at once`);
      const ending = await watch.ended([lab.failed, sut.exited, vm.failed], deps.signal);
      const seconds = (performance.now() - poweredOn) / 1000;
      deps.onProgress(`end  ${nameOf(member)}: ${ending} after ${seconds.toFixed(1)} s`);
      return { ...member, ending, seconds };
    } finally {
      running.delete(mac);
    }
  };

  let booted: readonly BootedMember[];
  try {
    booted = await inTurn(members, atOnce, boot);
  } finally {
    await report.write('serverLog', 'server.log', sut.log());
  }
  const { frames, dropped, cut } = await lab.capture.stop();
  await live.done();
  const stories = new Map(members.map(({ mac }) => [mac, live.storyOf(mac)]));
  const results = booted.map((member): MemberResult => {
    const story = live.storyOf(member.mac);
    const telling = { beginNs: story.events[0]?.timeNs ?? 0n, names: hostNamesOf(spec) };
    const { failures } = judge(member.scenario, story, matchOf(member, story), telling);
    return { ...member, failures, addresses: story.client.addresses };
  });
  return { members: results, givenTwice: addressesGivenTwice(stories), capture, frames, lost: dropped + cut };
}

export function nameOf({ firmware, mac }: Pick<Member, 'firmware' | 'mac'>): string {
  return `${firmware.id} ${mac}`;
}

/** All of them, so many at a time, begun in order. After a failure none is begun, and those that run are waited for. */
async function inTurn<Item, Result>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  const queue = [...items.entries()];
  let broken = false;
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined && !broken; next = queue.shift()) {
      const [at, item] = next;
      try {
        results[at] = await work(item);
      } catch (error) {
        broken = true;
        throw error;
      }
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: atOnce }, worker));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return results;
}
