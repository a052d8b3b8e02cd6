import { extname, resolve } from 'node:path';
import { loadYamlFile } from '../config/yaml-file.ts';
import { openCapture } from '../pcap/open-capture.ts';
import { profileSchema } from '../profile/profile.ts';
import { type ProvenProfile, profileOf } from '../profile/profile-of.ts';
import { WireHabits } from '../profile/wire-habits.ts';
import { StoryBuilder } from '../story/story-builder.ts';
import { type Io, UsageError } from './command.ts';

const LISTED = 20;

/** What A or B names: a profile, or the client of a capture. `option` is how to pick one of several. */
export async function comparedClient(
  path: string,
  client: string | undefined,
  option: string,
  io: Io,
): Promise<ProvenProfile> {
  const file = resolve(io.cwd, path);
  if (!['.yaml', '.yml'].includes(extname(path))) return captured(path, file, client, option, io);
  if (client !== undefined)
    throw new UsageError(`${option}: ${path} is a profile, which has one client`, `leave ${option} away`);
  const { value } = await loadYamlFile(file, profileSchema);
  return { profile: value, frames: new Map() };
}

async function captured(
  path: string,
  file: string,
  client: string | undefined,
  option: string,
  io: Io,
): Promise<ProvenProfile> {
  const builder = new StoryBuilder();
  const habits = new WireHabits();
  await using capture = await openCapture(file);
  for await (const batch of capture.batches()) {
    io.signal.throwIfAborted();
    builder.add(batch);
    for (const frame of batch.frames) habits.add(frame);
  }
  builder.finish();
  const { ending } = builder.summary();
  if (ending?.kind === 'cut-off') io.err(`${io.paintErr('yellow', 'note:')} ${path}: ${ending.message}\n`);

  const stories = builder.stories();
  const wanted = client?.toLowerCase();
  // Servers and other bystanders have a story too; who never asked for an address is one only if it is named.
  const asking = stories.filter(({ events }) => events.some(({ kind }) => kind === 'dhcp'));
  const found =
    wanted === undefined
      ? asking.length > 0
        ? asking
        : stories
      : stories.filter(
          ({ client: { id, addresses } }) =>
            id.toLowerCase() === wanted || addresses.some((address) => address === wanted),
        );
  const [story, ...more] = found;
  const ids = (wanted === undefined && found.length > 0 ? found : stories).map((one) => one.client.id);
  const known = `there is: ${ids.slice(0, LISTED).join(', ') || 'none'}`;
  if (story === undefined)
    throw new UsageError(
      wanted === undefined ? `no client in ${path}` : `no client ${wanted} in ${path}`,
      known,
    );
  if (more.length > 0)
    throw new UsageError(`${path} has ${found.length} clients: say which`, `${option} ID; ${known}`);
  return profileOf(story, habits.of(story.client.id));
}
