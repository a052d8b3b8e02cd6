import { extname, resolve } from 'node:path';
import { openCapture } from '../pcap/open-capture.ts';
import { type ProvenProfile, profileOf } from '../profile/profile-of.ts';
import { WireHabits } from '../profile/wire-habits.ts';
import { captureRemarks } from '../report/capture-remarks.ts';
import type { Story } from '../story/event.ts';
import { StoryBuilder } from '../story/story-builder.ts';
import { type Io, UsageError } from './command.ts';
import { readProfile } from './profile-file.ts';

const LISTED = 20;

/** One side of a comparison. */
export type ComparedClient = ProvenProfile & {
  /** Which client of the capture it is; undefined for a profile. */
  readonly client: string | undefined;
  /** What has to be said of the capture besides, a sentence each. */
  readonly remarks: readonly string[];
};

/** What A or B names: a profile, or the client of a capture. `option` is how to pick one of several. */
export async function comparedClient(
  path: string,
  client: string | undefined,
  option: string,
  io: Io,
): Promise<ComparedClient> {
  const file = resolve(io.cwd, path);
  if (!['.yaml', '.yml'].includes(extname(path))) return captured(path, file, client, option, io);
  if (client !== undefined)
    throw new UsageError(`${option}: ${path} is a profile, which has one client`, `leave ${option} away`);
  return { profile: await readProfile(file), frames: new Map(), client: undefined, remarks: [] };
}

async function captured(
  path: string,
  file: string,
  wanted: string | undefined,
  option: string,
  io: Io,
): Promise<ComparedClient> {
  const builder = new StoryBuilder();
  const habits = new WireHabits();
  await using capture = await openCapture(file);
  for await (const batch of capture.batches()) {
    io.signal.throwIfAborted();
    builder.add(batch);
    for (const frame of batch.frames) habits.add(frame);
  }
  builder.finish();
  const summary = builder.summary();
  const remarks = captureRemarks(path, summary);

  const stories = builder.stories();
  const found =
    wanted === undefined
      ? likelyClients(stories, habits)
      : stories.filter(({ client }) => isCalled(client, wanted.toLowerCase()));
  const [story, ...more] = found;
  if (story === undefined) {
    const [remark] = remarks;
    if (summary.frames === 0 && remark !== undefined)
      throw new UsageError(remark, 'name a capture, or a profile (.yaml)');
    const which = wanted === undefined ? 'no client' : `no client ${wanted}`;
    const there = stories.length > 0 ? `there is: ${listed(stories)}` : emptyHint(path, summary.frames);
    throw new UsageError(`${which} in ${path}`, there);
  }
  if (more.length > 0)
    throw new UsageError(
      `${path} has ${found.length} clients: say which`,
      `${option} ID; there is: ${listed(found)}`,
    );
  const { id } = story.client;
  const proven = profileOf(story, habits.of(id));
  if (proven.frames.size === 0)
    throw new UsageError(
      `${path} has nothing that ${id} did`,
      'what it was told is not compared: capture both directions',
    );
  return { ...proven, client: id, remarks };
}

function emptyHint(path: string, frames: number): string {
  if (frames === 0) return 'it has no frames';
  const said = frames === 1 ? '1 frame' : `${frames.toLocaleString('en')} frames`;
  return `of its ${said} none is of a client that boots; pxebench explain ${path} tells what is there`;
}

/** Servers and other bystanders have a story too; who never asked for an address is a client only where nobody did. */
function likelyClients(stories: readonly Story[], habits: WireHabits): readonly Story[] {
  const asking = stories.filter(
    ({ client, events }) =>
      events.some(({ kind }) => kind === 'dhcp') ||
      habits.of(client.id).some(({ kind }) => kind === 'dhcpv6'),
  );
  return asking.length > 0 ? asking : stories;
}

function isCalled({ id, addresses }: Story['client'], name: string): boolean {
  return id.toLowerCase() === name || addresses.some((address) => address === name);
}

function listed(stories: readonly Story[]): string {
  const ids = stories.slice(0, LISTED).map(({ client }) => client.id);
  const more = stories.length - ids.length;
  return `${ids.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
