import { existsSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { writeFirmwareRecording } from '../record/firmware-recording.ts';
import type { RecordOrder } from '../record/record-boot.ts';
import { type RecordingFiles, recordingFiles } from '../record/write-recording.ts';
import type { ScenarioResult } from '../report/result.ts';
import { formatScenario } from '../report/terminal.ts';
import { runScenario } from '../scenario/run-scenario.ts';
import { loadScenario } from '../scenario/scenario.ts';
import { listServers } from '../sut/server-spec.ts';
import { listFirmware } from '../vm/firmware.ts';
import { parseArguments } from './arguments.ts';
import { BOOT_HELP, BOOT_OPTIONS, bootDeps, bootNow, bootOrder, Progress, pathOf } from './boot-now.ts';
import { type Command, EXIT, type ExitStatus, type Io, UsageError } from './command.ts';
import { makeReportFolder } from './document.ts';
import { DEFAULT_REPORT, PLACES } from './places.ts';
import { VERSION } from './version.ts';

const HELP = `pxebench record: makes a capture, a client profile and a scenario of a boot

usage: pxebench record [options] --firmware ID

Boots the firmware in a lab and writes what it did:

  captures/recorded/NAME.pcapng         the capture, up to the last thing that the scenario expects
  captures/recorded/NAME.yaml           where it is from, versions, licence, what is notable
  captures/recorded/NAME.profile.yaml   how the client behaves (pxebench compare)
  scenarios/recorded/NAME.yaml          a scenario: times, addresses and numbers generalised; it holds the profile, too

Then it runs the scenario once: it has to pass.

  --firmware ID    one of the catalogue (pxebench list firmware)
${BOOT_HELP}
  --name NAME      what the files are called (the firmware's id)
  --into DIR       the folder that captures/ and scenarios/ are in (the current one)
  --title TEXT     the scenario's title
  --licence TEXT   of the capture (MIT)
  --force          write over files that are there
  --report DIR     evidence of the boots goes here (${DEFAULT_REPORT})

exit status: 0 written, and the scenario passes; 1 written, and it does not; 2 wrong usage; 3 the bench failed

examples:
  pxebench record --firmware uefi-x64
  pxebench record --firmware bios-ipxe --mac 00:12:34:56:78:90 --name bios-ipxe-to-pxelinux
  pxebench record --firmware uefi-x64 --server ./my-server --into .
`;

const OPTIONS = {
  firmware: { type: 'string' },
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
    const { firmware } = values;
    if (firmware === undefined || positionals.length > 0)
      throw new UsageError('wanted a firmware to boot: --firmware ID', 'pxebench record --help');
    const order = await bootOrder(firmware, values, io);
    const name = nameOf(values.name ?? firmware);
    const files = recordingFiles(resolve(io.cwd, values.into ?? '.'), name, '.pcapng');
    await readyToWrite(files, values.force === true, io);

    const recorded = await bootNow(order, values.report, io);
    await writeFirmwareRecording(files, order, recorded, {
      application: `pxebench ${VERSION}`,
      path: pathOf(io),
      date: new Date(),
      licence: values.licence,
      title: values.title,
    });
    return verified(files, order, values.report, io);
  },
};

function nameOf(name: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name) && !name.endsWith('.profile')) return name;
  throw new UsageError(
    `--name: wanted letters, digits, "-", "_" and ".", got "${name}"`,
    'for example --name my-machine',
  );
}

/** Before anything is booted: the folders are there and may be written to, and nothing is written over unasked. */
async function readyToWrite(files: RecordingFiles, force: boolean, io: Io): Promise<void> {
  const paths = Object.values(files);
  const there = paths.filter((path) => existsSync(path)).map((path) => relative(io.cwd, path));
  if (there.length > 0 && !force)
    throw new UsageError(
      `there already: ${there.join(', ')}`,
      '--name for another name, or --force to write over',
    );
  for (const folder of new Set(paths.map((path) => dirname(path)))) await makeReportFolder(folder, '--into');
}

/** Runs the scenario that was written, and says what is there now. */
async function verified(
  files: RecordingFiles,
  order: RecordOrder,
  report: string | undefined,
  io: Io,
): Promise<ExitStatus> {
  const known = { servers: await listServers(PLACES.servers), firmware: await listFirmware(PLACES.firmware) };
  const scenario = await loadScenario(files.scenario, PLACES.scenarios, known);
  const reportFolder = resolve(io.cwd, report ?? DEFAULT_REPORT);
  let result: ScenarioResult;
  {
    using progress = new Progress(`the scenario is run once: ${scenario.file.title}`, io);
    const deps = { ...(await bootDeps(progress, io)), reportFolder };
    result = await runScenario(scenario, order.server, order.firmware, deps);
  }
  const shown = (path: string): string => relative(io.cwd, path) || '.';
  io.out(`${formatScenario(result, io.paint, io.width, shown(reportFolder)).join('\n')}\n`);
  for (const path of Object.values(files)) io.out(`wrote ${shown(path)}\n`);
  const { says, status } = io.signal.aborted
    ? { says: 'interrupted: it is not known whether this passes:', status: EXIT.interrupted }
    : SAID[result.outcome === 'skipped' ? 'error' : result.outcome];
  io.out(`${says} pxebench run ${shown(files.scenario)}\n`);
  return status;
}

const SAID = {
  passed: { says: 'it passes:', status: EXIT.ok },
  failed: { says: 'it does NOT pass:', status: EXIT.failed },
  error: { says: 'the bench failed, so that it is not known whether this passes:', status: EXIT.bench },
} as const;
