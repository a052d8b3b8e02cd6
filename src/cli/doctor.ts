import { findMissing } from '../lab/need.ts';
import { listServers, loadServer } from '../sut/server-spec.ts';
import { accelerator } from '../vm/accelerator.ts';
import { listFirmware, loadFirmware } from '../vm/firmware.ts';
import { parseArguments } from './arguments.ts';
import { type Command, EXIT, type Io, UsageError } from './command.ts';
import { missingLine, needsOf, remedyFor } from './needs.ts';
import { PLACES } from './places.ts';

const HELP = `pxebench doctor: what this machine has and lacks, and the one command that mends it

usage: pxebench doctor [--json]

exit status: 0 nothing is lacking, 3 something is
`;
