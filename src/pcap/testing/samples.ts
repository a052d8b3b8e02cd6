/** For tests: the crafted captures that most of them read. */
import { collectCapture, type WholeCapture } from '../read-capture.ts';
import { Craft, type Crafted, chunked, concat, crafted } from './crafted-capture.ts';

export const MICROSECONDS = 0xa1b2c3d4;
export const NANOSECONDS = 0xa1b23c4d;
export const MODIFIED = 0xa1b2cd34;

/** Payloads: of odd length, long, empty. */
export const one = Uint8Array.of(1, 2, 3, 4, 5);
export const two = Uint8Array.from({ length: 64 }, (_, i) => i);
export const three = Uint8Array.of();

export const read = (bytes: Uint8Array, chunkLength = 65_536): Promise<WholeCapture> =>
  collectCapture(chunked(bytes, chunkLength));

export const BOTH = [
  { order: 'little', little: true },
  { order: 'big', little: false },
] as const;

export function classicSample(little: boolean, magic: number): Crafted {
  const c = new Craft(little);
  const extra = magic === MODIFIED ? { extra: Uint8Array.of(9, 9, 9, 9, 9, 9, 9, 9) } : {};
  return crafted(
    c.fileHeader(magic),
    c.packet(1_700_000_000, 123_456, one, { original: 1514, ...extra }),
    c.packet(1_700_000_000, 999_999, two, extra),
    c.packet(4_294_967_295, 0, three, extra),
  );
}

/** Two sections of either byte order, three interfaces, every kind of block that is read, some that are not. */
export function pcapngSample(little: boolean): Crafted {
  const c = new Craft(little);
  const d = new Craft(!little);
  const ns = Uint8Array.of(9);
  return crafted(
    c.section(c.option(4, 'crafted'), c.option(1, 'all of it'), c.option(0, '')),
    c.interface(1, 65_535, c.option(2, 'eth0'), c.option(3, 'the first'), c.option(0, '')),
    c.interface(113, 0, c.option(9, ns)),
    c.block('block of type 4', 4, concat(c.u16(0), c.u16(0))),
    c.enhancedPacket(0, 1_700_000_000_123_456n, one, 1514),
    c.block('block of type 10', 10, concat(c.u32(0x544c534b), c.u32(4), c.u32(0))),
    c.enhancedPacket(
      1,
      1_700_000_000_123_456_789n,
      two,
      64,
      c.option(1, 'hello'),
      c.option(2, c.u32(1)),
      c.option(1, 'wörld'),
      c.option(0, ''),
    ),
    c.obsoletePacket(1, 7, 1_700_000_001_000_000_001n, one),
    c.simplePacket(two),
    c.block(
      'interface statistics block',
      5,
      concat(c.u32(1), c.u32(0), c.u32(5), c.option(4, c.u64(10n)), c.option(5, c.u64(3n))),
    ),
    c.block('block of type 2989', 0xbad, concat(c.u32(32_473), c.u32(1))),
    c.block('block of type 1073744813', 0x40000bad, concat(c.u32(32_473), c.u32(1))),
    c.block('block of type 9', 9, Buffer.from('__REALTIME_TIMESTAMP=1\n\n')),
    d.section(),
    d.interface(6, 32),
    d.enhancedPacket(0, 1_700_000_002_000_000n, three),
    d.block('simple packet block', 3, concat(d.u32(1000), two.subarray(0, 32))),
  );
}

/** Which of these blocks, counted from 0, hold nothing that is yielded. */
export const PCAPNG_SILENT_BLOCKS = [3, 5, 10, 11, 12];
