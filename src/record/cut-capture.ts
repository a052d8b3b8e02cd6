import { open } from 'node:fs/promises';
import { openCapture } from '../pcap/open-capture.ts';
import { PcapngWriter } from '../pcap/write-pcapng.ts';

/** Writes the frames of a capture up to a time as pcapng, and nothing of the machine that took it. Returns how many. */
export async function cutCapture(
  from: string,
  to: string,
  endNs: bigint,
  application: string,
): Promise<number> {
  await using capture = await openCapture(from);
  await using file = await open(to, 'w');
  const writer = new PcapngWriter();
  await file.write(writer.section({ application }));
  let frames = 0;
  for await (const item of capture.items()) {
    if (item.kind === 'interface') {
      const { linkType, snapLength, id, name = `interface${id}` } = item;
      await file.write(writer.interface({ linkType, snapLength, name }));
    } else if (item.kind === 'frame' && item.frame.timeNs <= endNs) {
      await file.write(writer.frame(item.frame));
      frames++;
    }
  }
  return frames;
}
