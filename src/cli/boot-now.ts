import { relative, resolve } from 'node:path';
import { didYouMean } from '../config/nearest.ts';
import { type Recorded, type RecordOrder, recordBoot } from '../record/record-boot.ts';
import { recordScenario } from '../record/scenario-recording.ts';
import type { BootDeps } from '../scenario/boot-machine.ts';
import { ReportFiles } from '../scenario/report-files.ts';
import type { ScenarioBoot } from '../scenario/run-scenario.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { isServerFolderName, loadServer, type ServerSpec, variantFiles } from '../sut/server-spec.ts';
import { chooseAccelerator } from '../vm/accelerator.ts';
import { type Firmware, listFirmware, loadFirmware } from '../vm/firmware.ts';
import { parseMac } from '../wire/address.ts';
import { type Io, UsageError } from './command.ts';
import { makeReportFolder } from './document.ts';
import { Inventory, MissingError } from './needs.ts';
import { DEFAULT_REPORT, PLACES } from './places.ts';

/** What `record` and `compare --boot` take for the boot that they make. */
export const BOOT_OPTIONS = {
  server: { type: 'string' },
  variant: { type: 'string' },
  mac: { type: 'string' },
  uuid: { type: 'string' },
  'give-up': { type: 'string' },
} as const;

export const BOOT_HELP = `  --server ID|DIR  against this server: one of servers/, or any folder with a server.yaml (reference)
  --variant NAME   a variant that the server declares
  --mac MAC        address of the machine's network card (QEMU's own first one)
  --uuid UUID      its SMBIOS UUID, or none
  --give-up N      seconds from power-on after which the boot is over (the firmware's own budget)`;

export type BootValues = { readonly [K in keyof typeof BOOT_OPTIONS]?: string | undefined };

const DEFAULT_SERVER = 'reference';
const DEFAULT_MAC = '52:54:00:12:34:56';
const DEFAULT_UUID = '7078656e-6368-4e10-804e-525400123456';
/** Others of QEMU's machines have no SMBIOS. */
const HAS_SMBIOS = /qemu-system-(x86_64|i386|aarch64|arm)$/;

/** Reads what is to be booted, and sees that this machine can. Throws UsageError, ConfigError and MissingError. */
export async function bootOrder(firmwareId: string, values: BootValues, io: Io): Promise<RecordOrder> {
  const known = await listFirmware(PLACES.firmware);
  if (!known.includes(firmwareId))
    throw new UsageError(`no firmware "${firmwareId}"`, didYouMean(firmwareId, known));
  const firmware = await loadFirmware(firmwareId, PLACES.firmware);
  const { server, serverName } = await namedServer(values.server, values.variant, io);
  const mac = parseMac(values.mac ?? DEFAULT_MAC);
  if (mac === undefined)
    throw new UsageError(
      `--mac: wanted six octets in hex, got "${values.mac}"`,
      `for example --mac ${DEFAULT_MAC}`,
    );
  await refuseMissing(firmware, server, io);
  return {
    ...{ firmware, server, serverName, mac, variant: values.variant },
    uuid: uuidOf(values.uuid, HAS_SMBIOS.test(firmware.qemu.program)),
    giveUpSeconds: values['give-up'] === undefined ? undefined : secondsOf(values['give-up']),
  };
}

/** The server that is asked for, and what a scenario calls it. Throws ConfigError where there is none, or no such variant. */
export async function namedServer(
  named = DEFAULT_SERVER,
  variant: string | undefined,
  io: Io,
): Promise<{ readonly server: ServerSpec; readonly serverName: string }> {
  const serverName = isServerFolderName(named) ? resolve(io.cwd, named) : named;
  const server = await loadServer(serverName, PLACES.servers);
  variantFiles(server, variant);
  return { server, serverName };
}

/** PATH for a lab: the reference server is this very command. */
export function pathOf(io: Io): string {
  return `${PLACES.bin}:${io.env.PATH ?? ''}`;
}

