import { createWriteStream } from 'node:fs';
import { NO_RELAYS, PATIENCE_MS } from '../client/replay/exchange.ts';
import { replayInLab } from '../client/replay/replay-in-lab.ts';
import { ScriptReader } from '../client/replay/replay-script.ts';
import type { ReplayScript } from '../client/replay/step.ts';
import type { LabSpec } from '../lab/lab-spec.ts';
import { startLab } from '../lab/start-lab.ts';
import { linkPlan } from '../link/link-plan.ts';
import type { LinkPlanFile } from '../link/link-plan-file.ts';
import { openCapture, refuseOtherFile } from '../pcap/open-capture.ts';
import { StoryBuilder } from '../story/story-builder.ts';
import type { ServerSpec } from '../sut/server-spec.ts';
import { startServer } from '../sut/start-server.ts';
import type { MacAddress } from '../wire/address.ts';
import { type BootDeps, type Booted, refuseLost } from './boot-machine.ts';
import { keepLink, type LinkEvidence } from './link-evidence.ts';
import type { ReportFiles } from './report-files.ts';
import { ScenarioError } from './scenario-error.ts';

/** The client of a capture, and the network and server it acts on now. */
export type ReplayOrder = {
  readonly capture: string;
  readonly mac: MacAddress;
  readonly lab: LabSpec;
  readonly server: ServerSpec;
  readonly variant: string | undefined;
  readonly files: Readonly<Record<string, string>> | undefined;
  /** Of the cable that it hangs on; none: its frames enter at the bridge. */
  readonly faults?: LinkPlanFile | undefined;
};

/** What each client of a capture did that can be done again. Throws CaptureError. */
export async function scriptsOf(path: string): Promise<readonly ReplayScript[]> {
  const reader = new ScriptReader();
  await using capture = await openCapture(path);
  for await (const batch of capture.batches()) {
    reader.add(batch);
    refuseOtherFile(path, batch.ending);
  }
  return reader.finish();
}

/**
 * Lets one client of a capture act against a server in a lab: each step as soon as the one before it is over. The story is
 * that of the new capture. Throws what broke, and ScenarioError (SCENARIO_CLIENT_SILENT) for a client that did nothing that
 * can be done again.
 */
export async function replayClient(order: ReplayOrder, report: ReportFiles, deps: BootDeps): Promise<Booted> {
  const { server, variant, files, mac } = order;
  const scripts = (await scriptsOf(order.capture)).filter((script) => script.mac === mac);
  if (scripts.length === 0) {
    throw new ScenarioError(
      'SCENARIO_CLIENT_SILENT',
      `${order.capture} has nothing of ${mac} that can be replayed`,
      'pxebench replay tells which clients it has',
    );
  }
  await report.prepare();
  const [host = ''] = Object.keys(server.file.value.hosts);
  await using lab = await startLab(order.lab, { path: deps.path });
  const capture = report.path('capture', 'capture.pcapng');
  await using sut = await startServer(server, lab, { variant, files });
  const plan = linkPlan(order.faults === undefined ? [] : [order.faults], deps.linkSeed);
  const link = plan === undefined ? undefined : await lab.addLink(plan);
  const began = performance.now();
  let evidence: LinkEvidence | undefined;
  try {
    await replayInLab(scripts, lab, {
      link,
      fast: true,
      ...{ longestPause: 0, patience: PATIENCE_MS },
      renew: { xid: undefined, secs: false },
      relays: NO_RELAYS,
      server: order.lab.hosts.find(({ name }) => name === host)?.interfaces[0].address,
      keep: createWriteStream(capture),
      signal: deps.signal,
      broken: sut.exited,
      onResult: ({ what, verdict }) => deps.onProgress(`${what}: ${verdict}`),
    });
  } finally {
    evidence = await keepLink(link, lab, report);
    await report.write('serverLog', 'server.log', sut.log());
  }
  refuseLost(evidence?.dropped ?? 0);
  const builder = new StoryBuilder();
  await using kept = await openCapture(capture);
  for await (const batch of kept.batches()) builder.add(batch);
  builder.finish();
  return {
    story: builder.storyOf(mac),
    seconds: (performance.now() - began) / 1000,
    capture,
    link: evidence?.result,
  };
}
