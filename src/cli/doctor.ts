import type { Missing } from '../lab/need.ts';
import { listServers, loadServer } from '../sut/server-spec.ts';
import { chooseAccelerator } from '../vm/accelerator.ts';
import { listFirmware, loadFirmware } from '../vm/firmware.ts';
import { parseArguments } from './arguments.ts';
import { type Command, EXIT, type Io, UsageError } from './command.ts';
import { distinct, Inventory, missingLine, remedyFor } from './needs.ts';
import { PLACES } from './places.ts';

const HELP = `pxebench doctor: what this machine has and lacks, and the one command that mends it

usage: pxebench doctor [--json]

exit status: 0 nothing is lacking, 3 something is
`;

/** One thing the bench can do here, or not. */
type Part = { readonly part: string; readonly title: string; readonly missing: readonly Missing[] };

export const doctor: Command = {
  help: HELP,
  run: async (argv, io) => {
    const { values, positionals } = parseArguments(argv, { json: { type: 'boolean' } });
    if (positionals.length > 0)
      throw new UsageError(`unexpected "${positionals[0]}"`, 'pxebench doctor --help');
    const parts = await examine(new Inventory(io.env.PATH ?? ''));
    const missing = distinct(parts.flatMap((part) => part.missing));
    const accelerator = missing.length > 0 ? undefined : await chooseAccelerator();
    if (values.json === true) {
      const remedy = missing.length > 0 ? remedyFor(missing) : undefined;
      io.out(`${JSON.stringify({ format: 'pxebench-doctor/1', parts, accelerator, remedy }, null, 2)}\n`);
    } else tell(parts, missing, accelerator, io);
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
  missing: readonly Missing[],
  accelerator: { readonly name: string; readonly because: string } | undefined,
  io: Io,
): void {
  const width = Math.max(...parts.map(({ part }) => part.length));
  for (const { part, title, missing: lacking } of parts) {
    const mark = lacking.length === 0 ? io.paint('green', '✓') : io.paint('red', '✗');
    io.out(`${mark} ${io.paint('bold', part.padEnd(width))}  ${title}\n`);
    for (const one of lacking) io.out(`  ${missingLine(one)}\n`);
  }
  if (accelerator !== undefined) io.out(`  guests run under ${accelerator.name}: ${accelerator.because}\n`);
  if (missing.length === 0) io.out('nothing is lacking\n');
  else io.out(`${io.paint('bold', 'remedy:')} ${remedyFor(missing)}\n`);
}
