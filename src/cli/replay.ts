import { resolve } from 'node:path';
import { type ExchangeResult, PATIENCE_MS } from '../client/replay/exchange.ts';
import { type ReplayInLab, replayInLab } from '../client/replay/replay-in-lab.ts';
import { ScriptReader } from '../client/replay/replay-script.ts';
import type { ReplayScript } from '../client/replay/step.ts';
import { SEED_LAB } from '../lab/lab-spec.ts';
import { startLab } from '../lab/start-lab.ts';
import { openCapture, refuseOtherFile } from '../pcap/open-capture.ts';
import { printable } from '../report/terminal.ts';
import { loadServer, type ServerSpec } from '../sut/server-spec.ts';
import { startServer } from '../sut/start-server.ts';
import type { Ipv4Address } from '../wire/address.ts';
import { parseArguments } from './arguments.ts';
import { type Command, EXIT, type ExitStatus, type Io, UsageError } from './command.ts';
import { DOCUMENT_OPTIONS, handOver } from './document.ts';
import { PLACES } from './places.ts';
import { openKept, readRelays, readRenew } from './replay-options.ts';
import { replayText } from './replay-text.ts';
import { TidyMemory } from './tidy-memory.ts';
import { WaitingLine } from './waiting-line.ts';

const HELP = `pxebench replay CAPTURE: be the clients of a capture, against any server

usage: pxebench replay [options] --server ID|DIR CAPTURE

Sends what the clients of the capture sent (DHCP and DHCPv6 messages, TFTP reads, DNS questions and HTTP requests, octet by
octet, but for what the server chooses) to a server in a lab, and compares its answers with the recorded ones by meaning. A
relay is a relay again. What else the clients did (iSCSI, TLS) is counted, and said not to be replayed.

  --server ID|DIR     one of servers/, or any folder with a server.yaml
  --client MAC        only this client; may be repeated
  --fast              each step as soon as the one before it is over, without the recorded pauses
  --renew xid,secs    new DHCP transaction ids, seconds counted anew, in place of the recorded ones
  --relay OLD=NEW     the relay recorded as OLD stands at NEW in the lab (10.188.0.0/24); may be repeated
  --keep FILE         the new capture (pcapng) goes here
  --json              one JSON document on standard output
  --report DIR        the same document in a file of this folder

exit status: 0 all the same, 1 something differs or is missing, 2 wrong usage or configuration, 3 the bench failed

examples:
  pxebench replay boot.pcap --server reference
  pxebench replay boot.pcap --server ./my-server --fast --keep now.pcapng
`;

const OPTIONS = {
  server: { type: 'string' },
  client: { type: 'string', multiple: true },
  fast: { type: 'boolean' },
  renew: { type: 'string' },
  relay: { type: 'string', multiple: true },
  keep: { type: 'string' },
  ...DOCUMENT_OPTIONS,
} as const;

/** A pause of the recording is kept up to here. */
const LONGEST_PAUSE_MS = 10_000;

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
    const renew = readRenew(values.renew);
    const relays = readRelays(values.relay);
    const server = await loadServer(values.server, PLACES.servers);
    const scripts = chosen(await readScripts(path, io), values.client, path);
    const keep = values.keep === undefined ? undefined : await openKept(resolve(io.cwd, values.keep));

    const results: ExchangeResult[] = [];
    using _ = { [Symbol.dispose]: () => void keep?.destroy() };
    const interrupted = await replayed(scripts, server, io, {
      fast: values.fast === true,
      longestPause: LONGEST_PAUSE_MS,
      patience: PATIENCE_MS,
      ...{ renew, relays, server: addressOf(server) },
      keep,
      signal: io.signal,
      onResult: (result) => void results.push(result),
    });

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
    await handOver('replay', document, () => replayText(results, io), values, io);
    for (const { client, what, count } of left) note(io, `${client}: not replayed: ${what}, ${count} in all`);
    if (interrupted !== undefined) {
      note(io, `interrupted after ${results.length} of ${stepsOf(scripts)} exchanges`);
      throw interrupted;
    }
    return statusOf(results);
  },
};

function note(io: Io, text: string): void {
  io.err(`${io.paintErr('yellow', 'note:')} ${printable(text)}\n`);
}

async function readScripts(path: string, io: Io): Promise<readonly ReplayScript[]> {
  const reader = new ScriptReader();
  const memory = new TidyMemory();
  let frames = 0;
  using _ = new WaitingLine(io, () => `${frames.toLocaleString('en')} frames read`);
  await using capture = await openCapture(path);
  for await (const batch of capture.batches()) {
    io.signal.throwIfAborted();
    reader.add(batch);
    memory.look();
    frames += batch.frames.length;
    refuseOtherFile(path, batch.ending);
    if (batch.ending?.kind === 'cut-off') note(io, batch.ending.message);
  }
  return reader.finish();
}

/** Lab and server, and the clients in it. What Ctrl-C left undone is not lost: its reason is returned. */
async function replayed(
  scripts: readonly ReplayScript[],
  server: ServerSpec,
  io: Io,
  options: Omit<ReplayInLab, 'broken'>,
): Promise<Error | undefined> {
  const all = stepsOf(scripts);
  let done = 0;
  let last = '';
  using _ = new WaitingLine(io, () => `${done} of ${all} exchanges${last}`);
  try {
    // The reference server is this very command.
    await using lab = await startLab(SEED_LAB, { path: `${PLACES.bin}:${io.env.PATH ?? ''}` });
    await using sut = await startServer(server, lab);
    await replayInLab(scripts, lab, {
      ...options,
      broken: sut.exited,
      onResult: (result) => {
        done++;
        last = `, ${printable(result.what)}: ${result.verdict}`;
        options.onResult(result);
      },
    });
    return undefined;
  } catch (error) {
    if (options.signal.aborted && error instanceof Error) return error;
    throw error;
  }
}

const stepsOf = (scripts: readonly ReplayScript[]): number =>
  scripts.reduce((sum, script) => sum + script.steps.length, 0);

const PASSING: ReadonlySet<string> = new Set(['same', 'got']);

function statusOf(results: readonly ExchangeResult[]): ExitStatus {
  return results.every(({ verdict }) => PASSING.has(verdict)) ? EXIT.ok : EXIT.failed;
}

/** Of the first host that the server has processes on. */
function addressOf({ file }: ServerSpec): Ipv4Address | undefined {
  const [name] = Object.keys(file.value.hosts);
  return SEED_LAB.hosts.find((host) => host.name === name)?.interfaces[0].address;
}

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
