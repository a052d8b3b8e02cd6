import { existsSync } from 'node:fs';
import { basename, dirname, relative, resolve } from 'node:path';
import type { ReplayScript } from '../client/replay/step.ts';
import {
  captureExtension,
  clientToRecord,
  recordReplay,
  writeCaptureRecording,
} from '../record/capture-recording.ts';
import { type Maker, writeCaptureAndProfile, writeFirmwareRecording } from '../record/firmware-recording.ts';
import { RecordError } from '../record/record-error.ts';
import { nameProfile } from '../record/scenario-recording.ts';
import { recordingFiles } from '../record/write-recording.ts';
import type { ScenarioResult } from '../report/result.ts';
import { formatScenario } from '../report/terminal.ts';
import { scriptsOf } from '../scenario/replay-client.ts';
import { clientName, runScenario } from '../scenario/run-scenario.ts';
import { type KnownNames, loadScenario, type Scenario } from '../scenario/scenario.ts';
import { listServers, loadServer, type ServerSpec } from '../sut/server-spec.ts';
import { type Firmware, listFirmware, loadFirmware } from '../vm/firmware.ts';
import type { MacAddress } from '../wire/address.ts';
import { parseArguments } from './arguments.ts';
import {
  BOOT_HELP,
  BOOT_OPTIONS,
  type BootValues,
  bootDeps,
  bootNow,
  bootOrder,
  bootScenarioNow,
  kept,
  namedServer,
  Progress,
  pathOf,
  refuseMissing,
} from './boot-now.ts';
import { type Command, EXIT, type ExitStatus, type Io, UsageError } from './command.ts';
import { makeReportFolder } from './document.ts';
import { DEFAULT_REPORT, PLACES } from './places.ts';
import { selectScenarios } from './select-scenarios.ts';
import { VERSION } from './version.ts';

const HELP = `pxebench record: makes a capture, a client profile and a scenario of a boot

usage: pxebench record [options] --firmware ID
       pxebench record [options] --scenario ID [--firmware ID]
       pxebench record [options] CAPTURE

Boots the firmware in a lab and writes what it did:

  captures/recorded/NAME.pcapng         the capture, up to the last thing that the scenario expects
  captures/recorded/NAME.yaml           where it is from, versions, licence, what is notable
  captures/recorded/NAME.profile.yaml   how the client behaves (pxebench compare)
  scenarios/recorded/NAME.yaml          a scenario: times, addresses and numbers generalised; it holds the profile, too

Then it runs the scenario once: it has to pass. With --scenario it boots a scenario that is there already, with each
firmware of it: captures and profiles are called after these, and the scenario gets a line that holds the profile.
A CAPTURE from somebody is kept as it is; its scenario replays its client, and expects what the server answers now.

  --firmware ID    one of the catalogue (pxebench list firmware)
  --scenario ID    a scenario, or the file of one
${BOOT_HELP}
  --client MAC     which client of CAPTURE, where there are several
  --from TEXT      who CAPTURE is from, and where it was taken
  --name NAME      what the files are called (the firmware's id, or the capture's name)
  --into DIR       the folder that captures/ and scenarios/ are in (the current one)
  --title TEXT     the scenario's title
  --licence TEXT   of the capture (MIT; of one from somebody: not stated)
  --force          write over files that are there
  --report DIR     evidence of the boots goes here (${DEFAULT_REPORT})

exit status: 0 written, and the scenario passes; 1 written, and it does not; 2 wrong usage; 3 the bench failed

examples:
  pxebench record --firmware uefi-x64
  pxebench record --firmware bios-ipxe --mac 00:12:34:56:78:90 --name bios-ipxe-to-pxelinux
  pxebench record --firmware uefi-x64 --server ./my-server --into .
  pxebench record lan.pcap --client 52:54:00:12:34:57 --from "a school's lab, by its administrator" --name school
  pxebench record --scenario firmware/bios-network-cards --firmware bios-ipxe-virtio
`;

const OPTIONS = {
  firmware: { type: 'string' },
  scenario: { type: 'string' },
  client: { type: 'string' },
  from: { type: 'string' },
  ...BOOT_OPTIONS,
  name: { type: 'string' },
  into: { type: 'string' },
  title: { type: 'string' },
  licence: { type: 'string' },
  force: { type: 'boolean' },
  report: { type: 'string' },
} as const;

