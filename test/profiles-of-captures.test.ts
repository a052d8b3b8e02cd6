/** Profiles of all captures: what must change no fact, and what must not stand in one. */
import { createReadStream, globSync } from 'node:fs';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Frame } from '../src/pcap/frame.ts';
import { LINKTYPE } from '../src/pcap/link-type.ts';
import { collectCapture } from '../src/pcap/read-capture.ts';
import { compareProfiles } from '../src/profile/compare-profiles.ts';
import { type ClientProfile, profileSchema } from '../src/profile/profile.ts';
import { profileOf } from '../src/profile/profile-of.ts';
import { WireHabits } from '../src/profile/wire-habits.ts';
import { scrubCapture } from '../src/scrub/scrub-capture.ts';
import type { Story, StoryEvent } from '../src/story/event.ts';
import { StoryBuilder } from '../src/story/story-builder.ts';

const OURS = resolve(import.meta.dirname, '..', 'captures');
/** Public captures without a licence stay there: tested where they are present. */
const SHARED = resolve(import.meta.dirname, '..', '..', 'shared', 'captures');
const captures = [OURS, SHARED]
  .flatMap((folder) => globSync('**/*.{pcap,pcapng}', { cwd: folder }).map((path) => join(folder, path)))
  .sort();
/** Of a client that asks for one name only. That of a bystander may be empty. */
const FACTS_OF_A_CLIENT = 8;

type Client = { readonly story: Story; readonly profile: ClientProfile };

function clientsOf(frames: readonly Frame[]): readonly Client[] {
  const builder = new StoryBuilder();
  const habits = new WireHabits();
  builder.add({ frames, notes: [] });
  for (const frame of frames) habits.add(frame);
  builder.finish();
  return builder
    .stories()
    .map((story) => ({ story, profile: profileOf(story, habits.of(story.client.id)).profile }));
}

const profilesOf = (frames: readonly Frame[]): readonly ClientProfile[] =>
  clientsOf(frames).map(({ profile }) => profile);

/** Addresses and names of a client and of those it spoke with, as they may be written. */
function identities({ client, events }: Story): readonly string[] {
  const macs = [client.mac ?? []].flat();
  const ips = events.flatMap((event) =>
    'server' in event ? [event.server.ip, 'client' in event ? event.client.ip : []].flat() : [],
  );
  const names = events.flatMap((event) =>
    event.kind === 'dns'
      ? [event.name]
      : event.kind === 'http'
        ? [event.target, ...event.headers.filter(([name]) => name === 'Host').map(([, value]) => value)]
        : event.kind === 'tftp'
          ? [event.file]
          : event.kind === 'iscsi'
            ? [event.initiator ?? [], event.target ?? []].flat()
            : [],
  );
  return [
    ...macs.flatMap((mac) => [mac, mac.replaceAll(':', '-'), mac.replaceAll(':', '')]),
    ...client.addresses,
    ...ips,
    ...names,
    ...[client.uuid ?? []].flat().flatMap((uuid) => [uuid, uuid.replaceAll('-', '')]),
  ].filter((identity) => identity.length > 3);
}

const isRelayed = (event: StoryEvent): boolean => event.kind === 'dhcpv6' && event.relayed;

it('finds captures', () => {
  expect(captures.length).toBeGreaterThanOrEqual(35);
});

describe.each(captures)('a profile of %s', (capture) => {
  let frames: readonly Frame[];
  let clients: readonly Client[];
  beforeAll(async () => {
    ({ frames } = await collectCapture(createReadStream(capture)));
    clients = clientsOf(frames);
  });

  it('is what its schema says', () => {
    for (const { profile } of clients) expect(profileSchema.safeParse(profile).error).toBeUndefined();
  });

  it('is the same as itself, and not empty', () => {
    const rows = clients.map(({ profile }) => compareProfiles(profile, profile));
    expect(rows.flat().filter(({ outcome }) => outcome !== 'same')).toEqual([]);
    // Of a client that a relay speaks for not one frame is its own.
    if (clients.some(({ story }) => !story.events.every(isRelayed)))
      expect(Math.max(...rows.map((one) => one.length))).toBeGreaterThanOrEqual(FACTS_OF_A_CLIENT);
  });

  it('is the same of the scrubbed capture, whatever the key, and of one at another time', () => {
    const keys = fc.uint8Array({ minLength: 16, maxLength: 16 });
    // In Token Ring a bit of the vendor's part says whether a route follows: without that part a frame is another one.
    const hideVendor = frames.every(({ linkType }) => linkType !== LINKTYPE.tokenRing);
    const begins = fc.bigInt({ min: 0n, max: 4_000_000_000_000_000_000n });
    fc.assert(
      fc.property(keys, begins, (key, beginNs) => {
        const scrubbed = scrubCapture(frames, { key, beginNs, hideVendor });
        expect(profilesOf(scrubbed.frames)).toEqual(clients.map(({ profile }) => profile));
      }),
      { numRuns: 3 },
    );
  });

  it('holds no address and no name of the client or of those it spoke with', () => {
    for (const { story, profile } of clients) {
      const text = JSON.stringify(profile).toLowerCase();
      expect(identities(story).filter((identity) => text.includes(identity.toLowerCase()))).toEqual([]);
    }
  });
});
