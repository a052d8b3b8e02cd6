import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { CaptureEnding, CaptureNote } from '../pcap/capture-item.ts';
import type { Frame } from '../pcap/frame.ts';
import { openCapture, refuseOtherFile } from '../pcap/open-capture.ts';
import { readCaptureBatches, type WholeCapture } from '../pcap/read-capture.ts';
import { counted } from '../report/octets.ts';
import type { Leftover } from '../scrub/leftovers.ts';
import type { Pseudonyms } from '../scrub/pseudonyms.ts';
import { type Scrubbed, type ScrubOptions, scrubCapture } from '../scrub/scrub-capture.ts';
import { writeScrubbed } from '../scrub/write-scrubbed.ts';
import { parseArguments } from './arguments.ts';
import { type Command, EXIT, type Io, UsageError } from './command.ts';
import { jsonText } from './json-text.ts';
import { VERSION } from './version.ts';
import { WaitingLine } from './waiting-line.ts';

const HELP = `pxebench scrub CAPTURE: the same capture without what tells whose network it was taken in

usage: pxebench scrub [options] CAPTURE

Replaces hardware and IP addresses, names of hosts and domains, serial numbers, UUIDs, passwords and the contents of files,
each by the same pseudonym everywhere and each by one as long; checksums are done anew. Writes pcapng. In the end it looks for
anything that was known of the network in what it is about to write, and writes nothing where it finds some.

CAPTURE is a pcap or pcapng file, gzipped or not, or - for standard input.

  -o OUT            where to (default: CAPTURE with .scrubbed.pcapng at its end); - for standard output
  --key FILE        the secret that pseudonyms are made with: the same key gives the same ones in every capture
                    (default: a new one each time, which nobody keeps)
  --oui             vendors' parts of hardware addresses too. They stay else: firmware and servers go by them
  --keep-payloads   files as they are: boot programs, scripts, configurations
  --times           the first frame at 2000-01-01 00:00:00 UTC, the others as far behind it as they were
  --map FILE        what became what, as JSON, for yourself: with it, all of this can be undone
  --force           write also where something was left over
  --json            what was replaced, as a document on standard output

Paths and file names stay, but for names and addresses in them. Product names and versions stay.

examples:
  pxebench scrub boot.pcap
  pxebench scrub --oui --times -o share.pcapng --map private.json boot.pcapng
  pxebench scrub -o - boot.pcap.gz | tshark -r -
`;

/** 2000-01-01T00:00:00Z. */
const FIXED_BEGIN_NS = 946_684_800_000_000_000n;
const KEY_LENGTH = 32;
const SHORTEST_KEY = 16;
/** The clock is not read for every frame. */
const FRAMES_A_LOOK = 1000;
/** Only the owner may read what undoes it. */
const PRIVATE = 0o600;

export const scrub: Command = {
  help: HELP,
  run: async (argv, io) => {
    const { values, positionals } = parseArguments(argv, {
      output: { type: 'string', short: 'o' },
      key: { type: 'string' },
      oui: { type: 'boolean' },
      'keep-payloads': { type: 'boolean' },
      times: { type: 'boolean' },
      map: { type: 'string' },
      force: { type: 'boolean' },
      json: { type: 'boolean' },
    });
    const [path, ...more] = positionals;
    if (path === undefined || more.length > 0) {
      throw new UsageError(`wanted one capture, got ${positionals.length}`, 'pxebench scrub --help');
    }
    const target =
      values.output ??
      (path === '-' ? '-' : `${path.replace(/\.(pcapng|pcap|cap)(\.gz)?$/i, '')}.scrubbed.pcapng`);
    if (target === '-' && values.json === true)
      throw new UsageError('--json: standard output is taken by the capture', 'name a file: -o OUT');
    const out = target === '-' ? target : resolve(io.cwd, target);
    await refuseSame(path, out, io);

    const key =
      values.key === undefined ? randomBytes(KEY_LENGTH) : await readKey(resolve(io.cwd, values.key));
    const capture = await read(path, io);
    const scrubbed = scrubWithProgress(
      capture.frames,
      {
        key,
        hideVendor: values.oui === true,
        keepPayloads: values['keep-payloads'] === true,
        ...(values.times === true ? { beginNs: FIXED_BEGIN_NS } : {}),
      },
      io,
    );
    const isClean = scrubbed.leftovers.length === 0;
    const isWritten = isClean || values.force === true;
    if (isWritten) await write(out, capture, scrubbed);
    if (isWritten && values.map !== undefined)
      await writeFile(resolve(io.cwd, values.map), [...jsonText(mapping(scrubbed.pseudonyms))].join(''), {
        mode: PRIVATE,
      });

    if (values.json === true)
      for (const text of jsonText(document(path, isWritten ? target : null, capture, scrubbed))) io.out(text);
    for (const line of summary(path, isWritten ? target : undefined, capture, scrubbed)) io.err(`${line}\n`);
    if (isClean) return EXIT.ok;
    for (const line of leftoverLines(scrubbed.leftovers)) io.err(`${line}\n`);
    if (!isWritten)
      io.err(
        `${io.paintErr('red', 'error:')} nothing was written; look at these places, and use --force if they may be seen\n`,
      );
    return EXIT.failed;
  },
};

async function read(path: string, io: Io): Promise<WholeCapture> {
  const notes: CaptureNote[] = [];
  const frames: Frame[] = [];
  let ending: CaptureEnding | undefined;
  await using file = path === '-' ? undefined : await openCapture(resolve(io.cwd, path));
  for await (const batch of file?.batches() ?? readCaptureBatches(process.stdin)) {
    io.signal.throwIfAborted();
    notes.push(...batch.notes);
    for (const frame of batch.frames) frames.push(frame);
    ending = batch.ending;
  }
  if (ending === undefined) throw new Error('the capture ended without an ending');
  refuseOtherFile(path, ending);
  return { notes, frames, ending };
}

