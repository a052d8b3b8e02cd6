import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import type { Duplex } from 'node:stream';
import type { LabProcess } from '../lab/lab-process.ts';
import type { Lab } from '../lab/start-lab.ts';
import type { MacAddress } from '../wire/address.ts';
import type { Accelerator } from './accelerator.ts';
import { Console } from './console.ts';
import type { Firmware } from './firmware.ts';
import { firmwarePaths } from './firmware-paths.ts';
import { bootDisk } from './guest/boot-sector.ts';
import { type MachineIdentity, qemuArguments } from './qemu-arguments.ts';
import { Qmp, type QmpEvent } from './qmp.ts';
import { Typist } from './typist.ts';
import { VmError } from './vm-error.ts';

export type VmSpec = {
  readonly firmware: Firmware;
  readonly accelerator: Accelerator['name'];
  readonly mac: MacAddress;
  readonly identity?: MachineIdentity | undefined;
  /** MiB; the firmware's own where absent. */
  readonly memory?: number | undefined;
  /** A small disk whose boot sector writes this line to the first serial port and stops. */
  readonly diskSays?: string | undefined;
};

export type MachineChange = 'power-on' | 'reset' | 'shutdown' | 'panic';

export type VmListener = {
  /** A line of the console, when it ends. Nanoseconds since 1970, the capture's clock. */
  readonly consoleLine: (text: string, timeNs: bigint) => void;
  readonly changed: (what: MachineChange, timeNs: bigint) => void;
};

/** A machine that is ready to be switched on, or on. Disposing of it pulls the plug. */
export interface RunningVm extends AsyncDisposable {
  /** Resolves when the machine runs. */
  readonly powerOn: () => Promise<void>;
  /** What the console shows: text, one line a line, and the octets behind it. */
  readonly consoleText: () => string;
  readonly consoleRaw: () => Uint8Array;
  /** PNG of the screen, also of a machine that has switched itself off. */
  readonly screenshot: () => Promise<Uint8Array>;
  /** Resolves when QEMU ends although nobody wants it to. */
  readonly failed: Promise<VmError>;
}

/** QMP events that say what became of the machine (QEMU docs/interop/qmp-events). */
const CHANGES: Readonly<Record<string, MachineChange>> = {
  RESET: 'reset',
  SHUTDOWN: 'shutdown',
  GUEST_PANICKED: 'panic',
};
/** First descriptor behind stdin, stdout and stderr. */
const QMP_DESCRIPTOR = 3;

/**
 * Starts QEMU inside a lab, with the machine's plug in and its switch off. Throws VmError: VM_MISSING_FIRMWARE, or
 * VM_START_FAILED with QEMU's own words. All files are the lab's and go with it.
 */
export async function startVm(spec: VmSpec, listener: VmListener, lab: Lab): Promise<RunningVm> {
  const { firmware, mac } = spec;
  const found = await firmwarePaths(firmware);
  const tap = await lab.addTap();
  const folder = `/run/lab/vm-${tap}`;
  const inside = async (name: string, write: (path: string) => Promise<void>): Promise<string> => {
    await write(lab.pathOf(`${folder}/${name}`));
    return `${folder}/${name}`;
  };
  await mkdir(lab.pathOf(folder));
  const { variables: template } = found;
  const says = spec.diskSays;
  const variables = template && (await inside('variables.fd', (path) => copyFile(template, path)));
  const disk =
    says === undefined
      ? undefined
      : await inside('disk.img', (path) => writeFile(path, bootDisk({ says, end: 'halt' })));
  const argv = qemuArguments({
    firmware,
    files: { ...found, variables },
    accelerator: spec.accelerator,
    mac,
    identity: spec.identity ?? {},
    memory: spec.memory,
    tap,
    disk,
    qmpDescriptor: QMP_DESCRIPTOR,
  });

  await using undo = new AsyncDisposableStack();
  const process = await lab.spawn([firmware.qemu.program, ...argv], {
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    rawStdout: true,
    label: `machine ${firmware.id}`,
  });
  undo.defer(async () => {
    process.kill('SIGKILL');
    await process.exited;
  });

  const serial = new Console((line) => listener.consoleLine(line, wallClockNs()));
  const typist = new Typist(firmware.keys ?? [], (text) => process.stdin?.write(text));
  process.stdout?.on('data', (octets: Uint8Array) => {
    serial.push(octets);
    typist.look(serial.openLine());
  });
  const onEvent = ({ event, timeNs }: QmpEvent): void => {
    const what = CHANGES[event];
    if (what !== undefined) listener.changed(what, timeNs);
  };
  const qmp = undo.use(await connect(process, onEvent, argv));

  let wanted = true;
  const failed = Promise.withResolvers<VmError>();
  void process.exited.then(() => {
    if (wanted)
      failed.resolve(new VmError('VM_EXITED', `QEMU ended during the boot; it said: ${words(process)}`));
  });
  const owned = undo.move();
  return {
    failed: failed.promise,
    powerOn: async () => {
      listener.changed('power-on', wallClockNs());
      await qmp.execute('cont');
    },
    consoleText: () => serial.text(),
    consoleRaw: () => serial.raw(),
    screenshot: async () => {
      const path = `${folder}/screen.png`;
      await qmp.execute('screendump', { filename: path, format: 'png' });
      return readFile(lab.pathOf(path));
    },
    [Symbol.asyncDispose]: async () => {
      wanted = false;
      await owned.disposeAsync();
      serial.end();
    },
  };
}

/** QEMU answers on its socket, or ends: then with its own words. */
async function connect(
  process: LabProcess,
  onEvent: (event: QmpEvent) => void,
  argv: readonly string[],
): Promise<Qmp> {
  const socket = process.child.stdio[QMP_DESCRIPTOR] as Duplex;
  const ended = process.exited.then((): never => {
    throw new VmError(
      'VM_START_FAILED',
      `QEMU did not start; it said: ${words(process)}`,
      `try it by hand: ${[...process.argv.slice(0, 1), ...argv].join(' ')}`,
    );
  });
  return Promise.race([Qmp.open(socket, onEvent), ended]);
}

function words(process: LabProcess): string {
  return process.output.recent().trim() || 'nothing';
}

function wallClockNs(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}
