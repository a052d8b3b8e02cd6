import { basename, dirname, relative } from 'node:path';
import { findingsOf } from '../findings/find.ts';
import { BETWEEN_RUNS } from '../profile/between-runs.ts';
import { profileOfCapture } from '../profile/capture-profile.ts';
import { holdsOf, notableOf } from './capture-notes.ts';
import { cutCapture } from './cut-capture.ts';
import type { Recorded, RecordOrder } from './record-boot.ts';
import { packageVersions, qemuVersion } from './versions.ts';
import { type RecordingFiles, writeNotes, writeProfile, writeScenario } from './write-recording.ts';

/**
 * Recorded profiles are held by boots that share a machine with others: a guest's clock stands still meanwhile, a server
 * answers late, and iPXE asks again after 80 ms. Whether EDK2's IPv6 gets as far as looking for its own address before
 * the boot goes on hangs on that, too.
 */
const BUSY: Readonly<Record<string, number>> = { '**.*-seconds': 2.5, '**.*tries': 5 };

const MAY_DIFFER = [
  ...BETWEEN_RUNS.map((rule) => (rule.path in BUSY ? { ...rule, tolerance: BUSY[rule.path] } : rule)),
  { path: '**.ipv6.neighbours.duplicate-address-detection' },
  // pxelinux asks for each of its names; asked again, a question keeps its port.
  { path: '**.dns.questions.tries' },
  { path: '**.dns.questions.source-ports' },
];

export type Maker = {
  /** `pxebench 0.1.0`. */
  readonly application: string;
  /** PATH to look for programs in. */
  readonly path: string;
  readonly date: Date;
  readonly licence: string | undefined;
  readonly title: string | undefined;
};

/** Writes what a boot becomes: capture up to the last step, notes beside it, profile, scenario. */
export async function writeFirmwareRecording(
  files: RecordingFiles,
  order: RecordOrder,
  recorded: Recorded,
  maker: Maker,
): Promise<void> {
  const { firmware, server, variant, mac, uuid, serverName } = order;
  const { steps, never } = recorded;
  await writeCaptureAndProfile(files, order, recorded, maker);
  const day = dayOf(maker);
  await writeScenario(files, {
    title: maker.title ?? `${firmware.title}: boots from server ${server.id} as it was recorded`,
    about: `Made by pxebench record from ${basename(files.capture)}, ${day}: what the firmware did then it must do again.`,
    servers: [serverName],
    ...(variant === undefined ? {} : { variant }),
    client: { firmware: firmware.id, mac, ...(uuid === undefined ? {} : { uuid }) },
    ...(order.giveUpSeconds === undefined ? {} : { 'give-up': order.giveUpSeconds }),
    profile: relative(dirname(files.scenario), files.profile),
    expect: [...steps],
    ...(never.length === 0 ? {} : { never: [...never] }),
  });
}

/** The same without the scenario, of which there is one already. */
export async function writeCaptureAndProfile(
  files: RecordingFiles,
  { firmware, server, variant, mac }: Pick<RecordOrder, 'firmware' | 'server' | 'variant' | 'mac'>,
  { story, endNs, capture }: Pick<Recorded, 'story' | 'endNs' | 'capture'>,
  maker: Maker,
): Promise<void> {
  const { application, path, licence } = maker;
  const frames = await cutCapture(capture, files.capture, endNs, application);
  const { profile } = await profileOfCapture(files.capture, mac);
  const qemu = await qemuVersion(firmware, path);
  const packages = await packageVersions(firmware, server);
  const variantText = variant === undefined ? '' : `, variant ${variant}`;
  const told = { ...story, events: story.events.filter(({ timeNs }) => timeNs <= endNs) };
  await writeNotes(files, {
    source: {
      recorded: 'here',
      date: dayOf(maker),
      with: `${application} record, on a bridge in a network namespace`,
      firmware: `${firmware.id}: ${firmware.title}`,
      versions: [`QEMU ${qemu}`, ...packages].join(', '),
      server: `${server.id}${variantText}: ${server.file.value.title}`,
    },
    licence:
      licence ??
      'MIT (the recording; programs and files that travel inside some frames have the licences of their packages)',
    client: `${firmware.title}, ${mac}`,
    holds: holdsOf(told),
    notable: notableOf(findingsOf(told, { endNs })),
    frames,
  });
  await writeProfile(files, { ...profile, title: firmware.title, 'allowed-differences': MAY_DIFFER });
}

function dayOf({ date }: Maker): string {
  return date.toISOString().slice(0, 10);
}
