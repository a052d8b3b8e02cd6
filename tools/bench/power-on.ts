import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PLACES } from '../../src/cli/places.ts';
import { startLab } from '../../src/lab/start-lab.ts';
import { labSpecOf } from '../../src/scenario/circumstances.ts';
import { runScenario } from '../../src/scenario/run-scenario.ts';
import { loadScenario, type Scenario } from '../../src/scenario/scenario.ts';
import { loadServer, type ServerSpec } from '../../src/sut/server-spec.ts';
import { startServer } from '../../src/sut/start-server.ts';
import { type Accelerator, chooseAccelerator } from '../../src/vm/accelerator.ts';
import { type Firmware, loadFirmware } from '../../src/vm/firmware.ts';
import { startVm } from '../../src/vm/start-vm.ts';
import type { Figure, Measure, MeasureDeps } from './measure.ts';
import { formatSpread, spreadOf } from './statistics.ts';

const PAIRS = 7;
const BOOT_MS = 60_000;
const SCENARIO = 'seed/bios-ipxe-to-pxelinux';
/** The last thing that the scenario waits for. */
const LAST_LINE = 'pxebench: this is the default configuration';

/**
 * What the bench costs a boot: power-on to verdict, in turn with the same QEMU in the same lab against the same server
 * when nothing is captured, decoded or judged, from power-on until the line on the console that the verdict waits for.
 * Both press the same keys.
 */
export const powerOn: Measure = async (deps) => {
  const scenario = await loadScenario(join(PLACES.scenarios, `${SCENARIO}.yaml`), PLACES.scenarios, {
    servers: ['seed', 'reference'],
    firmware: ['bios-ipxe'],
  });
  const firmware = await loadFirmware('bios-ipxe', PLACES.firmware);
  const server = await loadServer('seed', PLACES.servers);
  const { name: accelerator } = await chooseAccelerator();
  const judged: number[] = [];
  const bare: number[] = [];
  for (let pair = 0; pair < PAIRS; pair++) {
    deps.signal.throwIfAborted();
    deps.say(`power-on to verdict, pair ${pair + 1} of ${PAIRS}`);
    judged.push(await judgedBoot(scenario, server, firmware, accelerator, deps));
    bare.push(await bareBoot(scenario, server, firmware, accelerator));
  }
  const ratios = judged.map((seconds, pair) => seconds / (bare[pair] ?? Number.NaN));
  return [
    { what: `${SCENARIO}: power-on to verdict, s`, seen: formatSpread(spreadOf(judged)) },
    { what: 'the same boot, bare QEMU, s', seen: formatSpread(spreadOf(bare)) },
    { what: 'ratio, pair by pair', seen: formatSpread(spreadOf(ratios), 3), wanted: '<= 1.05' },
  ] satisfies readonly Figure[];
};

async function judgedBoot(
  scenario: Scenario,
  server: ServerSpec,
  firmware: Firmware,
  accelerator: Accelerator['name'],
  { signal }: MeasureDeps,
): Promise<number> {
  const reportFolder = await mkdtemp(join(tmpdir(), 'pxebench-bench-'));
  try {
    const path = process.env.PATH ?? '';
    const result = await runScenario(scenario, server, firmware, {
      reportFolder,
      accelerator,
      path,
      signal,
      onProgress: () => {},
    });
    if (result.outcome !== 'passed') {
      throw new Error(
        `the boot to be measured did not pass: ${JSON.stringify(result.failures)} ${result.problem?.message ?? ''}`,
      );
    }
    return result.bootSeconds;
  } finally {
    await rm(reportFolder, { recursive: true, force: true });
  }
}

async function bareBoot(
  scenario: Scenario,
  server: ServerSpec,
  firmware: Firmware,
  accelerator: Accelerator['name'],
): Promise<number> {
  await using lab = await startLab(labSpecOf(scenario), { path: process.env.PATH ?? '' });
  lab.capture.stream.resume();
  await lab.capture.stop();
  await using _server = await startServer(server, lab, { files: scenario.file.files });
  const shown = Promise.withResolvers<void>();
  const { client } = scenario.file;
  await using vm = await startVm(
    { firmware, accelerator, mac: scenario.mac, identity: client },
    {
      consoleLine: (line) => {
        if (line.includes(LAST_LINE)) shown.resolve();
      },
      changed: () => {},
    },
    lab,
  );
  const late = setTimeout(() => shown.reject(new Error(`waited ${BOOT_MS} ms for "${LAST_LINE}"`)), BOOT_MS);
  const poweredOn = performance.now();
  await vm.powerOn();
  await shown.promise;
  clearTimeout(late);
  return (performance.now() - poweredOn) / 1000;
}
