import { resolve } from 'node:path';
import { loadYamlFile } from '../config/yaml-file.ts';
import { SEED_LAB } from '../lab/lab-spec.ts';
import { linkPlanSchema } from '../link/link-plan-file.ts';
import { ReportFiles } from '../scenario/report-files.ts';
import { parseArguments } from './arguments.ts';
import { bootOrder, namedServer, pathOf, refuseMissing } from './boot-now.ts';
import { type Command, EXIT, UsageError } from './command.ts';
import { makeReportFolder } from './document.ts';
import { playInLab } from './lab-session.ts';
import { DEFAULT_REPORT } from './places.ts';

const HELP = `pxebench lab: a lab to play in, with a boot server, and a machine whose console is this terminal

usage: pxebench lab [--firmware ID] [options]

The server runs, the capture goes on, and the machine is switched on. All keys go to the machine, Ctrl-C too; Ctrl-] leaves. Then
all of it is gone but the capture, and its story is told in short. Nobody presses a key for you: an iPXE that waits for Ctrl-B
waits. Without --firmware there is the server alone, and the commands that take you into the lab from another terminal.

  --firmware ID    an entry of vm/firmware (pxebench list firmware)
  --server ID|DIR  the server: one of servers/, or any folder with a server.yaml (reference)
  --variant NAME   a variant that the server declares
  --mac MAC        address of the machine's network card (QEMU's own first one)
  --uuid UUID      its SMBIOS UUID, or none
  --link FILE      a link plan, as in a scenario's link: (docs/links.md)
  --report DIR     where capture, console and server log go (${DEFAULT_REPORT})

examples:
  pxebench lab --firmware bios-ipxe                       press Ctrl-B, and try things in iPXE's shell
  pxebench lab --firmware uefi-x64 --server ./my-server
  pxebench lab --server seed                              a network with a server; join it with a shell
`;

export const lab: Command = {
  help: HELP,
  run: async (argv, io) => {
    const { values, positionals } = parseArguments(argv, {
      firmware: { type: 'string' },
      server: { type: 'string' },
      variant: { type: 'string' },
      mac: { type: 'string' },
      uuid: { type: 'string' },
      link: { type: 'string' },
      report: { type: 'string' },
    });
    if (positionals.length > 0)
      throw new UsageError(`wanted no words but options, got "${positionals[0]}"`, 'pxebench lab --help');
    const { firmware: id, link } = values;
    if (id === undefined && (link ?? values.mac ?? values.uuid) !== undefined)
      throw new UsageError('--link, --mac and --uuid are of a machine', 'name one: --firmware ID');
    if (id !== undefined && !(process.stdin.isTTY && process.stdout.isTTY))
      throw new UsageError(
        'a machine to play with needs a terminal, for its console and your keys',
        'run it in one; pxebench run boots without, and vm/run-qemu.sh starts the same QEMU by hand',
      );
    const machine = id === undefined ? undefined : await bootOrder(id, values, io);
    const { server } = machine ?? (await namedServer(values.server, values.variant, io));
    if (machine === undefined) await refuseMissing(undefined, server, io);
    const cable = link === undefined ? undefined : await loadYamlFile(resolve(io.cwd, link), linkPlanSchema);
    const folder = await makeReportFolder(resolve(io.cwd, values.report ?? DEFAULT_REPORT));
    const files = new ReportFiles(
      folder,
      ['lab', id, server.id].filter((part) => part !== undefined).join('-'),
    );
    await playInLab(
      { machine, server, variant: values.variant, cable: cable?.value, spec: SEED_LAB, path: pathOf(io) },
      files,
      io,
    );
    return EXIT.ok;
  },
};
