import { describe, expect, it } from 'vitest';
import { StoryBuilder } from './story-builder.ts';
import { TestWire } from './testing/wire.ts';

/** Opened, four octets there, five back, and closed by both sides. */
function closed(): TestWire {
  return new TestWire()
    .tcp('client', 3260, 100, 0, ['syn'])
    .tcp('server', 3260, 500, 101, ['syn', 'ack'])
    .tcp('client', 3260, 101, 501, ['ack', 'psh'], '\x43\x87\0\0')
    .tcp('server', 3260, 501, 105, ['ack', 'psh'], '\x23\x87\0\0\0')
    .tcp('server', 3260, 506, 105, ['fin', 'ack'])
    .tcp('client', 3260, 105, 507, ['fin', 'ack']);
}

const TOLD = { kind: 'tcp', outcome: 'closed', sent: 4, received: 5 };

describe('TcpConversations', () => {
  it('takes what comes behind the end of a connection for repeated, whoever sends it', () => {
    const wire = closed()
      .tcp('server', 3260, 507, 106, ['ack'])
      .tcp('client', 3260, 105, 507, ['fin', 'ack'])
      .tcp('server', 3260, 506, 106, ['fin', 'ack'])
      .tcp('client', 3260, 100, 0, ['syn']);
    expect(wire.story().events).toMatchObject([TOLD]);
  });

  it('tells another connection on the same ports by the number of its SYN', () => {
    const wire = closed()
      .tcp('client', 3260, 9_000, 0, ['syn'])
      .tcp('server', 3260, 700, 9_001, ['syn', 'ack'])
      .tcp('client', 3260, 9_001, 701, ['ack', 'psh'], '\x43');
    expect(wire.story().events).toMatchObject([
      TOLD,
      { kind: 'tcp', outcome: 'open', sent: 1, frames: [7, 9] },
    ]);
  });

  it('gives up a hole when too much waits behind the holes of all connections', () => {
    const wire = new TestWire();
    const piece = 'x'.repeat(50_000);
    const connections = 20;
    for (let port = 5_000; port < 5_000 + connections; port++) {
      wire.tcp('client', port, 100, 0, ['syn']).tcp('server', port, 500, 101, ['syn', 'ack']);
      // Ten octets are missing, and nobody acknowledges them.
      for (let n = 0; n < 20; n++) wire.tcp('server', port, 511 + n * piece.length, 101, ['ack'], piece);
    }
    const builder = new StoryBuilder();
    builder.add({ frames: wire.frames, notes: [] });
    const received = builder
      .stories()
      .flatMap(({ events }) => events.map((event) => (event.kind === 'tcp' ? event.received : 0)));
    expect(received.some((octets) => octets > 0)).toBe(true);
    builder.finish();
    const events = builder.stories().flatMap((story) => story.events);
    expect(events).toHaveLength(connections);
    for (const event of events) expect(event).toMatchObject({ received: 10 + 20 * piece.length });
  });
});
