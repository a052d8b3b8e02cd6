import { findingsOf } from '../findings/find.ts';
import { openCapture, refuseOtherFile } from '../pcap/open-capture.ts';
import { readCaptureBatches } from '../pcap/read-capture.ts';
import { captureRemarks } from '../report/capture-remarks.ts';
import { ladderLine } from '../report/ladder.ts';
import { counted, thousands } from '../report/octets.ts';
import { formatFindings, formatLadder, printable } from '../report/terminal.ts';
import type { CaptureSummary } from '../story/capture-tally.ts';
import { DEFAULT_LIMITS } from '../story/client-book.ts';
import type { Contents } from '../story/draft.ts';
import type { Story } from '../story/event.ts';
import { StoryBuilder } from '../story/story-builder.ts';
import { formatClientArchitectures } from '../wire/dhcp/opt-client-architecture.ts';
import { parseArguments } from './arguments.ts';
import { type Command, EXIT, type Io, UsageError } from './command.ts';
import { DOCUMENT_HELP, DOCUMENT_OPTIONS, handOver } from './document.ts';
import { Unrolled } from './json-text.ts';
import type { Judge } from './judge.ts';
import { TidyMemory } from './tidy-memory.ts';
import { WaitingLine } from './waiting-line.ts';

const HELP = `pxebench explain CAPTURE: the story of every client in a capture file, and what is wrong with it

usage: pxebench explain [options] CAPTURE

CAPTURE is a pcap or pcapng file, gzipped or not, or - for standard input. No lab and no rights are needed.

  --checks       judge every client's messages, and its servers', clause by clause: docs/checks.md
  --strict       with --checks: what SHOULD be and what is only practice counts like what MUST be
  --client ID    only this client: its MAC address, or its IP address where the capture has no link layer
${DOCUMENT_HELP}

With --checks the exit status is 1 where a clause that binds is broken.

examples:
  pxebench explain boot.pcap
  pxebench explain --checks boot.pcap
  tcpdump -i eth0 -w - 'udp or tcp port 80' | pxebench explain -
  pxebench explain --client 52:54:00:12:34:56 boot.pcapng.gz
`;

export const explain: Command = {
  help: HELP,
  run: async (argv, io) => {
    const { values, positionals } = parseArguments(argv, {
      client: { type: 'string' },
      checks: { type: 'boolean' },
      strict: { type: 'boolean' },
      ...DOCUMENT_OPTIONS,
    });
    const [path, ...more] = positionals;
    if (path === undefined || more.length > 0) {
      throw new UsageError(`wanted one capture, got ${positionals.length}`, 'pxebench explain --help');
    }
    if (values.strict === true && values.checks !== true)
      throw new UsageError('--strict goes with --checks', 'pxebench explain --checks --strict CAPTURE');
    // Loaded when asked for: a hundred clauses are as much again as all the rest.
    const judge =
      values.checks === true ? new (await import('./judge.ts')).Judge(values.strict === true) : undefined;
    const memory = new TidyMemory();
    // Nothing but clauses looks at a hash.
    const contents = judge === undefined ? 'counted' : 'hashed';
    const builder = await readStories(path, contents, memory, io);
    const summary = builder.summary();
    refuseOtherFile(path, summary.ending);
    const wanted = values.client?.toLowerCase();
    const stories = builder
      .stories()
      .filter(({ client }) => wanted === undefined || isClient(client, wanted));
    if (wanted !== undefined && stories.length === 0) {
      const known = builder.stories().map(({ client }) => client.id);
      throw new UsageError(
        `no client ${wanted} in ${path}`,
        `there is: ${known.slice(0, 20).join(', ') || 'none'}`,
      );
    }
    const asked = values.json === true || values.report !== undefined;
    const found = asked ? document(path, stories, summary, judge, memory) : undefined;
    await handOver('explain', found, () => text(path, stories, summary, judge, memory, io), values, io);
    for (const remark of captureRemarks(path, summary))
      io.err(`${io.paintErr('yellow', 'note:')} ${remark}\n`);
    return judge?.foundBroken === true ? EXIT.failed : EXIT.ok;
  },
};

