import { startLab } from '../../src/lab/start-lab.ts';
import { labSpecOf } from '../../src/scenario/circumstances.ts';
import { compilePattern } from '../../src/scenario/pattern.ts';
import { budgetOf } from '../../src/scenario/run-scenario.ts';
import type { Scenario } from '../../src/scenario/scenario.ts';
import type { ServerSpec } from '../../src/sut/server-spec.ts';
import { startServer } from '../../src/sut/start-server.ts';
import type { Accelerator } from '../../src/vm/accelerator.ts';
import type { Firmware } from '../../src/vm/firmware.ts';
import { startVm } from '../../src/vm/start-vm.ts';
import { BenchError } from './measure.ts';

export type BareBoot = {
  readonly scenario: Scenario;
  readonly firmware: Firmware;
  readonly server: ServerSpec;
  readonly accelerator: Accelerator['name'];
  /** A pattern: the line of the console that ends the boot. */
  readonly lastLine: string;
};

/**
 * Seconds from power-on to a line of the console, of the same machine on the same network with the same server, and
 * nothing of the bench: no capture, no story, no match, no report, no test runner. What is left is what somebody who
 * starts QEMU by hand has too: the switch (QMP), a terminal that shows the console, and a finger for its prompts.
 */
export async function bareBoot(boot: BareBoot, signal: AbortSignal): Promise<number> {
  const { scenario, firmware, server, accelerator } = boot;
  const { client, variant, files } = scenario.file;
  if (!('firmware' in client)) throw new Error(`${scenario.id} boots no machine`);
  await using lab = await startLab(labSpecOf(scenario));
  lab.capture.stream.resume();
  await lab.capture.stop();
  await using sut = await startServer(server, lab, { variant, files });
  const lastLine = compilePattern(boot.lastLine);
  const seen = Promise.withResolvers<number>();
  await using vm = await startVm(
    {
      firmware,
      accelerator,
      mac: scenario.mac,
      identity: client,
      memory: client.memory,
      diskSays: client.disk?.says,
    },
    {
      consoleLine: (text) => {
        if (lastLine.test(text)) seen.resolve(performance.now());
      },
      changed: () => {},
    },
    lab,
  );
  const faults = [lab.failed, sut.exited, vm.failed].map(async (fault): Promise<never> => {
    throw await fault;
  });
  const over = Promise.withResolvers<never>();
  const budget = budgetOf(scenario, firmware);
  const abort = (): void => over.reject(signal.reason);
  const timer = setTimeout(() => {
    const last = vm.consoleText().trimEnd().split('\n').at(-1);
    over.reject(
      new BenchError(`waited ${budget} s for "${boot.lastLine}"; the console's last line is "${last}"`),
    );
  }, budget * 1000);
  signal.addEventListener('abort', abort, { once: true });
  try {
    signal.throwIfAborted();
    const poweredOn = performance.now();
    await vm.powerOn();
    return ((await Promise.race([seen.promise, over.promise, ...faults])) - poweredOn) / 1000;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}
