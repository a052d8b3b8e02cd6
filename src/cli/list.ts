import { relative } from 'node:path';
import { ALL_CHECKS } from '../checks/all-checks.ts';
import { didYouMean } from '../config/nearest.ts';
import { clauseName } from '../report/checks-text.ts';
import { findScenarioFiles, loadScenario } from '../scenario/scenario.ts';
import { listServers, loadServer } from '../sut/server-spec.ts';
import { listFirmware, loadFirmware } from '../vm/firmware.ts';
import { parseArguments } from './arguments.ts';
import { listCaptures } from './captures.ts';
import { type Command, EXIT, type Io, UsageError } from './command.ts';
import { DOCUMENT_HELP, DOCUMENT_OPTIONS, handOver } from './document.ts';
import { PLACES } from './places.ts';

const HELP = `pxebench list: what there is

usage: pxebench list [options] scenarios|servers|firmware|captures|checks

${DOCUMENT_HELP}

examples:
  pxebench list scenarios
  pxebench list firmware --json
  pxebench list checks
`;

/** One thing: what to call it on the command line, and what it is. */
type Entry = { readonly id: string; readonly title: string } & Readonly<Record<string, unknown>>;

const LISTS: Readonly<Record<string, () => Promise<readonly Entry[]>>> = {
  scenarios: listScenarios,
  servers: async () => {
    const servers = (await listServers(PLACES.servers)).map((id) => loadServer(id, PLACES.servers));
    return (await Promise.all(servers)).map(({ id, file }) => ({
      id,
      title: file.value.title,
      variants: Object.keys(file.value.variants ?? {}),
    }));
  },
  firmware: async () => {
    const entries = (await listFirmware(PLACES.firmware)).map((id) => loadFirmware(id, PLACES.firmware));
    return (await Promise.all(entries)).map(({ id, title, architecture }) => ({ id, title, architecture }));
  },
  checks: async () =>
    ALL_CHECKS.map(({ id, subject, clause, rows }) => ({
      id,
      title: `${clauseName(clause)}: ${'quote' in clause ? clause.quote : clause.says}`,
      subject,
      clause,
      rows,
    })),
  captures: async () => listCaptures(PLACES.captures),
};

export const list: Command = {
  help: HELP,
  run: async (argv, io) => {
    const { values, positionals } = parseArguments(argv, DOCUMENT_OPTIONS);
    const [what, ...more] = positionals;
    const entries = what === undefined || more.length > 0 ? undefined : LISTS[what];
    if (entries === undefined) {
      const names = Object.keys(LISTS);
      if (more.length > 0)
        throw new UsageError(`wanted one list, got ${positionals.join(' ')}`, 'name one at a time');
      throw new UsageError(
        `wanted one of ${names.join(', ')}; got ${positionals.join(' ') || 'nothing'}`,
        what === undefined ? 'pxebench list --help' : didYouMean(what, names),
      );
    }
    const found = await entries();
    await handOver(`list-${what}`, found, () => table(found, io), values, io);
    return EXIT.ok;
  },
};

async function listScenarios(): Promise<readonly Entry[]> {
  const known = { servers: await listServers(PLACES.servers), firmware: await listFirmware(PLACES.firmware) };
  const files = await findScenarioFiles(PLACES.scenarios);
  const scenarios = await Promise.all(files.map((file) => loadScenario(file, PLACES.scenarios, known)));
  return scenarios.map(({ id, path, file, firmware, replay }) => ({
    id,
    title: file.title,
    servers: file.servers,
    firmware,
    ...(replay === undefined ? {} : { replay: relative(PLACES.captures, replay) }),
    file: relative(PLACES.scenarios, path),
  }));
}

function table(entries: readonly Entry[], io: Io): readonly string[] {
  const width = Math.max(0, ...entries.map(({ id }) => id.length));
  return entries.map(({ id, title }) => `${io.paint('bold', id.padEnd(width))}  ${title}`);
}
