import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blockNumber } from '../wire/tftp.ts';
import type { Side } from './frame-reader.ts';
import type { LinkRule } from './link-plan-file.ts';
import { dhcpFrame, tcpFrame, tftpFrame, tryLink, udpFrame } from './testing/frames.ts';

const data = (block: number) =>
  tftpFrame('network', { kind: 'data', block: blockNumber(block), data: new Uint8Array(512) });
const rrq = tftpFrame('client', { kind: 'rrq', file: 'undionly.kpxe', mode: 'octet', options: [] });
const numbered = (n: number): Uint8Array => udpFrame('client', [1000, 2000], Uint8Array.of(n >> 8, n));
const numberOf = (bytes: Uint8Array): number => ((bytes.at(-2) ?? 0) << 8) | (bytes.at(-1) ?? 0);

/** Sends 1, 2, 3, ... a millisecond apart and says which arrive, in that order. */
function arriving(rules: readonly LinkRule[], count: number, seed = 1): readonly number[] {
  const link = tryLink(rules, seed);
  for (let n = 1; n <= count; n++) link.send('client', numbered(n));
  link.wait(60_000);
  return link.passed.map(({ bytes }) => numberOf(bytes));
}

describe('Link', () => {
  it('passes every frame at once, octet by octet, where no rule acts', () => {
    const link = tryLink([{ lose: 'arp' }]);
    const offer = dhcpFrame('offer');
    link.send('client', dhcpFrame('discover'));
    link.send('network', offer);
    expect(link.passed.map(({ to, at }) => [to, at])).toEqual([
      ['network', 1],
      ['client', 2],
    ]);
    expect(link.passed[1]?.bytes).toEqual(offer);
  });

  it('loses only the first of a kind', () => {
    const link = tryLink([{ lose: 'dhcp offer', first: 1 }]);
    for (let i = 0; i < 3; i++) {
      link.send('client', dhcpFrame('discover'));
      link.send('network', dhcpFrame('offer'));
    }
    expect(link.passed.map(({ to }) => to)).toEqual(['network', 'network', 'client', 'network', 'client']);
    expect(link.deeds).toEqual(['0 DHCP offer']);
  });

  it('knows the packets of a transfer between two ports that only its request names', () => {
    const link = tryLink([{ lose: 'tftp data', every: 2 }]);
    link.send('network', data(1));
    link.send('client', rrq);
    for (const block of [1, 2, 3, 4]) link.send('network', data(block));
    expect(link.deeds).toEqual(['0 TFTP data 2', '0 TFTP data 4']);
  });

  it.each([
    { rule: { lose: 'udp', first: 2 }, arrive: [3, 4, 5, 6] },
    { rule: { lose: 'udp', number: 2 }, arrive: [1, 3, 4, 5, 6] },
    { rule: { lose: 'udp', number: [1, 6] }, arrive: [2, 3, 4, 5] },
    { rule: { lose: 'udp', every: 3 }, arrive: [1, 2, 4, 5] },
    { rule: { lose: 'udp', going: 'to-client' }, arrive: [1, 2, 3, 4, 5, 6] },
    { rule: { lose: 'udp', going: 'from-client' }, arrive: [] },
    { rule: { lose: 'frame', port: 2000 }, arrive: [] },
    { rule: { lose: 'frame', port: 2001 }, arrive: [1, 2, 3, 4, 5, 6] },
    { rule: { lose: 'frame', 'longer-than': 29 }, arrive: [] },
    { rule: { lose: 'frame', 'longer-than': 30 }, arrive: [1, 2, 3, 4, 5, 6] },
    // 1 ms apart: each is within 2.5 ms of the last that was left alone, until that is over.
    { rule: { lose: 'udp', within: 0.0025 }, arrive: [1, 4] },
    { rule: { duplicate: 'udp', number: 2, copies: 2 }, arrive: [1, 2, 2, 2, 3, 4, 5, 6] },
    { rule: { duplicate: 'udp', number: 2, by: 0.0015 }, arrive: [1, 2, 3, 2, 4, 5, 6] },
    { rule: { delay: 'udp', number: 2, by: 0.0025 }, arrive: [1, 3, 4, 2, 5, 6] },
    { rule: { reorder: 'udp', number: 2 }, arrive: [1, 3, 2, 4, 5, 6] },
    { rule: { reorder: 'udp', number: 2, behind: 3 }, arrive: [1, 3, 4, 5, 2, 6] },
    // Nobody overtakes the last one: it arrives when its time is over.
    { rule: { reorder: 'udp', number: 6, behind: 3 }, arrive: [1, 2, 3, 4, 5, 6] },
  ] as readonly { readonly rule: LinkRule; readonly arrive: readonly number[] }[])(
    'of 1 to 6 lets $arrive arrive by $rule',
    ({ rule, arrive }) => {
      expect(arriving([rule], 6)).toEqual(arrive);
    },
  );

  it('lets a rule begin after a kind of frame and end before another', () => {
    const link = tryLink([{ lose: 'dhcp', after: 'dhcp discover', until: 'tftp rrq' }]);
    link.send('client', dhcpFrame('discover'));
    link.send('network', dhcpFrame('offer'));
    link.send('client', rrq);
    link.send('client', dhcpFrame('discover'));
    expect(link.deeds).toEqual(['0 DHCP offer']);
  });

  it('begins anew with every power-on', () => {
    const link = tryLink([{ lose: 'dhcp discover', until: 'tftp rrq' }]);
    link.send('client', rrq);
    link.send('client', dhcpFrame('discover'));
    link.powerOn();
    link.send('client', dhcpFrame('discover'));
    expect(link.deeds).toEqual(['0 DHCP discover']);
  });

  it('is down for a while from power-on, in both directions', () => {
    const link = tryLink([{ down: 30, from: 1 }]);
    link.powerOn();
    const sent: number[] = [];
    for (const at of [500, 1001, 15_000, 30_999, 31_000, 40_000]) {
      link.send(at === 15_000 ? 'network' : 'client', dhcpFrame('discover'), at - link.now());
      sent.push(at);
    }
    expect(link.passed.map(({ at }) => at)).toEqual([500, 31_000, 40_000]);
  });

  it('turns over exactly one bit', () => {
    const frame = dhcpFrame('offer');
    const flipped = (bytes: Uint8Array | undefined): number =>
      frame.reduce(
        (sum, octet, at) => sum + ((octet ^ (bytes?.[at] ?? 0)).toString(2).match(/1/g)?.length ?? 0),
        0,
      );
    const link = tryLink([{ corrupt: 'dhcp' }]);
    link.send('network', frame);
    expect(flipped(link.passed[0]?.bytes)).toBe(1);
    expect(link.passed[0]?.bytes).toHaveLength(frame.length);
  });

  it('cuts a frame behind its Ethernet header', () => {
    const link = tryLink([{ cut: 'tftp data', to: 100 }]);
    link.send('client', rrq);
    link.send('network', data(1));
    expect(link.passed[1]?.bytes).toEqual(data(1).subarray(0, 114));
  });

  it('resets a connection at both ends and loses the segment', () => {
    const link = tryLink([{ reset: 'http', number: 2 }]);
    const segment = { sourcePort: 80, destinationPort: 50_000, flags: { ...FLAGS, ack: true }, ack: 77 };
    link.send('network', tcpFrame('network', { ...segment, seq: 1, payload: new Uint8Array(10) }));
    link.send('network', tcpFrame('network', { ...segment, seq: 11, payload: new Uint8Array(10) }));
    const reset = { ...segment, flags: { ...FLAGS, rst: true, ack: true }, window: 0 };
    expect(link.passed.slice(1)).toEqual([
      { at: 2, to: 'client', bytes: tcpFrame('network', { ...reset, seq: 11 }) },
      {
        at: 2,
        to: 'network',
        bytes: tcpFrame('client', { ...reset, sourcePort: 50_000, destinationPort: 80, seq: 77, ack: 21 }),
      },
    ]);
  });
});

