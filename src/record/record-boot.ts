import { type BootDeps, bootMachine } from '../scenario/boot-machine.ts';
import { labSpecOf, variablesOf } from '../scenario/circumstances.ts';
import type { ReportFiles } from '../scenario/report-files.ts';
import type { NeverStep, ScenarioFile, Step } from '../scenario/schema.ts';
import type { Story } from '../story/event.ts';
import { lastHeardNs } from '../story/last-heard.ts';
import type { ServerSpec } from '../sut/server-spec.ts';
import type { Firmware } from '../vm/firmware.ts';
import type { MacAddress } from '../wire/address.ts';
import { Generaliser } from './generalise.ts';
import { RecordError } from './record-error.ts';
import { endOfFirstBoot, neverOfStory, stepsOfStory } from './steps-of-story.ts';

/** What is booted, and against what. */
export type RecordOrder = {
  readonly firmware: Firmware;
  readonly server: ServerSpec;
  /** As a scenario names it: an id, or an absolute path. */
  readonly serverName: string;
  readonly variant: string | undefined;
  readonly mac: MacAddress;
  readonly uuid: string | undefined;
  /** From power-on; the firmware's own where absent. */
  readonly giveUpSeconds: number | undefined;
};

/** A boot from which a scenario can be made. */
export type Recorded = {
  /** Up to the end, and no further. */
  readonly story: Story;
  readonly steps: readonly Step[];
  readonly never: readonly NeverStep[];
  /** When the last step was met: what came later belongs to no scenario. */
  readonly endNs: bigint;
  /** All frames, in the report. */
  readonly capture: string;
  readonly seconds: number;
};

/**
 * Boots a firmware until it is silent, has switched itself off, is back at its beginning, or its time is over; and finds
 * what of it a scenario can expect. Throws what broke, and RecordError (RECORD_NOTHING_TO_EXPECT).
 */
export async function recordBoot(order: RecordOrder, report: ReportFiles, deps: BootDeps): Promise<Recorded> {
  const { firmware, server, variant, mac, uuid } = order;
  const file = { client: { firmware: firmware.id, mac, ...(uuid === undefined ? {} : { uuid }) } };
  const lab = labSpecOf({ file: {} });
  const { story, capture, seconds } = await bootMachine(
    {
      ...{ lab, server, variant, firmware, mac, files: undefined },
      identity: { uuid },
      giveUpSeconds: order.giveUpSeconds ?? firmware.budget,
    },
    report,
    deps,
    (soFar) => (endOfFirstBoot(soFar) < soFar.events.length ? 'began-anew' : undefined),
  );
  return { ...expectationsOf(story, { file, mac }), capture, seconds };
}

/** What a story lets a scenario expect, and where it ends. Throws RecordError (RECORD_NOTHING_TO_EXPECT). */
export function expectationsOf(
  whole: Story,
  client: { readonly mac: MacAddress; readonly file: Pick<ScenarioFile, 'client'> },
): Pick<Recorded, 'story' | 'steps' | 'never' | 'endNs'> {
  const firstBoot = whole.events.slice(0, endOfFirstBoot(whole));
  const variables = variablesOf(client, whole, labSpecOf({ file: {} }));
  const ip = whole.client.addresses.findLast((address) => address === variables.get('client.ip'));
  const generated = stepsOfStory({ ...whole, events: firstBoot }, new Generaliser(variables), {
    uuidOnWire: variables.get('client.uuid-on-wire'),
    mac: client.mac,
    ip,
  });
  const endNs = lastHeardNs(generated.flatMap(({ last }) => firstBoot[last] ?? []));
  const story = { ...whole, events: firstBoot.filter(({ timeNs }) => timeNs <= endNs) };
  if (generated.length === 0) {
    throw new RecordError(
      'RECORD_NOTHING_TO_EXPECT',
      'the client did nothing that a scenario could expect: no DHCP, no TFTP, no HTTP, no iSCSI',
      'pxebench explain tells what is in its capture',
    );
  }
  return { story, steps: generated.map(({ step }) => step), never: neverOfStory(story), endNs };
}
