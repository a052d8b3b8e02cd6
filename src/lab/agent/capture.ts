import { interfaceName } from '../../os/interface-name.ts';
import type { CapturedFrame, PacketRing } from '../../os/packet-ring.ts';
import { LINKTYPE } from '../../pcap/link-type.ts';
import { PcapngWriter } from '../../pcap/write-pcapng.ts';
import type { CaptureStatistics } from './protocol.ts';

/** Where the capture goes: a stream that says how much it still holds. */
export type CaptureOutput = {
  readonly write: (bytes: Uint8Array) => unknown;
  readonly writableLength: number;
  readonly once: (event: 'drain', listener: () => void) => unknown;
};

export interface Capture {
  /** Takes what is left in the ring, ends the file, and says what the capture is worth. Nothing is written later. */
  readonly stop: () => { readonly statistics: CaptureStatistics; readonly octets: number };
}

/** A turn of the event loop: DNS and router solicitations are answered in between. */
const FRAMES_A_TURN = 512;
/** More than that waits in the kernel's ring, and when that is full, frames are lost and counted. */
const WAITING_OCTETS = 64 * 1024 * 1024;

const UNFINISHED = 'pxebench: UDP or TCP checksum left unfinished by the sending kernel (offload)';

/**
 * Writes what the ring sees as pcapng, as it comes. Every port of the bridge is an interface of the file. A frame is
 * taken where it enters the bridge, before the bridge passes it on: so it is there once, and no answer stands before
 * its question. (Taken from the bridge itself, it would be copied after it was passed on.)
 */
export function startCapture(ring: PacketRing, output: CaptureOutput): Capture {
  const writer = new PcapngWriter();
  const interfaceIds = new Map<number, number>();
  let octets = 0;
  let frames = 0;
  let cut = 0;
  let unfinishedChecksums = 0;
  let blocks: Uint8Array[] = [];

  const put = (block: Uint8Array): void => {
    octets += block.length;
    blocks.push(block);
  };
  const flush = (): void => {
    if (blocks.length > 0) output.write(Buffer.concat(blocks));
    blocks = [];
  };
  const interfaceId = (index: number): number => {
    const known = interfaceIds.get(index);
    if (known !== undefined) return known;
    const id = interfaceIds.size;
    interfaceIds.set(index, id);
    put(writer.interface({ linkType: LINKTYPE.ethernet, name: interfaceName(index) ?? `gone-${index}` }));
    return id;
  };
  const take = (frame: CapturedFrame): void => {
    frames++;
    if (frame.originalLength > frame.bytes.length) cut++;
    if (frame.checksumUnfinished) unfinishedChecksums++;
    put(
      writer.frame({
        timeNs: frame.timeNs,
        interfaceId: interfaceId(frame.interfaceIndex),
        bytes: frame.bytes,
        originalLength: frame.originalLength,
        ...(frame.checksumUnfinished ? { comments: [UNFINISHED] } : {}),
      }),
    );
  };
  const drain = (): void => {
    ring.drain(take, FRAMES_A_TURN);
    flush();
    if (output.writableLength > WAITING_OCTETS) {
      ring.onReadable(undefined);
      output.once('drain', () => ring.onReadable(drain));
    }
  };

  put(writer.section({ application: 'pxebench' }));
  flush();
  ring.onReadable(drain);

  return {
    stop: () => {
      ring.drain(take);
      const { dropped } = ring.statistics();
      const timeNs = BigInt(Date.now()) * 1_000_000n;
      // The kernel counts for all interfaces together; the file wants it for one.
      if (interfaceIds.size > 0) {
        put(
          writer.statistics({
            interfaceId: 0,
            timeNs,
            received: BigInt(frames + dropped),
            dropped: BigInt(dropped),
          }),
        );
      }
      flush();
      ring[Symbol.dispose]();
      return { statistics: { frames, dropped, cut, unfinishedChecksums }, octets };
    },
  };
}