const FLAGS = {
  fin: false,
  syn: false,
  rst: false,
  psh: false,
  ack: false,
  urg: false,
  ece: false,
  cwr: false,
};

/** Plans whose rules do nothing else than the name says. */
const some = (rule: object): fc.Arbitrary<LinkRule> =>
  fc
    .record({
      chance: fc.double({ min: 0.05, max: 1, noNaN: true }),
      going: fc.constantFrom('from-client' as const, 'to-client' as const),
    })
    .map((selection) => ({ ...rule, ...selection }) as LinkRule);
const keepingOrder = fc.oneof(
  some({ lose: 'udp' }),
  some({ duplicate: 'udp' }),
  some({ corrupt: 'tcp' }),
  // All of them: who is not delayed overtakes who is.
  fc.constant<LinkRule>({ delay: 'frame', by: [0.001, 0.02] }),
);
const anyRule = fc.oneof(keepingOrder, some({ reorder: 'udp', behind: 2 }), some({ delay: 'udp', by: 0.01 }));
const traffic = fc.array(
  fc.record({ from: fc.constantFrom<Side>('client', 'network'), after: fc.integer({ min: 0, max: 30 }) }),
  { maxLength: 60 },
);
type Traffic = readonly { readonly from: Side; readonly after: number }[];