export const record: Command = {
  help: HELP,
  run: async (argv, io) => {
    const { values, positionals } = parseArguments(argv, OPTIONS);
    const { firmware, scenario } = values;
    const [capture, ...more] = positionals;
    const wanted = [capture, firmware ?? scenario].filter((one) => one !== undefined);
    if (more.length > 0 || wanted.length !== 1)
      throw new UsageError(
        `wanted one of --firmware ID, --scenario ID and a capture, got ${more.length + wanted.length}`,
        'pxebench record --help',
      );
    const made = {
      ...{ application: `pxebench ${VERSION}`, path: pathOf(io), date: new Date() },
      ...{ licence: values.licence, title: values.title },
    };
    if (capture !== undefined) return recordCapture(capture, values, made, io);
    if (scenario !== undefined) return recordScenarios(scenario, values, made, io);
    const order = await bootOrder(firmware ?? '', values, io);
    const files = recordingFiles(
      resolve(io.cwd, values.into ?? '.'),
      nameOf(values.name ?? firmware ?? ''),
      '.pcapng',
    );
    await readyToWrite(Object.values(files), values.force === true, io);
    const recorded = await bootNow(order, values.report, io);
    await writeFirmwareRecording(files, order, recorded, made);
    const loaded = await loadScenario(files.scenario, PLACES.scenarios, await knownNames());
    return verified([{ ...order, scenario: loaded }], Object.values(files), values.report, io);
  },
};

/** Keeps a capture from somebody, and replays its client. */
async function recordCapture(path: string, values: RecordValues, made: Maker, io: Io): Promise<ExitStatus> {
  for (const option of ['mac', 'uuid', 'give-up'] as const)
    if (values[option] !== undefined)
      throw new UsageError(`--${option}: the capture says it`, `leave --${option} away`);
  const { server, serverName } = await namedServer(values.server, values.variant, io);
  const capture = resolve(io.cwd, path);
  const scripts = await scriptsOf(capture);
  const mac = chosenClient(scripts, values.client, path);
  const extension = captureExtension(capture);
  const name = nameOf(values.name ?? basename(capture, extension));
  const files = recordingFiles(resolve(io.cwd, values.into ?? '.'), name, extension);
  await readyToWrite(Object.values(files), values.force === true, io, capture);
  await refuseMissing(undefined, server, io);
  const order = { capture, mac, server, serverName, variant: values.variant, from: values.from };
  const recorded = await kept(name, server, values.report, io, (report, deps) =>
    recordReplay(order, report, deps),
  );
  await writeCaptureRecording(files, order, recorded, made);
  const scenario = await loadScenario(files.scenario, PLACES.scenarios, await knownNames());
  const status = await verified(
    [{ scenario, server, firmware: undefined }],
    Object.values(files),
    values.report,
    io,
  );
  for (const [what, count] of scripts.find((script) => script.mac === mac)?.left ?? [])
    io.err(`${io.paintErr('yellow', 'note:')} ${mac}: not replayed: ${what}, ${count} in all\n`);
  return status;
}

function chosenClient(
  scripts: readonly ReplayScript[],
  wanted: string | undefined,
  path: string,
): MacAddress {
  try {
    return clientToRecord(scripts, wanted, path);
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    throw new UsageError(error.message, error.hint, error);
  }
}