async function readStories(
  path: string,
  contents: Contents,
  memory: TidyMemory,
  io: Io,
): Promise<StoryBuilder> {
  const builder = new StoryBuilder(DEFAULT_LIMITS, contents);
  let frames = 0;
  using line = new WaitingLine(io, () => `${thousands(frames)} frames read`);
  await using file = path === '-' ? undefined : await openCapture(path, { reuseMemory: true });
  for await (const batch of file?.batches() ?? readCaptureBatches(process.stdin)) {
    io.signal.throwIfAborted();
    builder.add(batch);
    memory.look();
    frames += batch.frames.length;
    // Of a file from memory the next part is there before a timer's turn.
    line.look();
  }
  builder.finish();
  return builder;
}

function isClient({ id, addresses }: Story['client'], wanted: string): boolean {
  return id.toLowerCase() === wanted || addresses.some((address) => address === wanted);
}

function* text(
  path: string,
  stories: readonly Story[],
  summary: CaptureSummary,
  judge: Judge | undefined,
  memory: TidyMemory,
  io: Io,
): Generator<string> {
  const { beginNs = 0n, endNs = 0n, frames } = summary;
  const clients = counted(stories.length, 'client');
  yield `${path}: ${counted(frames, 'frame')} in ${(Number(endNs - beginNs) / 1e9).toFixed(1)} s, ${clients}`;
  for (const story of stories) {
    memory.look();
    yield '';
    yield io.paint('bold', printable(clientTitle(story)));
    const rungs = story.events.map((event) => ladderLine(event, beginNs));
    yield* formatLadder(rungs, io.paint, io.width);
    if (story.dropped > 0) yield `  … and ${thousands(story.dropped)} events more, not kept`;
    const findings = findingsOf(story, { endNs, unread: summary.unread });
    if (findings.length > 0) {
      yield '';
      yield* formatFindings(findings, io.paint, io.width);
    }
    if (judge === undefined) continue;
    const checks = judge.lines(story, io);
    if (checks.length > 0) yield '';
    yield* checks;
  }
}

/** `00:12:34:56:78:90  10.188.0.66  firmware x64 UEFI, then iPXE`. */
function clientTitle({ client }: Story): string {
  const who = client.identities.map((identity) => {
    if (identity.isIpxe) return 'iPXE';
    const architecture =
      identity.architectures.length > 0 ? formatClientArchitectures(identity.architectures) : '';
    return [identity.vendorClass?.text.split(':')[0] ?? 'no vendor class', architecture]
      .filter((part) => part !== '')
      .join(' ');
  });
  const uuid = client.uuid === undefined ? [] : [`uuid ${client.uuid}`];
  return [
    client.id,
    ...client.addresses.filter((address) => address !== client.id),
    who.join(', then '),
    ...uuid,
  ]
    .filter((part) => part !== '')
    .join('  ');
}

function document(
  path: string,
  stories: readonly Story[],
  summary: CaptureSummary,
  judge: Judge | undefined,
  memory: TidyMemory,
): unknown {
  const beginNs = summary.beginNs ?? 0n;
  return {
    format: 'pxebench-explain/1',
    capture: path,
    frames: summary.frames,
    begin:
      summary.beginNs === undefined ? null : new Date(Number(summary.beginNs / 1_000_000n)).toISOString(),
    remarks: captureRemarks(path, summary),
    clients: new Unrolled(function* () {
      for (const story of stories) {
        const { client, events, dropped } = story;
        memory.look();
        yield {
          id: client.id,
          addresses: client.addresses,
          uuid: client.uuid ?? null,
          dropped,
          events: events.map((event) => ({
            kind: event.kind,
            stage: event.stage,
            ...ladderLine(event, beginNs),
          })),
          findings: findingsOf(story, { endNs: summary.endNs ?? 0n, unread: summary.unread }),
          ...(judge === undefined ? {} : { checks: judge.document(story) }),
        };
      }
    }),
  };
}
