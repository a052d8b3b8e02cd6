import { randomInt } from 'node:crypto';
import { resolve } from 'node:path';
import type { ExchangeResult } from '../client/replay/exchange.ts';
import { replayInLab } from '../client/replay/replay-in-lab.ts';
import { ScriptReader } from '../client/replay/replay-script.ts';
import type { ReplayScript } from '../client/replay/step.ts';
import { SEED_LAB } from '../lab/lab-spec.ts';
import { startLab } from '../lab/start-lab.ts';
import { openCapture } from '../pcap/open-capture.ts';
import { printable } from '../report/terminal.ts';
import { loadServer } from '../sut/server-spec.ts';
import { startServer } from '../sut/start-server.ts';
import { parseArguments } from './arguments.ts';
import { type Command, EXIT, type Io, UsageError } from './command.ts';
import { DOCUMENT_HELP, DOCUMENT_OPTIONS, handOver } from './document.ts';
import { PLACES } from './places.ts';

const HELP = `pxebench replay CAPTURE: be the clients of a capture, against any server

usage: pxebench replay [options] --server ID|DIR CAPTURE

Sends what the clients of the capture sent (DHCP messages and TFTP reads, octet by octet, but for what the server
chooses) to a server in a lab, and compares its answers with the recorded ones by meaning. What else the clients did
(DNS, TCP, DHCPv6, messages passed on by a relay) is counted, and said not to be replayed.

  --server ID|DIR  one of servers/, or any folder with a server.yaml
  --client ID      only this client, by its MAC address; may be repeated
  --fast           each step as soon as the one before it is over, without the recorded pauses
  --fresh-xid      new DHCP transaction ids in place of the recorded ones
  --keep FILE      the new capture (pcapng) goes here
${DOCUMENT_HELP}

exit status: 0 all the same, 1 something differs or is missing, 2 wrong usage or configuration, 3 the bench failed

examples:
  pxebench replay boot.pcap --server reference
  pxebench replay boot.pcap --server ./my-server --fast --keep now.pcapng
`;

const OPTIONS = {
  server: { type: 'string' },
  client: { type: 'string', multiple: true },
  fast: { type: 'boolean' },
  'fresh-xid': { type: 'boolean' },
  keep: { type: 'string' },
  ...DOCUMENT_OPTIONS,
} as const;

export const replay: Command = {
  help: HELP,
  run: async (argv, io) => {
    const { values, positionals } = parseArguments(argv, OPTIONS);
    const [path, ...more] = positionals;
    if (path === undefined || more.length > 0)
      throw new UsageError(`wanted one capture, got ${positionals.length}`, 'pxebench replay --help');
    if (values.server === undefined)
      throw new UsageError(
        '--server: wanted a server to replay against, got none',
        'for example --server reference',
      );
    const server = await loadServer(values.server, PLACES.servers);
    const reader = new ScriptReader();
    {
      await using capture = await openCapture(path);
      for await (const batch of capture.batches()) reader.add(batch);
    }
    const scripts = chosen(reader.finish(), values.client, path);
    const results: ExchangeResult[] = [];
    const steps = scripts.reduce((sum, script) => sum + script.steps.length, 0);
    {
      // The reference server is this very command.
      const labPath = `${PLACES.bin}:${io.env.PATH ?? ''}`;
      await using lab = await startLab(SEED_LAB, { path: labPath });
      await using sut = await startServer(server, lab);
      await replayInLab(scripts, lab, {
        fast: values.fast === true,
        freshXid: values['fresh-xid'] === true ? freshXid() : undefined,
        keep: values.keep === undefined ? undefined : resolve(io.cwd, values.keep),
        signal: io.signal,
        broken: sut.exited,
        onResult: (result) => {
          results.push(result);
          if (io.interactive)
            io.err(`\r\x1b[K${results.length} of ${steps} exchanges: ${printable(result.what)}`);
        },
      });
    }
    if (io.interactive) io.err('\r\x1b[K');
    const left = scripts.flatMap(({ mac, left }) =>
      [...left].map(([what, count]) => ({ client: mac, what, count })),
    );
    const document = {
      format: 'pxebench-replay/1',
      capture: path,
      server: server.id,
      exchanges: results.map((result) => ({ ...result, note: result.note ?? null })),
      notReplayed: left,
    };
    await handOver('replay', document, () => text(results, io), values, io);
    for (const { client, what, count } of left)
      io.err(`${io.paintErr('yellow', 'note:')} ${client}: not replayed: ${what}, ${count} in all\n`);
    return results.every(({ verdict }) => verdict === 'same' || verdict === 'got') ? EXIT.ok : EXIT.failed;
  },
};

function chosen(
  scripts: readonly ReplayScript[],
  clients: readonly string[] | undefined,
  path: string,
): readonly ReplayScript[] {
  if (scripts.length === 0)
    throw new UsageError(
      `${path}: no client in it sends DHCP or TFTP requests`,
      'pxebench explain shows what is in it',
    );
  if (clients === undefined) return scripts;
  const known = scripts.map(({ mac }) => mac);
  for (const client of clients) {
    if (!known.some((mac) => mac === client.toLowerCase()))
      throw new UsageError(`no client ${client} in ${path}`, `there is: ${known.join(', ')}`);
  }
  return scripts.filter(({ mac }) => clients.some((client) => client.toLowerCase() === mac));
}

/** The same recorded id becomes the same new one: an exchange stays one. */
function freshXid(): (recorded: number) => number {
  const made = new Map<number, number>();
  return (recorded) => {
    const xid = made.get(recorded) ?? randomInt(1, 2 ** 32);
    made.set(recorded, xid);
    return xid;
  };
}

function* text(results: readonly ExchangeResult[], io: Io): Generator<string> {
  let client = '';
  for (const result of results.toSorted((a, b) => a.client.localeCompare(b.client))) {
    if (result.client !== client) yield io.paint('bold', result.client);
    client = result.client;
    const colour = result.verdict === 'same' ? 'green' : result.verdict === 'got' ? 'yellow' : 'red';
    const where = `#${result.recorded.join(' #')}`;
    const now = result.frames.length === 0 ? '' : ` now #${result.frames.join(' #')}`;
    const note = result.note === undefined ? '' : `  ${result.note}`;
    yield `  ${io.paint(colour, result.verdict.padEnd(7))}  ${printable(result.what)}  ${where}${now}${note}`;
    for (const { field, recorded = '(none)', got = '(none)' } of result.differences)
      yield `           ${printable(`${field}: recorded ${recorded}, got ${got}`)}`;
  }
}