function scrubWithProgress(frames: readonly Frame[], options: ScrubOptions, io: Io): Scrubbed {
  let text = '';
  using line = new WaitingLine(io, () => text);
  return scrubCapture(frames, {
    ...options,
    onProgress: (done, of) => {
      if (done % FRAMES_A_LOOK !== 0) return;
      text = `${Math.floor((100 * done) / of)} % of ${counted(frames.length, 'frame')} replaced and looked through`;
      line.look();
    },
  });
}

async function readKey(path: string): Promise<Uint8Array> {
  const key = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    const make = `make one: head -c ${KEY_LENGTH} /dev/urandom > ${path}`;
    throw new UsageError(
      `--key: ${path}: ${cause.code === 'ENOENT' ? 'there is no such file' : cause.message}`,
      make,
      cause,
    );
  });
  if (key.length >= SHORTEST_KEY) return key;
  throw new UsageError(
    `--key: ${path}: wanted at least ${SHORTEST_KEY} octets, got ${key.length}`,
    'a short key is found by trying',
  );
}

async function refuseSame(path: string, out: string, io: Io): Promise<void> {
  if (path === '-' || out === '-') return;
  const [from, to] = await Promise.all(
    [resolve(io.cwd, path), out].map((file) => stat(file).catch(() => undefined)),
  );
  if (to?.isDirectory() === true)
    throw new UsageError(`-o: wanted a file, got the folder ${out}`, `name a file: -o ${out}/NAME`);
  if (from === undefined || to === undefined || from.ino !== to.ino || from.dev !== to.dev) return;
  throw new UsageError(
    `-o: ${out} is the capture itself`,
    'name another file: what was replaced cannot be brought back',
  );
}

/** Whole or not at all: under another name until it is all there. */
async function write(out: string, { notes, frames }: WholeCapture, scrubbed: Scrubbed): Promise<void> {
  const shiftNs = (scrubbed.frames[0]?.timeNs ?? 0n) - (frames[0]?.timeNs ?? 0n);
  const blocks = Readable.from(writeScrubbed(notes, scrubbed.frames, `pxebench ${VERSION}`, shiftNs));
  if (out === '-') {
    await pipeline(blocks, createWriteStream('', { fd: process.stdout.fd, autoClose: false }));
    return;
  }
  const unfinished = `${out}.${process.pid}.part`;
  try {
    await pipeline(blocks, createWriteStream(unfinished));
    await rename(unfinished, out);
  } catch (cause) {
    await rm(unfinished, { force: true });
    const { message } = cause as Error;
    throw new UsageError(
      `${out} cannot be written: ${message}`,
      'name a file in a folder of yours: -o OUT',
      cause,
    );
  }
}

/** Kind, one and many of it, and originals: in the order in which one tells it. */
function replaced(
  to: Pseudonyms,
): readonly (readonly [kind: string, one: string, many: string, given: ReadonlyMap<string, string>])[] {
  return [
    ['macs', 'hardware address', 'hardware addresses', to.macs.given],
    ['ipv4', 'IPv4 address', 'IPv4 addresses', to.ipv4s.given],
    ['ipv6', 'IPv6 address', 'IPv6 addresses', to.ipv6s.given],
    ['labels', 'label of names', 'labels of names', to.names.given],
    ['uuids', 'UUID', 'UUIDs', to.uuids],
    ['serials', 'serial number or the like', 'serial numbers and the like', to.serials],
  ];
}

function mapping(to: Pseudonyms): unknown {
  const maps = replaced(to).map(([kind, , , given]) => [kind, Object.fromEntries(given)]);
  return { format: 'pxebench-scrub-map/1', ...Object.fromEntries(maps) };
}

function document(
  path: string,
  output: string | null,
  { ending }: WholeCapture,
  scrubbed: Scrubbed,
): unknown {
  const { pseudonyms: to, blanked, leftovers, frames } = scrubbed;
  const counts = Object.fromEntries(replaced(to).map(([kind, , , given]) => [kind, given.size]));
  return {
    format: 'pxebench-scrub/1',
    capture: path,
    output,
    frames: frames.length,
    cutOff: ending.kind === 'cut-off' ? ending.message : null,
    replaced: { ...counts, secrets: to.secrets },
    blanked: Object.fromEntries(blanked),
    leftovers,
  };
}

function* summary(
  path: string,
  target: string | undefined,
  { ending }: WholeCapture,
  { frames, pseudonyms, blanked }: Scrubbed,
): Generator<string> {
  yield `${path}: ${counted(frames.length, 'frame')}${target === undefined ? '' : `, written to ${target === '-' ? 'standard output' : target}`}`;
  if (ending.kind === 'cut-off') yield `  ${ending.message}`;
  for (const [, one, many, given] of replaced(pseudonyms))
    if (given.size > 0) yield `  replaced   ${counted(given.size, one, many)}`;
  if (pseudonyms.secrets > 0) yield `  replaced   ${pseudonyms.secrets} passwords and the like, by x`;
  yield '  kept       multicast, broadcast, loopback and documentation addresses; names under example.com and the like';
  for (const [protocol, count] of blanked)
    yield `  blanked    ${counted(count, 'frame')} of ${protocol}: contents not understood`;
}

function* leftoverLines(leftovers: readonly Leftover[]): Generator<string> {
  for (const { frame, offset, what } of leftovers)
    yield `  left over  ${what} in frame ${frame}, octet ${offset}`;
}
