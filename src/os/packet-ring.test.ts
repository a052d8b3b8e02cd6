import { getuid } from 'node:process';
import { describe, expect, it } from 'vitest';
import { type CapturedFrame, openPacketRing, type PacketRing } from './packet-ring.ts';
import { interfaceIndex, openPacketSocket } from './packet-socket.ts';
import { cable } from './testing/cable.ts';

function drained(ring: PacketRing): CapturedFrame[] {
  const frames: CapturedFrame[] = [];
  ring.drain((frame) => frames.push({ ...frame, bytes: frame.bytes.slice() }));
  return frames;
}

const frame = (fill: number, length = 60): Uint8Array => new Uint8Array(length).fill(fill);

describe.skipIf(getuid?.() !== 0)('openPacketRing (needs root: run as root)', () => {
  it('holds a frame as it came in, with its interface and the time, and not as it went out', () => {
    using net = cable();
    using ring = net.inside(() => openPacketRing({ slots: 64 }));
    using left = net.inside(() => openPacketSocket('left', 'nothing'));
    const before = BigInt(Date.now()) * 1_000_000n;
    left.send(frame(3, 1514));

    const [only, ...more] = drained(ring);
    expect(more).toEqual([]);
    expect(only).toMatchObject({
      bytes: frame(3, 1514),
      originalLength: 1514,
      interfaceIndex: net.inside(() => interfaceIndex('right')),
      checksumUnfinished: false,
    });
    // Date.now() cuts off what is below a millisecond.
    expect(only?.timeNs).toBeGreaterThanOrEqual(before);
    expect(only?.timeNs).toBeLessThan(before + 1_000_000_000n);
  });

  it('tells the event loop that something waits', async () => {
    using net = cable();
    using ring = net.inside(() => openPacketRing({ slots: 64 }));
    using left = net.inside(() => openPacketSocket('left', 'nothing'));
    const readable = new Promise<void>((resolve) => ring.onReadable(resolve));
    left.send(frame(1));

    await readable;
    expect(drained(ring)).toHaveLength(1);
  });

  it('puts an 802.1Q tag back where it was on the wire', () => {
    using net = cable();
    using ring = net.inside(() => openPacketRing({ slots: 64 }));
    using left = net.inside(() => openPacketSocket('left', 'nothing'));
    const tagged = frame(4, 64);
    tagged.set([0x81, 0x00, 0x20, 0x05, 0x08, 0x06], 12);
    left.send(tagged);

    expect(drained(ring)).toMatchObject([{ bytes: tagged, originalLength: 64 }]);
  });

  it('says how long a frame was that did not fit its slot', () => {
    using net = cable();
    using ring = net.inside(() => openPacketRing({ slots: 64 }));
    using lo = net.inside(() => openPacketSocket('lo', 'nothing'));
    lo.send(frame(5, 9000));

    expect(drained(ring)).toMatchObject([{ bytes: frame(5, 2048 - 66), originalLength: 9000 }]);
  });

  it('goes round without losing or repeating a frame', () => {
    using net = cable();
    using ring = net.inside(() => openPacketRing({ slots: 64 }));
    using left = net.inside(() => openPacketSocket('left', 'nothing'));
    const seen: number[] = [];
    for (let round = 0; round < 10; round++) {
      for (let i = 0; i < 20; i++) left.send(frame(round * 20 + i));
      for (const { bytes } of drained(ring)) seen.push(bytes[0] ?? -1);
    }

    expect(seen).toEqual(Array.from({ length: 200 }, (_, i) => i));
    expect(ring.statistics()).toEqual({ received: 200, dropped: 0 });
  });

  it('counts what found no free slot', () => {
    using net = cable();
    using ring = net.inside(() => openPacketRing({ slots: 64 }));
    using left = net.inside(() => openPacketSocket('left', 'nothing'));
    for (let i = 0; i < 100; i++) left.send(frame(1));

    expect(drained(ring)).toHaveLength(64);
    expect(ring.statistics()).toEqual({ received: 100, dropped: 36 });
  });

  it('leaves out the interfaces it is told to', () => {
    using net = cable();
    using ring = net.inside(() => openPacketRing({ slots: 64 }));
    using left = net.inside(() => openPacketSocket('left', 'nothing'));
    using right = net.inside(() => openPacketSocket('right', 'nothing'));
    const [loopback, unwanted] = net.inside(() => [interfaceIndex('lo'), interfaceIndex('right')]);
    ring.leaveOut([loopback, unwanted]);
    left.send(frame(1));
    right.send(frame(2));

    expect(drained(ring)).toMatchObject([{ bytes: frame(2) }]);
  });

  it('is of no more use once it is closed, and does not touch memory that is gone', () => {
    using net = cable();
    const ring = net.inside(() => openPacketRing({ slots: 64 }));
    ring[Symbol.dispose]();
    ring[Symbol.dispose]();

    expect(drained(ring)).toEqual([]);
    expect(ring.statistics()).toEqual({ received: 0, dropped: 0 });
  });
});
