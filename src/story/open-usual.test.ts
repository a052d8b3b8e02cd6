import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Frame } from '../pcap/frame.ts';
import { LINKTYPE } from '../pcap/link-type.ts';
import { fromHex } from '../wire/bytes.ts';
import { openUsual } from './open-usual.ts';
import { openAny } from './packet.ts';

const ETHERNET = fromHex('001234567890 525400123456 0800');
const IPV4 = fromHex('45 00 0000 1234 4000 40 11 0000 0abc000a 0abc0042');

function frameOf(bytes: Uint8Array, linkType: number = LINKTYPE.ethernet): Frame {
  return { number: 1, timeNs: 7n, interfaceId: 0, linkType, bytes, originalLength: bytes.length };
}

/** UDP and TCP in IPv4 on Ethernet, near enough: every field that decides may be anything, most often what it should be. */
const frames = fc
  .record({
    first: fc.oneof({ weight: 20, arbitrary: fc.constant(0x45) }, fc.nat(255)),
    etherType: fc.oneof({ weight: 20, arbitrary: fc.constant(0x0800) }, fc.constantFrom(0x8100, 0x86dd, 46)),
    fragment: fc.oneof({ weight: 20, arbitrary: fc.constantFrom(0, 0x4000) }, fc.nat(0xffff)),
    protocol: fc.oneof({ weight: 20, arbitrary: fc.constantFrom(6, 17) }, fc.nat(255)),
    lacks: fc.oneof({ weight: 20, arbitrary: fc.constant(0) }, fc.integer({ min: -20, max: 20 })),
    udpLength: fc.option(fc.nat(60)),
    dataOffset: fc.oneof({ weight: 20, arbitrary: fc.constant(0x50) }, fc.nat(255)),
    payload: fc.uint8Array({ minLength: 8, maxLength: 60 }),
    padding: fc.uint8Array({ maxLength: 20 }),
    cut: fc.oneof({ weight: 20, arbitrary: fc.constant(0) }, fc.nat(60)),
    linkType: fc.oneof({ weight: 20, arbitrary: fc.constant(1) }, fc.constantFrom(0, 101, 113, 4711)),
  })
  .map((fields) => {
    const bytes = Uint8Array.of(...ETHERNET, ...IPV4, ...fields.payload, ...fields.padding);
    const view = new DataView(bytes.buffer);
    view.setUint16(12, fields.etherType);
    bytes[14] = fields.first;
    view.setUint16(16, Math.max(0, 20 + fields.payload.length + fields.lacks));
    view.setUint16(20, fields.fragment);
    bytes[23] = fields.protocol;
    if (fields.payload.length >= 6 && fields.protocol === 17)
      view.setUint16(38, fields.udpLength ?? fields.payload.length);
    if (fields.payload.length > 12 && fields.protocol === 6) bytes[46] = fields.dataOffset;
    return frameOf(bytes.subarray(0, bytes.length - Math.min(fields.cut, bytes.length)), fields.linkType);
  });

describe('openUsual', () => {
  it('opens what it opens as packet.ts does step by step', () => {
    let opened = 0;
    fc.assert(
      fc.property(frames, (frame) => {
        const packet = openUsual(frame);
        if (packet === undefined) return;
        opened++;
        expect({ kind: 'packet', packet }).toEqual(openAny(frame));
      }),
      { numRuns: 2_000 },
    );
    expect(opened).toBeGreaterThan(100);
  });

  it('opens a datagram, its padding left out', () => {
    const bytes = Uint8Array.of(
      ...ETHERNET,
      ...IPV4,
      ...fromHex('0835 0045 000a 0000 aabb'),
      ...new Uint8Array(16),
    );
    bytes[17] = 30;

    expect(openUsual(frameOf(bytes))).toMatchObject({
      source: '10.188.0.10',
      destination: '10.188.0.66',
      transport: { kind: 'udp', udp: { sourcePort: 2101, destinationPort: 69, payload: fromHex('aabb') } },
    });
  });

  it.each([
    ['a tag', 12, '8100'],
    ['IPv4 options', 14, '46'],
    ['a fragment', 20, '2000'],
    ['another protocol', 23, '01'],
    ['a length beyond what was captured', 16, '0100'],
  ])('leaves a frame with %s to packet.ts', (_, at, hex) => {
    const bytes = Uint8Array.of(...ETHERNET, ...IPV4, ...fromHex('0835 0045 000a 0000 aabb'));
    bytes[17] = 30;
    bytes.set(fromHex(hex), at);

    expect(openUsual(frameOf(bytes))).toBeUndefined();
  });
});