function outcome(rules: readonly LinkRule[], frames: Traffic, seed: number) {
  const link = tryLink(rules, seed);
  for (const [n, { from, after }] of frames.entries()) link.send(from, numbered(n), after);
  link.wait(60_000);
  return { passed: link.passed, deeds: link.deeds };
}

describe('Link, whatever the plan and the traffic', () => {
  it('does the same again with the same seed', () => {
    fc.assert(
      fc.property(fc.array(anyRule), traffic, fc.nat(), (rules, frames, seed) => {
        expect(outcome(rules, frames, seed)).toEqual(outcome(rules, frames, seed));
      }),
    );
  });

  it('invents no frame and changes no direction', () => {
    fc.assert(
      fc.property(fc.array(anyRule), traffic, fc.nat(), (rules, frames, seed) => {
        for (const { to, bytes } of outcome(rules, frames, seed).passed) {
          const n = numberOf(bytes);
          expect(bytes).toEqual(numbered(n));
          expect(frames[n]?.from).toBe(to === 'client' ? 'network' : 'client');
        }
      }),
    );
  });

  it('keeps the order of each direction where no rule reorders', () => {
    fc.assert(
      fc.property(fc.array(keepingOrder), traffic, fc.nat(), (rules, frames, seed) => {
        for (const side of ['client', 'network'] as const) {
          const numbers = outcome(rules, frames, seed)
            .passed.filter(({ to }) => to === side)
            .map(({ bytes }) => numberOf(bytes));
          expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
        }
      }),
    );
  });

  it('loses nothing where no rule loses', () => {
    const harmless = fc.oneof(some({ reorder: 'udp', behind: 2 }), some({ delay: 'udp', by: [0, 0.05] }));
    fc.assert(
      fc.property(fc.array(harmless), traffic, fc.nat(), (rules, frames, seed) => {
        const arrived = new Set(outcome(rules, frames, seed).passed.map(({ bytes }) => numberOf(bytes)));
        expect(arrived.size).toBe(frames.length);
      }),
    );
  });

  it('takes any octets for a frame', () => {
    const rules: readonly LinkRule[] = [
      { corrupt: 'frame', checksums: 'mended' },
      { rewrite: 'dhcp', remove: [77], ttl: 20 },
      { reset: 'tcp' },
      { cut: 'frame', to: 20 },
    ];
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        tryLink(rules).send('network', bytes);
      }),
    );
  });
});

describe('chance', () => {
  it('loses about as many as it says, others with another seed, and never depends on other rules', () => {
    const all = Array.from({ length: 2000 }, (_, n) => n + 1);
    const lost = (rules: readonly LinkRule[], seed: number) => {
      const arrived = new Set(arriving(rules, all.length, seed));
      return all.filter((n) => !arrived.has(n));
    };
    const tenth: LinkRule = { lose: 'udp', chance: 0.1 };
    const one = lost([tenth], 1);
    expect(one.length).toBeGreaterThan(150);
    expect(one.length).toBeLessThan(250);
    expect(lost([tenth], 2)).not.toEqual(one);
    expect(lost([tenth, { lose: 'arp' }], 1)).toEqual(one);
  });
});
