import { mkdir, readFile, writeFile } from 'node:fs/promises';
import type { Duplex } from 'node:stream';
import { finished } from 'node:stream/promises';
import { LabError } from '../lab/lab-error.ts';
import type { LabLink } from '../lab/lab-link.ts';
import type { LabProcess } from '../lab/lab-process.ts';
import type { Lab } from '../lab/start-lab.ts';
import type { LinkPlan } from '../link/link-plan.ts';
import type { MacAddress } from '../wire/address.ts';
import type { Accelerator } from './accelerator.ts';
import { Console } from './console.ts';
import { copySparsely } from './copy-sparsely.ts';
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
  /** The cable between machine and bridge; without it a tap, which does nothing to frames. */
  readonly link?: LinkPlan | undefined;
  /** Somebody sits at the console: the keys that a firmware's entry has are not pressed for him. */
  readonly attended?: boolean | undefined;
  /** A small disk whose boot sector writes this line to the first serial port and stops. */
  readonly diskSays?: string | undefined;
};

export type MachineChange = 'power-on' | 'reset' | 'shutdown' | 'panic';

export type VmListener = {
  /** A line of the console, when it ends. Nanoseconds since 1970, the capture's clock. */
  readonly consoleLine: (text: string, timeNs: bigint) => void;
  readonly changed: (what: MachineChange, timeNs: bigint) => void;
  /** What the console shows, as it comes. */
  readonly consoleOctets?: (octets: Uint8Array) => void;
};