/** Boots a scenario that is there with each of its firmware, and holds it to what these did. */
async function recordScenarios(word: string, values: RecordValues, made: Maker, io: Io): Promise<ExitStatus> {
  for (const option of ['server', 'variant', 'mac', 'uuid', 'give-up', 'name', 'title', 'into'] as const)
    if (values[option] !== undefined)
      throw new UsageError(`--${option}: the scenario says it`, `leave --${option} away`);
  const known = await knownNames();
  const [chosen, ...more] = await selectScenarios([word], PLACES.scenarios, {
    ...known,
    profiles: 'may-lack',
  });
  if (chosen === undefined || more.length > 0)
    throw new UsageError(`--scenario: wanted one scenario, got ${more.length + 1}`, 'name one at a time');
  const ids = chosen.firmware.filter((id) => values.firmware === undefined || id === values.firmware);
  if (ids.length === 0)
    throw new UsageError(
      `${chosen.id} does not boot ${values.firmware}`,
      `it boots ${chosen.firmware.join(', ')}`,
    );
  const server = await loadServer(chosen.servers[0] ?? '', PLACES.servers);
  const { path } = chosen;
  // Captures lie where the scenarios do: in the project, or beside the folder of somebody's own.
  const into = resolve(dirname(path), '..', '..');
  const boots = await Promise.all(
    ids.map(async (id) => {
      const firmware = await loadFirmware(id, PLACES.firmware);
      return { firmware, server, files: recordingFiles(into, id, '.pcapng') };
    }),
  );
  const written = boots.flatMap(({ files: { capture, notes, profile } }) => [capture, notes, profile]);
  await readyToWrite(written, values.force === true, io);
  for (const { firmware } of boots) await refuseMissing(firmware, server, io);
  for (const { firmware, files } of boots) {
    const boot = await bootScenarioNow(chosen, server, firmware, values.report, io);
    const { variant } = chosen.file;
    await writeCaptureAndProfile(files, { firmware, server, variant, mac: chosen.mac }, boot, made);
  }
  const [first] = boots;
  const named = first !== undefined && (await nameProfile(chosen, first.files, first.firmware.id));
  const loaded = await loadScenario(path, PLACES.scenarios, { ...known, profiles: 'may-lack' });
  const runs = boots.map(({ firmware }) => ({ firmware, server, scenario: loaded }));
  return verified(runs, named ? [...written, path] : written, values.report, io);
}

type RecordValues = BootValues & {
  readonly [K in 'firmware' | 'client' | 'from' | 'name' | 'into' | 'title' | 'report']?: string | undefined;
} & { readonly force?: boolean | undefined };

async function knownNames(): Promise<KnownNames> {
  return { servers: await listServers(PLACES.servers), firmware: await listFirmware(PLACES.firmware) };
}

function nameOf(name: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name) && !name.endsWith('.profile')) return name;
  throw new UsageError(
    `--name: wanted letters, digits, "-", "_" and ".", got "${name}"`,
    'for example --name my-machine',
  );
}

/**
 * Before anything is booted: the folders are there and may be written to, and nothing is written over unasked but `source`,
 * which is what is recorded.
 */
async function readyToWrite(
  paths: readonly string[],
  force: boolean,
  io: Io,
  source?: string,
): Promise<void> {
  const there = paths
    .filter((path) => path !== source && existsSync(path))
    .map((path) => relative(io.cwd, path));
  if (there.length > 0 && !force)
    throw new UsageError(
      `there already: ${there.join(', ')}`,
      '--name for another name, or --force to write over',
    );
  for (const folder of new Set(paths.map((path) => dirname(path)))) await makeReportFolder(folder, '--into');
}

type Run = {
  readonly scenario: Scenario;
  readonly server: ServerSpec;
  readonly firmware: Firmware | undefined;
};

/** Runs what was written, and says what is there now: the last line is the command that runs it again. */
async function verified(
  runs: readonly Run[],
  written: readonly string[],
  report: string | undefined,
  io: Io,
): Promise<ExitStatus> {
  const reportFolder = resolve(io.cwd, report ?? DEFAULT_REPORT);
  const shown = (path: string): string => relative(io.cwd, path) || '.';
  const outcomes: ScenarioResult['outcome'][] = [];
  for (const { scenario, server, firmware } of runs) {
    if (io.signal.aborted) break;
    let result: ScenarioResult;
    {
      using progress = new Progress(`${clientName(scenario, firmware)}: the scenario is run once`, io);
      result = await runScenario(scenario, server, firmware, {
        ...(await bootDeps(progress, io)),
        reportFolder,
      });
    }
    outcomes.push(result.outcome);
    io.out(`${formatScenario(result, io.paint, io.width, shown(reportFolder)).join('\n')}\n`);
  }
  for (const path of written) io.out(`wrote ${shown(path)}\n`);
  const { says, status } = io.signal.aborted
    ? SAID.interrupted
    : outcomes.includes('error')
      ? SAID.error
      : outcomes.includes('failed')
        ? SAID.failed
        : SAID.passed;
  io.out(
    `${says} pxebench run ${[...new Set(runs.map(({ scenario }) => shown(scenario.path)))].join(' ')}\n`,
  );
  return status;
}

const SAID = {
  passed: { says: 'it passes:', status: EXIT.ok },
  failed: { says: 'it does NOT pass:', status: EXIT.failed },
  error: { says: 'the bench failed, so that it is not known whether this passes:', status: EXIT.bench },
  interrupted: { says: 'interrupted: it is not known whether this passes:', status: EXIT.interrupted },
} as const;
