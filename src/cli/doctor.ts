import type { Missing } from '../lab/need.ts';
import { listServers, loadServer } from '../sut/server-spec.ts';
import { type Accelerator, chooseAccelerator } from '../vm/accelerator.ts';
import { listFirmware, loadFirmware } from '../vm/firmware.ts';
import { parseArguments } from './arguments.ts';
import { type Command, EXIT, type Io, UsageError } from './command.ts';
import { DOCUMENT_HELP, DOCUMENT_OPTIONS, handOver } from './document.ts';
import { distinct, Inventory, missingLine, remedyFor } from './needs.ts';
import { PLACES } from './places.ts';

const HELP = `pxebench doctor: what this machine has and lacks, and the one command that mends it

usage: pxebench doctor [options]

${DOCUMENT_HELP}

exit status: 0 nothing is lacking, 3 something is
`;

/** One thing the bench can do here, or not. */
type Part = { readonly part: string; readonly title: string; readonly missing: readonly Missing[] };

export const doctor: Command = {
  help: HELP,
  run: async (argv, io) => {
    const { values, positionals } = parseArguments(argv, DOCUMENT_OPTIONS);
    if (positionals.length > 0)
      throw new UsageError(`unexpected "${positionals[0]}"`, 'pxebench doctor --help');
    const parts = await examine(new Inventory(io.env.PATH ?? ''));
    const missing = distinct(parts.flatMap((part) => part.missing));
    const accelerator = missing.length > 0 ? undefined : await chooseAccelerator();
    const remedy = missing.length > 0 ? remedyFor(missing) : undefined;
    const document = { format: 'pxebench-doctor/1', parts, accelerator, remedy };
    await handOver('doctor', document, () => tell(parts, accelerator, remedy, io), values, io);
    return missing.length === 0 ? EXIT.ok : EXIT.bench;
  },
};

async function examine(inventory: Inventory): Promise<readonly Part[]> {
  const parts: Part[] = [{ part: 'lab', title: 'isolated networks', missing: await inventory.lab() }];
  for (const id of await listFirmware(PLACES.firmware)) {
    const firmware = await loadFirmware(id, PLACES.firmware);
    parts.push({
      part: `firmware ${id}`,
      title: firmware.title,
      missing: await inventory.firmware(firmware),
    });
  }
  for (const id of await listServers(PLACES.servers)) {
    const server = await loadServer(id, PLACES.servers);
    parts.push({
      part: `server ${id}`,
      title: server.file.value.title,
      missing: await inventory.server(server),
    });
  }
  return parts;
}

function tell(
  parts: readonly Part[],
  accelerator: Accelerator | undefined,
  remedy: string | undefined,
  io: Io,
): readonly string[] {
  const width = Math.max(...parts.map(({ part }) => part.length));
  return [
    ...parts.flatMap(({ part, title, missing }) => [
      `${missing.length === 0 ? io.paint('green', '✓') : io.paint('red', '✗')} ${io.paint('bold', part.padEnd(width))}  ${title}`,
      ...missing.map((one) => `  ${missingLine(one)}`),
    ]),
    ...(accelerator === undefined ? [] : [`  guests run under ${accelerator.name}: ${accelerator.because}`]),
    remedy === undefined ? 'nothing is lacking' : `${io.paint('bold', 'remedy:')} ${remedy}`,
  ];
}