/** What a boot of this command takes from its surroundings. `progress` names what is going on. */
export async function bootDeps(progress: Progress, io: Io): Promise<BootDeps> {
  const accelerator = (await chooseAccelerator()).name;
  return { accelerator, path: pathOf(io), signal: io.signal, onProgress: (text) => progress.say(text) };
}

/** Throws MissingError with all that this machine lacks for the boot. */
export async function refuseMissing(
  firmware: Firmware | undefined,
  server: ServerSpec,
  io: Io,
): Promise<void> {
  const missing = await new Inventory(pathOf(io)).boot(server, firmware);
  if (missing.length > 0) throw new MissingError(missing);
}

/** Boots until nothing more is to come, and keeps capture, console and screenshot in the report folder. */
export async function bootNow(order: RecordOrder, report: string | undefined, io: Io): Promise<Recorded> {
  const { firmware, server } = order;
  return kept(firmware.id, server, report, io, (files, deps) => recordBoot(order, files, deps));
}

/** The same for a scenario that is there already, until its verdict. */
export async function bootScenarioNow(
  scenario: Scenario,
  server: ServerSpec,
  firmware: Firmware,
  report: string | undefined,
  io: Io,
): Promise<ScenarioBoot> {
  return kept(firmware.id, server, report, io, (files, deps) =>
    recordScenario(scenario, server, firmware, files, deps),
  );
}

/** Runs a boot with a folder of the report for its evidence, and says where that is if the boot fails. */
export async function kept<T>(
  what: string,
  server: ServerSpec,
  report: string | undefined,
  io: Io,
  boot: (files: ReportFiles, deps: BootDeps) => Promise<T>,
): Promise<T> {
  const folder = await makeReportFolder(resolve(io.cwd, report ?? DEFAULT_REPORT));
  const files = new ReportFiles(folder, `record-${what}-${server.id}`);
  using progress = new Progress(`${what} acts against server ${server.id}`, io);
  try {
    return await boot(files, await bootDeps(progress, io));
  } catch (error) {
    progress[Symbol.dispose]();
    if (!io.signal.aborted)
      for (const path of Object.values(files.artifacts))
        io.err(`${io.paintErr('dim', `evidence in ${relative(io.cwd, resolve(folder, path))}`)}\n`);
    throw error;
  }
}

/** One line that says what goes on, written over on a terminal; else only what begins is told. */
export class Progress implements Disposable {
  readonly #what: string;
  readonly #io: Io;
  readonly #sinceMs = performance.now();

  constructor(what: string, io: Io) {
    this.#what = what;
    this.#io = io;
    if (!io.interactive) io.err(`… ${what}\n`);
    this.say('starting');
  }

  say(text: string): void {
    if (!this.#io.interactive) return;
    const seconds = ((performance.now() - this.#sinceMs) / 1000).toFixed(1).padStart(6);
    this.#io.err(`\r\x1b[K${`${seconds} s  ${this.#what}: ${text}`.slice(0, this.#io.width - 1)}`);
  }

  [Symbol.dispose](): void {
    if (this.#io.interactive) this.#io.err('\r\x1b[K');
  }
}

function uuidOf(text: string | undefined, hasSmbios: boolean): string | undefined {
  if (text === 'none' || (text === undefined && !hasSmbios)) return undefined;
  const uuid = text ?? DEFAULT_UUID;
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(uuid))
    throw new UsageError(
      `--uuid: wanted 8-4-4-4-12 hex digits or none, got "${uuid}"`,
      `for example --uuid ${DEFAULT_UUID}`,
    );
  return uuid.toLowerCase();
}

function secondsOf(text: string): number {
  const seconds = Number(text);
  if (!(seconds > 0 && seconds <= 3600))
    throw new UsageError(
      `--give-up: wanted seconds, more than 0 and up to 3600, got "${text}"`,
      'for example --give-up 60',
    );
  return seconds;
}
