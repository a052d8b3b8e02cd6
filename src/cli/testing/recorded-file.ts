import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Frame } from '../../pcap/frame.ts';
import { LINKTYPE } from '../../pcap/link-type.ts';
import { PcapngWriter } from '../../pcap/write-pcapng.ts';

/** A capture file of these frames, for as long as the test runs. */
export async function recordedFile(frames: readonly Frame[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pxebench-recorded-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const writer = new PcapngWriter();
  const path = join(folder, 'made.pcapng');
  const blocks = [
    writer.section({ application: 'a test' }),
    writer.interface({ linkType: LINKTYPE.ethernet, name: 'eth0' }),
    ...frames.map((frame) => writer.frame(frame)),
  ];
  await writeFile(path, Buffer.concat(blocks));
  return path;
}
