import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Frame } from '../pcap/frame.ts';
import { openCapture } from '../pcap/open-capture.ts';
import type { StoryEvent, TftpEvent } from './event.ts';
import { openFrame, type Packet } from './packet.ts';
import { PacketReader } from './packet-reader.ts';
import { StoryBuilder } from './story-builder.ts';
import { fragmented } from './testing/fragmented.ts';
import { TestWire } from './testing/wire.ts';

const CAPTURES = new URL('../../captures/', import.meta.url).pathname;
const BLOCK = 4096;
const FILE = new Uint8Array(2 * BLOCK + 100).map((_, i) => i % 251);

async function framesOf(path: string): Promise<readonly Frame[]> {
  await using file = await openCapture(path);
  const frames: Frame[] = [];
  for await (const batch of file.batches()) frames.push(...batch.frames);
  return frames;
}

/** The packets that come out, in order; with `finish`, those too that are not whole. */
function read(frames: readonly Frame[], finish = true, reader = new PacketReader()): readonly Packet[] {
  const packets: Packet[] = [];
  const take: Parameters<PacketReader['read']>[1] = (opened) => {
    if (opened.kind === 'packet') packets.push(opened.packet);
  };
  for (const frame of frames) reader.read(frame, take);
  if (finish) reader.finish(take);
  return packets;
}

function isLong(frame: Frame): boolean {
  const opened = openFrame(frame);
  if (opened.kind !== 'packet') return false;
  const { transport } = opened.packet;
  const octets =
    transport.kind === 'udp'
      ? transport.udp.length
      : transport.kind === 'tcp'
        ? transport.tcp.payload.length
        : 0;
  return octets > 100;
}

/** A file of three blocks read by TFTP with a large block size, each DATA packet longer than an Ethernet frame. */
function largeBlocks(): readonly Frame[] {
  const wire = new TestWire()
    .tftp('client', 2000, 69, {
      kind: 'rrq',
      file: 'large.bin',
      mode: 'octet',
      options: [{ name: 'blksize', value: `${BLOCK}` }],
    })
    .tftp('server', 2000, 3000, { kind: 'oack', options: [{ name: 'blksize', value: `${BLOCK}` }] })
    .tftp('client', 2000, 3000, { kind: 'ack', block: 0 as never });
  for (let block = 1; block <= 3; block++) {
    wire
      .tftp('server', 2000, 3000, {
        kind: 'data',
        block: block as never,
        data: FILE.subarray((block - 1) * BLOCK, block * BLOCK),
      })
      .tftp('client', 2000, 3000, { kind: 'ack', block: block as never });
  }
  return wire.frames;
}

function transferIn(frames: readonly Frame[]): TftpEvent {
  const builder = new StoryBuilder();
  builder.add({ frames, notes: [] });
  builder.finish();
  const event = builder.stories()[0]?.events.find(({ kind }: StoryEvent) => kind === 'tftp');
  if (event?.kind !== 'tftp') throw new Error('no transfer');
  return event;
}

/** Every frame of more than 1480 octets of IP payload in fragments of so many, as Ethernet carries it. */
function asOnEthernet(frames: readonly Frame[]): readonly Frame[] {
  return frames.flatMap((frame) =>
    frame.bytes.length > 1514 ? fragmented(frame, 1480, frame.number) : [frame],
  );
}

