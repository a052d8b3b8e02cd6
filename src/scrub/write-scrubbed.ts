import type { CaptureNote } from '../pcap/capture-item.ts';
import type { Frame } from '../pcap/frame.ts';
import { PcapngWriter } from '../pcap/write-pcapng.ts';

/**
 * The file: pcapng, whatever came in. Of what described the capture only what is needed to read it stays: link types, snap
 * lengths, counts of lost frames. Names of interfaces, machines and programs, and comments, are gone.
 */
export function* writeScrubbed(
  notes: readonly CaptureNote[],
  frames: readonly Frame[],
  application: string,
  shiftNs: bigint,
): Generator<Uint8Array> {
  const writer = new PcapngWriter();
  yield writer.section({ application });
  for (const note of notes) {
    if (note.kind !== 'interface') continue;
    const { id, linkType, snapLength } = note;
    yield writer.interface({ linkType, name: `interface${id}`, snapLength });
  }
  for (const frame of frames) {
    const { timeNs, interfaceId, bytes, originalLength, direction } = frame;
    yield writer.frame({
      timeNs,
      interfaceId,
      bytes,
      originalLength,
      ...(direction === undefined ? {} : { direction }),
    });
  }
  for (const note of notes) {
    if (note.kind !== 'statistics') continue;
    const { interfaceId, timeNs, received, dropped } = note;
    yield writer.statistics({
      interfaceId,
      timeNs: timeNs + shiftNs,
      ...(received === undefined ? {} : { received }),
      ...(dropped === undefined ? {} : { dropped }),
    });
  }
}
