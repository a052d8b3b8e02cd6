import { globSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import pcapParser, { type ParsedPacket } from 'pcap-parser';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { openCapture } from './open-capture.ts';
import { epoch, hasTshark, NEEDS_TSHARK, tsharkFields } from './testing/tshark.ts';

const folder = fileURLToPath(new URL('../../captures/', import.meta.url));
const captures = globSync('**/*.{pcap,pcapng,pcap.gz,pcapng.gz}', { cwd: folder }).sort();
const descriptions = globSync('**/*.yaml', { cwd: folder })
  .filter((file) => !file.endsWith('.profile.yaml'))
  .sort();

const text = z.string().min(1);
/** What captures/README.md asks of the .yaml beside each capture. */
const description = z.strictObject({
  source: z.union([
    z.strictObject({ repository: text, path: text, commit: text, cut: text, note: text.optional() }),
    z.strictObject({ printed: text, chosen: text }),
    z.strictObject({ given: text, date: z.iso.date() }),
    z.strictObject({
      recorded: z.literal('here'),
      date: z.iso.date(),
      with: text,
      firmware: text,
      versions: text,
      server: text.optional(),
    }),
  ]),
  licence: text,
  client: text,
  holds: text,
  notable: z.array(text).min(1),
  frames: z.int().positive(),
});

const descriptionOf = (capture: string): string => capture.replace(/\.(pcap|pcapng)(\.gz)?$/, '.yaml');

type Row = {
  readonly number: number;
  readonly timeNs: bigint;
  readonly captured: number;
  readonly length: number;
};

async function ours(capture: string): Promise<readonly Row[]> {
  await using file = await openCapture(folder + capture);
  const rows: Row[] = [];
  for await (const { frames, ending } of file.batches()) {
    for (const { number, timeNs, bytes, originalLength } of frames) {
      rows.push({ number, timeNs, captured: bytes.length, length: originalLength });
    }
    if (ending !== undefined) expect(ending).toMatchObject({ kind: 'complete', frames: rows.length });
  }
  return rows;
}

/** What pcap-parser reads: classic, microseconds, either byte order. */
const microsecondPcaps = captures.filter((capture) => {
  const magic = readFileSync(folder + capture).toString('hex', 0, 4);
  return ['a1b2c3d4', 'd4c3b2a1'].includes(magic);
});

describe('captures/', () => {
  it('holds captures, each with its .yaml, and no .yaml without a capture', () => {
    expect(captures.length).toBeGreaterThanOrEqual(29);
    expect(microsecondPcaps.length).toBeGreaterThanOrEqual(22);
    expect(descriptions).toEqual(captures.map(descriptionOf).sort());
  });
});

describe.each(captures)('captures/%s', (capture) => {
  it('says in its .yaml where it is from, what it holds and how many frames it has', async () => {
    const said = description.parse(parse(await readFile(folder + descriptionOf(capture), 'utf8')));

    expect(await ours(capture)).toHaveLength(said.frames);
  });

  it.skipIf(!hasTshark)(`is read as tshark reads it ${NEEDS_TSHARK}`, async () => {
    const fields = ['frame.number', 'frame.time_epoch', 'frame.cap_len', 'frame.len'];

    expect(
      (await ours(capture)).map((row) => [
        String(row.number),
        epoch(row.timeNs),
        String(row.captured),
        String(row.length),
      ]),
    ).toEqual(await tsharkFields(folder + capture, fields));
  });
});

describe.each(microsecondPcaps)('captures/%s, classic pcap in microseconds', (capture) => {
  it('is read as pcap-parser reads it', async () => {
    const theirs = await new Promise<Row[]>((resolve, reject) => {
      const rows: Row[] = [];
      pcapParser
        .parse(folder + capture)
        .on('packet', ({ header, data }: ParsedPacket) => {
          const us = BigInt(header.timestampSeconds) * 1_000_000n + BigInt(header.timestampMicroseconds);
          rows.push({
            number: rows.length + 1,
            timeNs: us * 1000n,
            captured: data.length,
            length: header.originalLength,
          });
        })
        .on('error', reject)
        .on('end', () => resolve(rows));
    });

    expect(await ours(capture)).toEqual(theirs);
  });
});