describe('PacketReader', () => {
  it.each(['lab/bios-ipxe-rom.pcap', 'public/uefi-ovmf-v6-stateful-retries.pcap'])(
    'puts together every packet of %s, its fragments in any order',
    async (capture) => {
      const whole = (await framesOf(CAPTURES + capture)).filter(isLong).slice(0, 200);
      expect(whole.length).toBeGreaterThan(3);
      const arrangement = fc.record({
        frame: fc.constantFrom(...whole),
        most: fc.integer({ min: 1, max: 30 }).map((eights) => 8 * eights),
        order: fc.infiniteStream(fc.nat()),
      });
      fc.assert(
        fc.property(arrangement, ({ frame, most, order }) => {
          const parts = [...fragmented(frame, most, 7)];
          const shuffled = parts.map((part) => [order.next().value, part] as const).sort(([a], [b]) => a - b);
          const [packet, ...more] = read(shuffled.map(([, part]) => part));
          const expected = read([frame])[0];
          expect(more).toEqual([]);
          const without = { frame: undefined, identification: 0, begins: 0, ends: 0 };
          expect({ ...packet, ...without }).toEqual({ ...expected, ...without });
        }),
      );
    },
  );

  it('reads a file whose TFTP blocks are longer than a frame, as if they were not in fragments', () => {
    const whole = transferIn(largeBlocks());
    const { frames } = { frames: asOnEthernet(largeBlocks()) };

    expect(frames.length).toBeGreaterThan(largeBlocks().length);
    expect(whole).toMatchObject({ outcome: 'complete', octets: FILE.length, sha256: expect.any(String) });
    expect(transferIn(frames)).toEqual(whole);
  });

  it('still tells the transfer where only first fragments came through, and knows no hash', () => {
    const frames = asOnEthernet(largeBlocks()).filter((frame) => {
      const opened = openFrame(frame);
      return opened.kind === 'packet' && (opened.packet.fragment?.offset ?? 0) === 0;
    });

    expect(transferIn(frames)).toMatchObject({
      outcome: 'complete',
      octets: FILE.length,
      sha256: undefined,
      retransmissions: 0,
    });
    const builder = new StoryBuilder();
    builder.add({ frames, notes: [] });
    builder.finish();
    expect(builder.summary().incomplete).toEqual({ packets: 2, firstFrame: 4 });
  });

  it('waits for fragments of one packet while those of another from the same sender come', () => {
    const [first, second] = largeBlocks().filter((frame) => frame.bytes.length > 1514);
    if (first === undefined || second === undefined) throw new Error('no long frames');
    const [a = [], b = []] = [fragmented(first, 1480, 1), fragmented(second, 1480, 2)];
    const mixed = a.flatMap((part, i) => [part, b[i] as Frame]);

    expect(read(mixed, false).map(({ frame }) => frame.number)).toEqual([first.number, second.number]);
  });

  it('gives up what waits after 30 s of the capture, and tells what is there', () => {
    const [long] = largeBlocks().filter((frame) => frame.bytes.length > 1514);
    const [other] = new TestWire().udp('client', 1, 2, new Uint8Array(8)).frames;
    if (long === undefined || other === undefined) throw new Error('no frames');
    const [head] = fragmented(long, 1480, 1);
    const bystander = other.bytes.slice();
    // Between two other addresses.
    bystander.set([10, 0, 0, 1, 10, 0, 0, 2], 26);
    const at = (seconds: bigint): Frame => ({
      ...other,
      bytes: bystander,
      timeNs: long.timeNs + seconds * 10n ** 9n,
    });

    expect(read([head as Frame, at(29n)], false)).toHaveLength(1);
    const packets = read([head as Frame, at(30n)], false);
    expect(packets).toHaveLength(2);
    expect(packets[0]).toMatchObject({ frame: { number: long.number }, missing: 0 });
    expect(packets[0]?.transport).toMatchObject({
      kind: 'udp',
      udp: { sourcePort: 3000, missing: 4108 - 1480 },
    });
  });

  it('tells a packet once that is seen at two interfaces', () => {
    const [long] = largeBlocks().filter((frame) => frame.bytes.length > 1514);
    if (long === undefined) throw new Error('no long frame');
    const reader = new PacketReader();
    const twice = fragmented(long, 1480, 1).flatMap((part) => [part, part]);

    expect(read(twice, true, reader)).toHaveLength(1);
    expect(reader.incomplete.packets).toBe(0);
  });

  it('stays within its limits, whatever fragments come', () => {
    const [long] = largeBlocks().filter((frame) => frame.bytes.length > 1514);
    if (long === undefined) throw new Error('no long frame');
    const limits = { packets: 5, octets: 20_000 };
    const reader = new PacketReader(limits);
    const take = (): void => {};
    const parts = Array.from({ length: 20 }, (_, id) => fragmented(long, 1024, id)).flat();
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...parts), { maxLength: 60 }), (frames) => {
        for (const frame of frames) {
          reader.read(frame, take);
          expect(reader.held.packets).toBeLessThanOrEqual(limits.packets);
          expect(reader.held.octets).toBeLessThanOrEqual(limits.octets);
        }
      }),
    );
    reader.finish(take);
    expect(reader.held).toEqual({ packets: 0, octets: 0 });
  });
});
