import { createReadStream, existsSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findingsOf } from '../src/findings/find.ts';
import type { Frame } from '../src/pcap/frame.ts';
import { collectCapture } from '../src/pcap/read-capture.ts';
import { ladderLine } from '../src/report/ladder.ts';
import type { Pseudonyms } from '../src/scrub/pseudonyms.ts';
import { scrubCapture } from '../src/scrub/scrub-capture.ts';
import type { Story, StoryEvent } from '../src/story/event.ts';
import { StoryBuilder } from '../src/story/story-builder.ts';

const KEY = new TextEncoder().encode('a key for tests');
const ROOT = resolve(import.meta.dirname, '..');
const folders = [join(ROOT, 'captures'), resolve(ROOT, '..', 'shared', 'captures')].filter((folder) =>
  existsSync(folder),
);
const found = (
  await Promise.all(folders.map((folder) => Array.fromAsync(glob(join(folder, '**/*.{pcap,pcapng}')))))
).flat();
/** Most are in both folders. */
const captures = [...new Map(found.toReversed().map((path) => [basename(path), path])).values()].sort();

function storiesOf(frames: readonly Frame[]): readonly Story[] {
  const builder = new StoryBuilder();
  builder.add({ frames, notes: [] });
  builder.finish();
  return builder.stories();
}

/** What a story is about, without whose it is. */
function shape(event: StoryEvent): unknown {
  const { kind, stage, timeNs, endNs, frames } = event;
  const base = { kind, stage, timeNs, endNs, frames };
  switch (event.kind) {
    case 'dhcp': {
      const { identity, message } = event;
      return {
        ...base,
        type: event.messageType,
        direction: event.direction,
        xid: message.xid,
        options: message.options.map(({ code, data, offset, area }) => [code, data.length, offset, area]),
        architectures: identity.architectures,
        vendorClass: identity.vendorClass?.text,
        isIpxe: identity.isIpxe,
      };
    }
    case 'tftp':
      return {
        ...base,
        outcome: event.outcome,
        octets: event.octets,
        requested: event.requested,
        acknowledged: event.acknowledged,
        hashed: event.sha256 !== undefined,
        retransmissions: event.retransmissions,
        error: event.error?.code,
        length: event.file.length,
      };
    case 'http': {
      const { response } = event;
      return {
        ...base,
        method: event.method,
        names: event.headers.map(([name]) => name),
        length: event.target.length,
        response:
          response === undefined
            ? undefined
            : [
                response.status,
                response.reason,
                response.octets,
                response.complete,
                response.headers.map(([name]) => name),
              ],
      };
    }
    case 'dns':
      return { ...base, type: event.type, rcode: event.answer?.rcode, records: event.answer?.records.length };
    case 'tcp':
      return { ...base, outcome: event.outcome, sent: event.sent, received: event.received };
    case 'router':
      return { ...base, what: event.what, lifetime: event.lifetime, prefixes: event.prefixes };
    case 'unreachable':
      return { ...base, code: event.code, port: event.about?.port };
    case 'unreadable':
      return { ...base, protocol: event.protocol, field: event.error.field, offset: event.error.offset };
    default:
      return base;
  }
}

/** Same files have the same hashes, as before. */
function sameContents(stories: readonly Story[]): readonly number[] {
  const hashes = stories.flatMap(({ events }) =>
    events.flatMap((event) => {
      const hash =
        event.kind === 'tftp' ? event.sha256 : event.kind === 'http' ? event.response?.sha256 : undefined;
      return hash === undefined ? [] : [hash];
    }),
  );
  return hashes.map((hash) => hashes.indexOf(hash));
}

/** Every address and UUID of a line as its pseudonym: told by the map alone, not by how the frames were changed. */
function translated(line: string, to: Pseudonyms): string {
  const given = new Map<string, string>([...to.macs.given, ...to.ipv4s.given, ...to.ipv6s.given]);
  const rootPath = (path: string): string =>
    path
      .split(':')
      .map((part) => given.get(part) ?? to.serials.get(part) ?? part)
      .join(':');
  return line
    .replace(/(?<=root path )\S+/g, rootPath)
    .replace(/[0-9a-f.:]{7,}/gi, (word) => given.get(word) ?? word);
}

/** What is wrong with a boot, by which frames; in words it is told of others. */
function proven(story: Story, endNs: bigint): unknown {
  return findingsOf(story, { endNs }).map(({ id, weight, frames }) => ({ id, weight, frames }));
}

const told = (story: Story): string => {
  const { id, addresses } = story.client;
  const lines = story.events
    .filter(({ kind }) => kind === 'dhcp' || kind === 'tcp' || kind === 'router' || kind === 'unreachable')
    .map((event) => ladderLine(event, 0n))
    // Boot files hold names, which the map tells label by label; user classes but iPXE's are an administrator's.
    .map(({ arrow, peer, text }) => {
      const plain = text.replace(/file [^,]+/, 'file').replace(/user class (?!iPXE)[^,]+/, 'user class');
      return `${arrow} ${peer} ${plain}`;
    });
  return [`${id} ${addresses.join(' ')}`, ...lines].join('\n');
};

describe.each(captures)('the stories of %s, scrubbed', (path) => {
  it('are those of the original, but for whose they are', async () => {
    const { frames } = await collectCapture(createReadStream(path));
    const scrubbed = scrubCapture(frames, { key: KEY });
    const [was, is] = [storiesOf(frames), storiesOf(scrubbed.frames)];

    expect(is.map(({ events }) => events.map(shape))).toEqual(was.map(({ events }) => events.map(shape)));
    expect(sameContents(is)).toEqual(sameContents(was));
    const endNs = frames.at(-1)?.timeNs ?? 0n;
    expect(is.map((story) => proven(story, endNs))).toEqual(was.map((story) => proven(story, endNs)));
    expect(is.map(told)).toEqual(was.map((story) => translated(told(story), scrubbed.pseudonyms)));
  });
});
