import { resolve } from 'node:path';
import { writeFirmwareRecording } from '../record/firmware-recording.ts';
import { recordingFiles } from '../record/write-recording.ts';
import { loadScenario } from '../scenario/scenario.ts';
import { parseArguments } from './arguments.ts';
import { BOOT_HELP, BOOT_OPTIONS, bootNow, bootOrder, pathOf } from './boot-now.ts';
import { type Command, UsageError } from './command.ts';
import { DEFAULT_REPORT, PLACES } from './places.ts';
import { recordCapture } from './record-capture.ts';
import { recordScenarios } from './record-scenarios.ts';
import { knownNames, nameOf, readyToWrite, verified } from './recording.ts';
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