/** A machine that is ready to be switched on, or on. Disposing of it pulls the plug. */
export interface RunningVm extends AsyncDisposable {
  /** Of QEMU, as seen from here. */
  readonly pid: number;
  /** Resolves when the machine runs. */
  readonly powerOn: () => Promise<void>;
  /** Where the spec asks for one. */
  readonly link: LabLink | undefined;
  /** What the console shows: text, one line a line, and the octets behind it. */
  readonly consoleText: () => string;
  readonly consoleRaw: () => Uint8Array;
  /** Octets for the console's keyboard. */
  readonly type: (octets: Uint8Array) => void;
  /** PNG of the screen, also of a machine that has switched itself off; undefined where there is none. */
  readonly screenshot: () => Promise<Uint8Array | undefined>;
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
/** QEMU greets within 100 ms; on a machine under load, within seconds. */
const START_MS = 20_000;

/**
 * Starts QEMU inside a lab, with the machine's plug in and its switch off. Throws VmError: VM_MISSING_FIRMWARE,
 * VM_MISSING_PROGRAM, or VM_START_FAILED with QEMU's own words. All files are the lab's and go with it.
 */
export async function startVm(spec: VmSpec, listener: VmListener, lab: Lab): Promise<RunningVm> {
  const { firmware, mac } = spec;
  const found = await firmwarePaths(firmware);
  const link = spec.link === undefined ? undefined : await lab.addLink(spec.link);
  const tap = link === undefined ? await lab.addTap() : undefined;
  const folder = `/run/lab/vm-${link?.name ?? tap}`;
  const inside = async (name: string, write: (path: string) => Promise<void>): Promise<string> => {
    await write(lab.pathOf(`${folder}/${name}`));
    return `${folder}/${name}`;
  };
  await mkdir(lab.pathOf(folder));
  const { variables: template } = found;
  const says = spec.diskSays;
  const variables = template && (await inside('variables.fd', (path) => copySparsely(template, path)));
  const disk =
    says === undefined
      ? undefined
      : await inside('disk.img', (path) => writeFile(path, bootDisk({ says, end: 'halt' })));
  const argv = qemuArguments({
    firmware,
    files: { ...found, variables },
    accelerator: runsNatively(firmware) ? spec.accelerator : 'tcg',
    mac,
    identity: spec.identity ?? {},
    memory: spec.memory,
    tap,
    link: link?.socket,
    disk,
    qmpDescriptor: QMP_DESCRIPTOR,
  });

  await using undo = new AsyncDisposableStack();
  const process = await spawnQemu(firmware, argv, lab);
  undo.defer(async () => {
    process.kill('SIGKILL');
    await process.exited;
  });

  const serial = new Console((line) => listener.consoleLine(line, wallClockNs()));
  const typist = new Typist(spec.attended === true ? [] : (firmware.keys ?? []), (text) =>
    process.stdin?.write(text),
  );
  process.stdout?.on('data', (octets: Uint8Array) => {
    serial.push(octets);
    listener.consoleOctets?.(octets);
    typist.look(serial.openLine());
  });
  const onEvent = ({ event, timeNs }: QmpEvent): void => {
    const what = CHANGES[event];
    if (what === 'reset') link?.powerOn();
    if (what !== undefined) listener.changed(what, timeNs);
  };
  const qmp = undo.use(await connect(process, onEvent, argv));

  let wanted = true;
  const failed = Promise.withResolvers<VmError>();
  void endOf(process).then((what) => {
    if (wanted) failed.resolve(new VmError('VM_EXITED', `QEMU ended during the boot: ${what}`));
  });
  const owned = undo.move();
  return {
    pid: process.pid,
    link,
    failed: failed.promise,
    powerOn: async () => {
      listener.changed('power-on', wallClockNs());
      link?.powerOn();
      await qmp.execute('cont');
    },
    consoleText: () => serial.text(),
    consoleRaw: () => serial.raw(),
    type: (octets) => void process.stdin?.write(octets),
    screenshot: async () => {
      if (firmware.qemu.screen === 'none') return undefined;
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

/** KVM runs programs of the machine's own architecture only; it was tried with a PC. */
function runsNatively({ qemu }: Firmware): boolean {
  return /^qemu-system-(x86_64|i386)$/.test(qemu.program);
}

async function spawnQemu(firmware: Firmware, argv: readonly string[], lab: Lab): Promise<LabProcess> {
  const { program, package: debianPackage } = firmware.qemu;
  try {
    return await lab.spawn([program, ...argv], {
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
      rawStdout: true,
      label: `machine ${firmware.id}`,
    });
  } catch (error) {
    if (!(error instanceof LabError && error.code === 'LAB_MISSING_COMMAND')) throw error;
    const hint = `make setup (it is in Debian's ${debianPackage})`;
    throw new VmError(
      'VM_MISSING_PROGRAM',
      `${error.message}: firmware ${firmware.id} needs it`,
      hint,
      error,
    );
  }
}

/** QEMU answers on its socket. Else it has ended, or hangs: then its own words say more than the socket does. */
async function connect(
  process: LabProcess,
  onEvent: (event: QmpEvent) => void,
  argv: readonly string[],
): Promise<Qmp> {
  const socket = process.child.stdio[QMP_DESCRIPTOR] as Duplex;
  // Closing the socket is what ends the wait for a greeting that does not come.
  const timer = setTimeout(() => socket.destroy(), START_MS);
  try {
    return await Qmp.open(socket, onEvent);
  } catch (error) {
    process.kill('SIGKILL');
    const what = await endOf(process);
    const hint = `try it by hand: ${[...process.argv.slice(0, 1), ...argv].join(' ')}`;
    throw new VmError('VM_START_FAILED', `QEMU did not start: ${what}`, hint, error);
  } finally {
    clearTimeout(timer);
  }
}

/** `exit status 1; it said: ...`, once all that it wrote was read. */
async function endOf(process: LabProcess): Promise<string> {
  const { code, signal } = await process.exited;
  // 'exit' may come before the last of stderr.
  if (process.stderr !== null) await finished(process.stderr).catch(() => {});
  const said = process.output.recent().trim() || 'nothing';
  return `${signal === null ? `exit status ${code}` : signal}; it said: ${said}`;
}

function wallClockNs(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}
