import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Frame } from '../../pcap/frame.ts';
import { collectCapture } from '../../pcap/read-capture.ts';
import { parseEthernet } from '../../wire/ethernet.ts';
import { replayScripts } from './replay-script.ts';
import { act } from './testing/act.ts';

const CAPTURES = join(import.meta.dirname, '../../../captures');
/** DHCP with a proxy and port 4011, TFTP, DHCPv6 with neighbour discovery, a DHCPv6 relay, Token Ring's cousin BOOTP. */
const SOURCES = [
  'public/bios-asrock-proxydhcp4011.pcap',
  'public/uefi-ovmf-pxe-then-httpboot.pcapng',
  'public/uefi-ovmf-v6-stateful-retries.pcap',
  'public/uefi-v6-relay-opt79-vendor.pcapng',
  'public/aux-tftp-oack-blksize256.pcap',
  'public/bootp-xyplex-terminal-server.pcap',
] as const;
const MOST_FRAMES = 60;

/** What a capture suffers: octets that change, cut frames, frames lost, said twice, or in another order. */
type Harm =
  | { readonly kind: 'octet'; readonly frame: number; readonly at: number; readonly value: number }
  | { readonly kind: 'cut'; readonly frame: number; readonly length: number }
  | { readonly kind: 'lose' | 'repeat'; readonly frame: number }
  | { readonly kind: 'swap'; readonly frame: number; readonly other: number };

const index = fc.nat({ max: MOST_FRAMES - 1 });
const harm: fc.Arbitrary<Harm> = fc.oneof(
  {
    arbitrary: fc.record({
      kind: fc.constant('octet' as const),
      frame: index,
      at: fc.nat(400),
      value: fc.nat(255),
    }),
    weight: 6,
  },
  {
    arbitrary: fc.record({ kind: fc.constant('cut' as const), frame: index, length: fc.nat(400) }),
    weight: 1,
  },
  {
    arbitrary: fc.record({ kind: fc.constantFrom('lose' as const, 'repeat' as const), frame: index }),
    weight: 2,
  },
  { arbitrary: fc.record({ kind: fc.constant('swap' as const), frame: index, other: index }), weight: 1 },
);

function harmed(frames: readonly Frame[], harms: readonly Harm[]): readonly Frame[] {
  const list = frames.map((frame) => ({ ...frame, bytes: frame.bytes.slice() }));
  for (const one of harms) {
    const i = one.frame % Math.max(1, list.length);
    const frame = list[i];
    if (frame === undefined) continue;
    if (one.kind === 'octet') frame.bytes[one.at % frame.bytes.length] = one.value;
    if (one.kind === 'cut') list[i] = { ...frame, bytes: frame.bytes.slice(0, Math.max(1, one.length)) };
    if (one.kind === 'lose') list.splice(i, 1);
    if (one.kind === 'repeat') list.splice(i, 0, { ...frame, bytes: frame.bytes.slice() });
    if (one.kind === 'swap') list.splice(one.other % list.length, 0, ...list.splice(i, 1));
  }
  return list.map((frame, at) => ({ ...frame, number: at + 1 }));
}

describe('replaying a capture that was mangled', () => {
  const captures: (readonly Frame[])[] = [];
  beforeAll(async () => {
    for (const path of SOURCES) {
      const { frames } = await collectCapture(createReadStream(join(CAPTURES, path)));
      captures.push(frames.slice(0, MOST_FRAMES));
    }
  });
  const mangled = fc.record({
    capture: fc.nat(SOURCES.length - 1),
    harms: fc.array(harm, { maxLength: 12 }),
    /** What the server says: any frame of the mangled capture, to anything. */
    answers: fc.array(index, { minLength: 1, maxLength: 8 }),
  });

  it('never throws, comes to an end, and gives one verdict for each step', () => {
    fc.assert(
      fc.property(mangled, ({ capture, harms, answers }) => {
        const frames = harmed(captures[capture] ?? [], harms);
        const scripts = replayScripts(frames);
        let turn = 0;
        const { results } = act(scripts, () => {
          const chosen = frames[(answers[turn++ % answers.length] ?? 0) % Math.max(1, frames.length)];
          // Not for ever: nothing that is asked again and again is answered by rubbish without end.
          return chosen === undefined || turn > 500 ? [] : [chosen.bytes];
        });
        const steps = scripts.flatMap((script) => script.steps);
        expect(results.filter(({ verdict }) => verdict !== 'extra')).toHaveLength(steps.length);
      }),
      { numRuns: 300 },
    );
  }, 60_000);

  it('never answers what the clients sent themselves, and sends by their own addresses only', () => {
    fc.assert(
      fc.property(mangled, ({ capture, harms }) => {
        const scripts = replayScripts(harmed(captures[capture] ?? [], harms));
        const own = new Set<string>();
        for (const { mac, steps } of scripts) {
          own.add(mac);
          for (const step of steps) {
            if (step.kind === 'dhcp' && step.relay !== undefined) own.add(step.relay.mac);
            if (step.kind === 'dhcpv6' && step.relay !== undefined) own.add(step.relay);
          }
        }
        // The wire shows every frame that was sent, and nothing else.
        const { results, sent } = act(scripts, () => []);
        expect(results.flatMap(({ frames }) => frames)).toEqual([]);
        for (const { bytes } of sent) {
          const ethernet = parseEthernet(bytes);
          expect(ethernet.ok && own.has(ethernet.value.source)).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  }, 60_000);
});
