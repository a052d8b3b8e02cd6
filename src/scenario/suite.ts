import { inject, test } from 'vitest';
import type { ScenarioResult } from '../report/result.ts';
import { listServers, loadServer, type ServerSpec } from '../sut/server-spec.ts';
import { type Firmware, listFirmware, loadFirmware } from '../vm/firmware.ts';
import { budgetOf, clientName, runScenario, skippedResult } from './run-scenario.ts';
import { bootKey, type RunSettings } from './run-settings.ts';
import { boots, loadScenario, type Scenario } from './scenario.ts';

/** What comes on top of a boot: lab, server, screenshot, teardown. */
const OVERHEAD_MS = 60_000;

/** Registers the tests of one scenario file. Runs inside a vitest worker; the files were checked before it started. */
export async function defineScenario(path: string): Promise<void> {
  const settings = inject('pxebench');
  const known = {
    servers: await listServers(settings.serversFolder),
    firmware: await listFirmware(settings.firmwareFolder),
  };
  const scenario = await loadScenario(path, settings.scenariosFolder, known);
  const chosen = settings.servers.length > 0 ? settings.servers : scenario.servers;
  for (const boot of boots(scenario, settings.firmware)) {
    const firmware =
      boot.firmware === undefined ? undefined : await loadFirmware(boot.firmware, settings.firmwareFolder);
    for (const idOrFolder of chosen) {
      defineBoot(boot.scenario, await loadServer(idOrFolder, settings.serversFolder), firmware, settings);
    }
  }
}

/** `firmware`: undefined where a client is replayed. */
function defineBoot(
  scenario: Scenario,
  server: ServerSpec,
  firmware: Firmware | undefined,
  settings: RunSettings,
): void {
  const timeout = budgetOf(scenario, firmware) * 1000 + OVERHEAD_MS;
  const lacking = settings.unrunnable[bootKey(scenario.id, server.id)];
  const name = `${scenario.file.title} [${server.id}, ${clientName(scenario, firmware)}]`;
  test(name, { timeout }, async ({ task, annotate, signal, skip }) => {
    const result =
      lacking === undefined
        ? await runScenario(scenario, server, firmware, {
            reportFolder: settings.reportFolder,
            path: settings.path,
            accelerator: settings.accelerator,
            linkSeed: settings.linkSeed,
            signal,
            onProgress: (text) => void annotate(text, 'progress'),
          })
        : skippedResult(scenario, server, firmware, lacking);
    task.meta.pxebench = result;
    if (result.outcome === 'skipped') skip(result.problem?.message);
    if (result.outcome !== 'passed') throw new Error(summary(result));
  });
}

function summary({ failures, problem }: ScenarioResult): string {
  if (problem !== undefined)
    return [problem.message, problem.hint].filter((part) => part !== undefined).join('; ');
  return failures.map(({ step, message }) => `${step}: ${message}`).join('\n');
}
