import { resolve } from 'node:path';
import { ALL_CHECKS } from '../checks/all-checks.ts';
import type { AnyCheck } from '../checks/check.ts';
import { evaluateAll } from '../checks/evaluate.ts';
import { probeInLab } from '../client/probe/probe-in-lab.ts';
import { HTTP_BOOT_STIMULI, STIMULI, type Stimulus } from '../client/probe/stimuli.ts';
import { didYouMean } from '../config/nearest.ts';
import { SEED_LAB } from '../lab/lab-spec.ts';
import { startLab } from '../lab/start-lab.ts';
import { isBroken } from '../report/checks-text.ts';
import { formatProbe, groupOf } from '../report/probe-text.ts';
import type { Story } from '../story/event.ts';
import { loadServer, type ServerSpec } from '../sut/server-spec.ts';
import { startServer } from '../sut/start-server.ts';
import { parseArguments } from './arguments.ts';
import { type Command, EXIT, type Io, UsageError } from './command.ts';
import { DOCUMENT_HELP, DOCUMENT_OPTIONS, handOver } from './document.ts';
import { PLACES } from './places.ts';
import { openKept } from './replay-options.ts';
import { WaitingLine } from './waiting-line.ts';

const HELP = `pxebench probe: ask a server what clauses want to know of it, and judge its answers

usage: pxebench probe [options] --server ID|DIR

Clients made for it send a server in a lab what makes clauses apply: leases with and without a relay, boots of each kind of
firmware, TFTP reads with options of all kinds. What the server answered is judged by the same checks that judge any capture.

  --server ID|DIR   one of servers/, or any folder with a server.yaml
  --check ID        only this clause; may be repeated
  --group NAME      only clauses whose id begins so: dhcp, tftp; may be repeated
  --strict          a SHOULD that is not held counts as broken
  --http-boot       the server is to boot firmware over HTTP: it is asked by such firmware, too
  --keep FILE       the capture (pcapng) goes here
${DOCUMENT_HELP}

exit status: 0 no clause broken, 1 one is, 2 wrong usage or configuration, 3 the bench failed

examples:
  pxebench probe --server reference
  pxebench probe --server ./my-server --group tftp --strict --keep tftp.pcapng
`;

const OPTIONS = {
  server: { type: 'string' },
  check: { type: 'string', multiple: true },
  group: { type: 'string', multiple: true },
  strict: { type: 'boolean' },
  'http-boot': { type: 'boolean' },
  keep: { type: 'string' },
  ...DOCUMENT_OPTIONS,
} as const;

export const probe: Command = {
  help: HELP,
  run: async (argv, io) => {
    const { values, positionals } = parseArguments(argv, OPTIONS);
    if (positionals.length > 0)
      throw new UsageError(`wanted no further words, got ${positionals.join(' ')}`, 'pxebench probe --help');
    if (values.server === undefined)
      throw new UsageError('--server: wanted a server to ask, got none', 'for example --server reference');
    const strict = values.strict === true;
    const checks = chosen(values.check, values.group);
    const server = await loadServer(values.server, PLACES.servers);
    const stimuli = values['http-boot'] === true ? [...STIMULI, ...HTTP_BOOT_STIMULI] : STIMULI;
    const began = performance.now();
    const stories = await asked(server, stimuli, values.keep, io);
    const seconds = (performance.now() - began) / 1000;
    const results = evaluateAll(stories, checks);
    const document = {
      format: 'pxebench-probe/1',
      server: server.id,
      seconds,
      checks: results.map(({ check: { id, rows, clause }, outcome, applied, failures }) => ({
        ...{ id, rows, clause, outcome, applied, failures },
      })),
    };
    await handOver('probe', document, () => formatProbe(results, strict, io.paint, io.width), values, io);
    return results.some((result) => isBroken(result, strict)) ? EXIT.failed : EXIT.ok;
  },
};

async function asked(
  server: ServerSpec,
  stimuli: readonly Stimulus[],
  keep: string | undefined,
  io: Io,
): Promise<readonly Story[]> {
  const kept = keep === undefined ? undefined : await openKept(resolve(io.cwd, keep));
  let done = 0;
  using _line = new WaitingLine(io, () => `${done} of ${stimuli.length} clients have asked`);
  using _kept = { [Symbol.dispose]: () => void kept?.destroy() };
  // The reference server is this very command.
  await using lab = await startLab(SEED_LAB, { path: `${PLACES.bin}:${io.env.PATH ?? ''}` });
  await using sut = await startServer(server, lab);
  return await probeInLab(stimuli, lab, {
    ...{ keep: kept, signal: io.signal, broken: sut.exited },
    onDone: () => void done++,
  });
}

/** The clauses for servers that were asked for; all of them where none was. The bench's own clients are not judged. */
function chosen(ids: readonly string[] = [], groups: readonly string[] = []): readonly AnyCheck[] {
  const checks = ALL_CHECKS.filter(({ subject }) => subject === 'server');
  const known = checks.map(({ id }) => id);
  for (const id of ids) {
    if (!known.includes(id)) throw new UsageError(`--check: no clause ${id}`, didYouMean(id, known));
  }
  const all = [...new Set(known.map(groupOf))];
  for (const group of groups) {
    if (!all.includes(group))
      throw new UsageError(`--group: no group ${group}`, `there is: ${all.join(', ')}`);
  }
  if (ids.length + groups.length === 0) return checks;
  return checks.filter(({ id }) => ids.includes(id) || groups.includes(groupOf(id)));
}
