import { didYouMean } from '../config/nearest.ts';
import { profileOfCapture } from '../profile/capture-profile.ts';
import { bootScenario } from '../scenario/run-scenario.ts';
import { findScenarioFiles, loadScenario, type Scenario } from '../scenario/scenario.ts';
import { listServers, loadServer } from '../sut/server-spec.ts';
import { listFirmware, loadFirmware } from '../vm/firmware.ts';
import { type BootValues, bootNow, bootOrder, kept, refuseMissing } from './boot-now.ts';
import { type Io, UsageError } from './command.ts';
import type { ComparedClient } from './compared-client.ts';
import { PLACES } from './places.ts';

/** The client that boots now: where its boot's capture lies, and how it behaved. */
export type BootedClient = ComparedClient & { readonly path: string };

/** The scenario that holds a firmware to its profile, where one does. Throws UsageError for a firmware that there is not. */
export async function scenarioHolding(firmware: string): Promise<Scenario | undefined> {
  const known = { servers: await listServers(PLACES.servers), firmware: await listFirmware(PLACES.firmware) };
  if (!known.firmware.includes(firmware))
    throw new UsageError(`--boot: no firmware "${firmware}"`, didYouMean(firmware, known.firmware));
  for (const file of await findScenarioFiles(PLACES.scenarios)) {
    const scenario = await loadScenario(file, PLACES.scenarios, { ...known, profiles: 'may-lack' });
    if (scenario.profiles.has(firmware)) return scenario;
  }
  return undefined;
}

/**
 * Boots a firmware now. As the scenario that holds it to its profile does it, up to that scenario's end; without one, or
 * where the boot is told by hand, until nothing more is to come.
 */
export async function bootedClient(
  id: string,
  scenario: Scenario | undefined,
  values: BootValues & { readonly report?: string | undefined },
  io: Io,
): Promise<BootedClient> {
  if (scenario === undefined || isTold(values)) {
    const order = await bootOrder(id, values, io);
    const { capture, endNs } = await bootNow(order, values.report, io);
    return {
      ...(await profileOfCapture(capture, order.mac, endNs)),
      client: order.mac,
      remarks: [],
      path: capture,
    };
  }
  const firmware = await loadFirmware(id, PLACES.firmware);
  const server = await loadServer(scenario.servers[0] ?? '', PLACES.servers);
  await refuseMissing(firmware, server, io);
  const { capture, endNs, matched } = await kept(id, server, values.report, io, (files, deps) =>
    bootScenario(scenario, server, firmware, files, deps),
  );
  const remarks = matched.complete
    ? []
    : [
        `${scenario.id} was not followed to its end, and all of the boot is compared: pxebench run ${scenario.id} tells why`,
      ];
  const proven = await profileOfCapture(capture, scenario.mac, matched.complete ? endNs : undefined);
  return { ...proven, client: scenario.mac, remarks, path: capture };
}

function isTold({ server, variant, mac, uuid, 'give-up': giveUp }: BootValues): boolean {
  return [server, variant, mac, uuid, giveUp].some((value) => value !== undefined);
}
