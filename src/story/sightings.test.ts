import { describe, expect, it } from 'vitest';
import type { Frame } from '../pcap/frame.ts';
import { StoryBuilder } from './story-builder.ts';
import { messageTypeOption } from './testing/message-type.ts';
import { RELINKS, relinked } from './testing/relink.ts';
import { TestWire } from './testing/wire.ts';

type Change = Partial<Pick<Frame, 'interfaceId'>> & {
  readonly laterNs?: bigint;
  readonly as?: keyof typeof RELINKS;
  readonly edit?: (bytes: Uint8Array) => void;
};

const IP_IDENTIFICATION = 18;
const TTL = 22;
const IP_CHECKSUM = 24;

/** Every frame as it is seen at one interface, and behind it as it is seen at another. */
function seenTwice(frames: readonly Frame[], change: Change, also: Change = {}): readonly Frame[] {
  return frames
    .flatMap((frame) => [changed(frame, also), changed(frame, change)])
    .map((frame, i) => ({ ...frame, number: i + 1 }));
}

function changed(frame: Frame, { as, edit, laterNs = 0n, ...fields }: Change): Frame {
  const bytes = frame.bytes.slice();
  edit?.(bytes);
  const made = { ...frame, ...fields, bytes, timeNs: frame.timeNs + laterNs };
  return as === undefined ? made : relinked(made, RELINKS[as]);
}

/** Kinds and frames of the events. */
function told(frames: readonly Frame[]): readonly (readonly [string, readonly number[]])[] {
  const builder = new StoryBuilder();
  builder.add({ frames, notes: [] });
  builder.finish();
  return builder.stories().flatMap(({ events }) => events.map(({ kind, frames: at }) => [kind, at] as const));
}

const wire = new TestWire()
  .dhcp('client', { xid: 1, options: [messageTypeOption('discover')] })
  .dhcp('server', { xid: 1, options: [messageTypeOption('offer')] });
const once = [
  ['dhcp', [1, 2]],
  ['dhcp', [3, 4]],
];
const twice = [
  ['dhcp', [1]],
  ['dhcp', [2]],
  ['dhcp', [3]],
  ['dhcp', [4]],
];
const later = 40_000n;

describe('Sightings', () => {
  it.each<readonly [string, Change, Change]>([
    ['at another interface', { interfaceId: 1, laterNs: later }, {}],
    ['with a VLAN tag at the trunk', { as: 'one VLAN tag', laterNs: later }, {}],
    [
      'on its way through a router',
      {
        interfaceId: 1,
        laterNs: later,
        edit: (bytes) => {
          bytes[TTL] = (bytes[TTL] as number) - 1;
          bytes[IP_CHECKSUM] = (bytes[IP_CHECKSUM] as number) + 1;
        },
      },
      {},
    ],
    ['with -i any, cooked', { as: 'Linux cooked', laterNs: later }, { as: 'Linux cooked' }],
    [
      'with -i any, cooked v2, at a bridge and its port',
      { as: 'Linux cooked v2, tagged', laterNs: later },
      { as: 'Linux cooked v2' },
    ],
  ])('tells a message that is seen %s once, with both frames', (_, change, also) => {
    expect(told(seenTwice(wire.frames, change, also))).toEqual(once);
  });

  it.each<readonly [string, Change]>([
    ['comes again at the same interface', { laterNs: later }],
    ['comes at another interface later', { interfaceId: 1, laterNs: 6_000_000n }],
    [
      'has another IP identification',
      { interfaceId: 1, laterNs: later, edit: (bytes) => bytes.set([0, 77], IP_IDENTIFICATION) },
    ],
    [
      'differs in its type alone',
      { interfaceId: 1, laterNs: later, edit: (bytes) => bytes.set([5], 14 + 20 + 8 + 242) },
    ],
  ])('tells a message that %s as another one', (_, change) => {
    expect(told(seenTwice(wire.frames, change))).toEqual(twice);
  });

  it('tells DNS, TFTP and connections of a capture of two interfaces once', () => {
    const data = new Uint8Array(512).fill(7);
    const boot = new TestWire()
      .udp(
        'client',
        2000,
        53,
        Buffer.from('000101000001000000000000 0161 00 0001 0001'.replaceAll(' ', ''), 'hex'),
      )
      .tftp('client', 2000, 69, { kind: 'rrq', file: 'a', mode: 'octet', options: [] })
      .tftp('server', 2000, 3000, { kind: 'data', block: 1 as never, data })
      .tftp('client', 2000, 3000, { kind: 'ack', block: 1 as never })
      .tftp('server', 2000, 3000, { kind: 'data', block: 2 as never, data: new Uint8Array(0) })
      .tftp('client', 2000, 3000, { kind: 'ack', block: 2 as never })
      .tcp('client', 80, 1000, 0, ['syn'])
      .tcp('server', 80, 0, 1001, ['rst', 'ack']);
    const builder = new StoryBuilder();
    builder.add({ frames: seenTwice(boot.frames, { interfaceId: 1, laterNs: later }), notes: [] });
    builder.finish();
    expect(builder.stories().flatMap(({ events }) => events)).toMatchObject([
      { kind: 'dns', frames: [1, 2] },
      { kind: 'tftp', outcome: 'complete', octets: 512, retransmissions: 0 },
      { kind: 'tcp', outcome: 'refused' },
    ]);
  });

  it('tells a question that is asked again, at the same interface, within one event', () => {
    const question = Buffer.from('00010100000100000000000001610000010001', 'hex');
    const asked = new TestWire().udp('client', 2000, 53, question).udp('client', 2000, 53, question);
    expect(told(asked.frames)).toEqual([['dns', [1, 2]]]);
  });

  it('does not take a datagram of which nothing is told for what came behind it', () => {
    const frames = new TestWire()
      .udp('client', 5000, 5001, new Uint8Array(40))
      .dhcp('client', { xid: 1, options: [messageTypeOption('discover')] }).frames;
    const [silent, message] = frames as [Frame, Frame];
    const again = { ...silent, number: 3, interfaceId: 1, timeNs: message.timeNs };

    expect(told([silent, message, again])).toEqual([['dhcp', [2]]]);
  });
});
