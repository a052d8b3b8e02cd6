import { copyFile } from 'node:fs/promises';
import { basename, dirname, extname, relative } from 'node:path';
import type { ReplayScript } from '../client/replay/step.ts';
import { findingsOf } from '../findings/find.ts';
import { openCapture } from '../pcap/open-capture.ts';
import { profileOfCapture } from '../profile/capture-profile.ts';
import type { BootDeps } from '../scenario/boot-machine.ts';
import { labSpecOf, onWire } from '../scenario/circumstances.ts';
import { replayClient } from '../scenario/replay-client.ts';
import type { ReportFiles } from '../scenario/report-files.ts';
import type { ScenarioFile } from '../scenario/schema.ts';
import type { Story } from '../story/event.ts';
import { StoryBuilder } from '../story/story-builder.ts';
import type { ServerSpec } from '../sut/server-spec.ts';
import type { MacAddress } from '../wire/address.ts';
import { holdsOf, notableOf } from './capture-notes.ts';
import type { Maker } from './firmware-recording.ts';
import { expectationsOf, type Recorded } from './record-boot.ts';
import { RecordError } from './record-error.ts';
import { type RecordingFiles, writeNotes, writeProfile, writeScenario } from './write-recording.ts';

/** A capture from somebody, and what its client is replayed against. */
export type CaptureOrder = {
  /** Absolute. */
  readonly capture: string;
  readonly mac: MacAddress;
  readonly server: ServerSpec;
  /** As a scenario names it: an id, or an absolute path. */
  readonly serverName: string;
  readonly variant: string | undefined;
  /** Who gave it, and where it was taken. */
  readonly from: string | undefined;
};

/** What a capture shows of one client. */
type Shown = { readonly story: Story; readonly frames: number; readonly endNs: bigint };

/** The one client that can be replayed, or the one that is asked for. Throws RecordError (RECORD_NO_CLIENT). */
export function clientToRecord(
  scripts: readonly ReplayScript[],
  wanted: string | undefined,
  path: string,
): MacAddress {
  const acting = scripts.filter(({ steps }) => steps.length > 0).map(({ mac }) => mac);
  const chosen = wanted === undefined ? acting : acting.filter((mac) => mac === wanted.toLowerCase());
  const [mac, ...more] = chosen;
  const there =
    acting.length === 0 ? 'pxebench explain tells what is in it' : `there is: ${acting.join(', ')}`;
  if (mac === undefined) {
    const which = wanted === undefined ? 'no client' : `no client ${wanted}`;
    throw new RecordError('RECORD_NO_CLIENT', `${path} has ${which} whose requests can be replayed`, there);
  }
  if (more.length > 0)
    throw new RecordError(
      'RECORD_NO_CLIENT',
      `${path} has ${chosen.length} clients: say which`,
      `--client MAC; ${there}`,
    );
  return mac;
}

/** Replays the client, and finds what of it a scenario can expect. */
export async function recordReplay(
  order: CaptureOrder,
  report: ReportFiles,
  deps: BootDeps,
): Promise<Recorded> {
  const { capture, mac, server, variant } = order;
  const lab = labSpecOf({ file: {} });
  const replayed = await replayClient({ capture, mac, lab, server, variant, files: undefined }, report, deps);
  const { story } = await shownBy(capture, mac);
  const file = { client: clientOf(capture, mac, story) };
  return { ...expectationsOf(replayed.story, { mac, file }), capture, seconds: replayed.seconds };
}

/** Writes what the capture becomes: itself as it is, notes, the profile of its client, and a scenario that replays it. */
export async function writeCaptureRecording(
  files: RecordingFiles,
  order: CaptureOrder,
  { steps, never }: Recorded,
  maker: Maker,
): Promise<void> {
  const { capture, mac, server, serverName, variant, from } = order;
  const { story, frames, endNs } = await shownBy(capture, mac);
  if (capture !== files.capture) await copyFile(capture, files.capture);
  const { profile } = await profileOfCapture(capture, mac);
  const day = maker.date.toISOString().slice(0, 10);
  await writeNotes(files, {
    source: { given: from ?? `${basename(capture)}; who took it, and where, was not said`, date: day },
    licence: maker.licence ?? 'not stated: ask whoever took it before you pass it on',
    client: `${profile.title}, ${mac}`,
    holds: holdsOf(story),
    notable: notableOf(findingsOf(story, { endNs })),
    frames,
  });
  await writeProfile(files, profile);
  await writeScenario(files, {
    title:
      maker.title ??
      `The client of ${basename(files.capture)} is served by server ${server.id} as it was recorded`,
    about: `Made by pxebench record, ${day}: the client is replayed, and has to be answered as it was then.`,
    servers: [serverName],
    ...(variant === undefined ? {} : { variant }),
    client: clientOf(relative(dirname(files.scenario), files.capture), mac, story),
    expect: [...steps],
    ...(never.length === 0 ? {} : { never: [...never] }),
  });
}

function clientOf(replay: string, mac: MacAddress, { client }: Story): ScenarioFile['client'] {
  const uuid = client.uuid === undefined ? undefined : onWire(client.uuid);
  return { replay, mac, ...(uuid === undefined ? {} : { uuid }) };
}

async function shownBy(path: string, mac: MacAddress): Promise<Shown> {
  const builder = new StoryBuilder();
  await using capture = await openCapture(path);
  for await (const batch of capture.batches()) builder.add(batch);
  builder.finish();
  const { frames, endNs = 0n } = builder.summary();
  return { story: builder.storyOf(mac), frames, endNs };
}

/** `.pcapng`, `.pcap.gz`: what a copy is to be called by. */
export function captureExtension(path: string): string {
  const last = extname(path);
  return last === '.gz' ? `${extname(path.slice(0, -last.length))}${last}` : last;
}
