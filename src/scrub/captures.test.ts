import { createReadStream, existsSync } from 'node:fs';
import { glob, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Frame } from '../pcap/frame.ts';
import { collectCapture, type WholeCapture } from '../pcap/read-capture.ts';
import { hasTshark, NEEDS_TSHARK, tsharkFields } from '../pcap/testing/tshark.ts';
import { type Scrubbed, scrubCapture } from './scrub-capture.ts';
import { writeScrubbed } from './write-scrubbed.ts';

const KEY = new TextEncoder().encode('a key for tests');
const OURS = resolve(import.meta.dirname, '..', '..', 'captures');
/** Public captures without a licence stay there: tested where they are present. */
const SHARED = resolve(import.meta.dirname, '..', '..', '..', 'shared', 'captures');

const folders = [OURS, SHARED].filter((folder) => existsSync(folder));
const found = (
  await Promise.all(folders.map((folder) => Array.fromAsync(glob(join(folder, '**/*.{pcap,pcapng}')))))
).flat();
/** Most are in both folders. */
const captures = [...new Map(found.toReversed().map((path) => [basename(path), path])).values()].sort();

async function written(capture: WholeCapture, frames: readonly Frame[], path: string): Promise<void> {
  await writeFile(path, Buffer.concat([...writeScrubbed(capture.notes, frames, 'pxebench', 0n)]));
}

it('finds captures to scrub', () => {
  expect(captures.length).toBeGreaterThanOrEqual(29);
});

describe.each(captures)('%s, scrubbed', (path) => {
  let capture: WholeCapture;
  let scrubbed: Scrubbed;
  beforeAll(async () => {
    capture = await collectCapture(createReadStream(path));
    scrubbed = scrubCapture(capture.frames, { key: KEY });
  });

  it('has the same frames at the same times, and nothing left of what was known', () => {
    const shape = ({ number, timeNs, bytes, originalLength, linkType }: Frame) => [
      number,
      timeNs,
      bytes.length,
      originalLength,
      linkType,
    ];
    expect(scrubbed.frames.map(shape)).toEqual(capture.frames.map(shape));
    expect(scrubbed.leftovers).toEqual([]);
  });

  it('is the same, octet for octet, with the same key', () => {
    const again = scrubCapture(capture.frames, { key: KEY });
    expect(again.frames.map(({ bytes }) => Buffer.from(bytes).toString('hex'))).toEqual(
      scrubbed.frames.map(({ bytes }) => Buffer.from(bytes).toString('hex')),
    );
  });

  it.skipIf(!hasTshark)(
    `has the same protocols for tshark, and the same checksums right and wrong ${NEEDS_TSHARK}`,
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'pxebench-scrub-'));
      try {
        // Both written by us: names of interfaces and the like are no difference then.
        const [before, after] = [join(folder, 'before.pcapng'), join(folder, 'after.pcapng')];
        await written(capture, capture.frames, before);
        await written(capture, scrubbed.frames, after);
        const fields = [
          'frame.number',
          'frame.protocols',
          'ip.checksum.status',
          'udp.checksum.status',
          'tcp.checksum.status',
          'icmp.checksum.status',
          'icmpv6.checksum.status',
        ];
        const [was, is] = await Promise.all(
          [before, after].map((file) => tsharkFields(file, fields, CHECKED)),
        );
        const blanked = [...scrubbed.blanked.keys()];
        const isOpaque = blanked.some((protocol) => protocol.startsWith('link type'));
        const told = (rows: readonly (readonly string[])[] | undefined) =>
          rows?.map((row) => {
            if (isOpaque) return row.slice(0, 1);
            return blanked.length > 0 ? [row[0], ...row.slice(2)] : row.map(withoutContents);
          });
        expect(told(is)).toEqual(told(was));
      } finally {
        await rm(folder, { recursive: true });
      }
    },
  );
});

/** By default tshark judges no checksum but ICMP's. */
const CHECKED = ['ip.check_checksum', 'udp.check_checksum', 'tcp.check_checksum'].flatMap((name) => [
  '-o',
  `${name}:TRUE`,
]);

/** What tshark takes a file for that HTTP carried (text, a picture) is not what it takes its blanked octets for. */
function withoutContents(field: string): string {
  return field.replace(/(:http)(:.*)?$/, '$1');
}
