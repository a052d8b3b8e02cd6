import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PLACES } from '../../src/cli/places.ts';
import { openCapture } from '../../src/pcap/open-capture.ts';
import { openFrame } from '../../src/story/packet.ts';

/** Captures are long: the first frames of each hold every kind of message there is. */
const FRAMES_OF_EACH = 400;
const MAX_SEEDS = 200;

/** Payloads that real clients sent to a port: out of every capture of the project, each once. */
export async function seedsFor(transport: 'udp' | 'tcp', port: number): Promise<readonly Uint8Array[]> {
  const found = new Map<string, Uint8Array>();
  for (const folder of ['lab', 'public']) {
    const captures = join(PLACES.captures, folder);
    for (const name of await readdir(captures)) {
      if (!/\.pcap(ng)?$/.test(name) || found.size >= MAX_SEEDS) continue;
      for (const payload of await payloadsIn(join(captures, name), transport, port)) {
        found.set(Buffer.from(payload).toString('latin1'), payload);
      }
    }
  }
  return [...found.values()].slice(0, MAX_SEEDS);
}

async function payloadsIn(
  file: string,
  transport: 'udp' | 'tcp',
  port: number,
): Promise<readonly Uint8Array[]> {
  const payloads: Uint8Array[] = [];
  await using capture = await openCapture(file);
  let seen = 0;
  for await (const { frames } of capture.batches()) {
    for (const frame of frames) {
      if (seen++ >= FRAMES_OF_EACH) return payloads;
      const opened = openFrame(frame);
      if (opened.kind !== 'packet') continue;
      const { transport: carried } = opened.packet;
      const segment = carried.kind === 'udp' ? carried.udp : carried.kind === 'tcp' ? carried.tcp : undefined;
      if (carried.kind !== transport || segment?.destinationPort !== port) continue;
      if (segment.payload.length > 0) payloads.push(segment.payload.slice());
    }
  }
  return payloads;
}
