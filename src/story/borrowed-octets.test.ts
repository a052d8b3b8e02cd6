import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { CaptureParser } from '../pcap/capture-parser.ts';
import { StoryBuilder } from './story-builder.ts';

const folder = fileURLToPath(new URL('../../captures/', import.meta.url));
const captures = globSync('**/*.{pcap,pcapng,pcap.gz,pcapng.gz}', { cwd: folder }).sort();
/** So small that most conversations go over many. */
const CHUNK_LENGTH = 8_192;

/** Reads the file chunk by chunk, and writes over each when the builder has had its frames. */
function readBorrowed(bytes: Uint8Array): StoryBuilder {
  const parser = new CaptureParser();
  const builder = new StoryBuilder();
  for (let at = 0; at < bytes.length; at += CHUNK_LENGTH) {
    const chunk = bytes.slice(at, at + CHUNK_LENGTH);
    const batch = parser.push(chunk);
    builder.add(batch);
    for (const frame of batch.frames) frame.bytes.fill(0xa5);
    chunk.fill(0x5a);
  }
  builder.add(parser.end());
  builder.finish();
  return builder;
}

/** The getters of a DHCP event, too. */
function told(builder: StoryBuilder): unknown {
  return builder.stories().map((story) => ({
    ...story,
    events: story.events.map((event) =>
      event.kind === 'dhcp' ? { ...event, message: event.message, identity: event.identity } : event,
    ),
  }));
}

describe('StoryBuilder', () => {
  it.each(captures)('keeps nothing of the octets it was given: captures/%s', (capture) => {
    const packed = readFileSync(folder + capture);
    const bytes = new Uint8Array(capture.endsWith('.gz') ? gunzipSync(packed) : packed);
    const parser = new CaptureParser();
    const whole = new StoryBuilder();
    whole.add(parser.push(bytes));
    whole.add(parser.end());
    whole.finish();

    const borrowed = readBorrowed(bytes);

    expect(borrowed.summary()).toEqual(whole.summary());
    expect(told(borrowed)).toEqual(told(whole));
  });
});
