import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { WireError } from '../wire/wire-error.ts';
import type { Story } from './event.ts';
import { makeLean, makeLeanAgain } from './lean.ts';
import { StringPool } from './string-pool.ts';
import { storyOf } from './testing/stories.ts';

/** Equal values that share nothing. */
const event = (): { readonly target: string; readonly headers: readonly (readonly [string, string])[] } => ({
  target: `/boot1.txt?${'x'.repeat(20)}`,
  headers: [
    ['Host', `pxe.${'example'}.com`],
    ['Accept', '*/*'],
  ],
});

describe('makeLean', () => {
  it('changes nothing that could be read', () => {
    const value = event();
    makeLean(value, new StringPool());
    expect(value).toEqual(event());
  });

  it('makes equal pairs one', () => {
    const pool = new StringPool();
    const [first, second] = [event(), event()];
    makeLean(first, pool);
    makeLean(second, pool);
    expect(second.headers[0]).toBe(first.headers[0]);
  });

  it('charges a text to the first that has it', () => {
    const pool = new StringPool();
    const first = makeLean(event(), pool);
    const second = makeLean(event(), pool);
    expect(first.texts).toBeGreaterThan(event().target.length);
    expect(second.texts).toBe(0);
    expect(second.objects).toBeLessThan(first.objects);
  });

  it('charges a long text to everybody', () => {
    const pool = new StringPool();
    const long = (): { text: string } => ({ text: 'x'.repeat(5_000) });
    makeLean(long(), pool);
    expect(makeLean(long(), pool).texts).toBeGreaterThan(5_000);
  });

  it('counts octets and errors as what they are, not their fields', () => {
    const pool = new StringPool();
    expect(makeLean({ octets: new Uint8Array(1_000) }, pool).objects).toBeGreaterThan(1_000);
    const error = new WireError('WIRE_TRUNCATED', 0, 'op', 'need 1 byte, have 0');
    expect(makeLean({ error }, pool).objects).toBeGreaterThan(1_000);
  });

  it('tells near enough what the stories of real captures take', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const alive = (): number => {
      collect();
      return getHeapStatistics().used_heap_size;
    };
    const { events } = await storyOf('lab/bios-ipxe-rom.pcap');
    const others = events.filter(({ kind }) => kind !== 'dhcp');
    const pool = new StringPool();
    const kept: Story['events'][number][] = [];
    let told = 0;
    const before = alive();
    for (let n = 0; n < 200; n++) {
      for (const one of others) {
        const copy = structuredClone(one);
        const { objects, texts } = makeLean(copy, pool);
        told += objects + texts;
        kept.push(copy);
      }
    }
    const taken = alive() - before;
    expect(kept.length).toBe(200 * others.length);
    expect(told / taken).toBeGreaterThan(0.6);
    expect(told / taken).toBeLessThan(1.6);
  });
});

describe('makeLeanAgain', () => {
  const told = { kind: 'http', endNs: 1n, frames: [1], response: undefined } as const;
  const answered = () => ({
    ...told,
    endNs: 2n,
    frames: [1, 9],
    response: {
      status: 200,
      headers: [['Server', `Apa${'che'}`]],
      program: { kind: 'other', because: 'it does not' },
    },
  });

  it('changes nothing that could be read, and charges what came in addition', () => {
    const pool = new StringPool();
    const before = { ...told };
    const { objects } = makeLean(before, pool);
    const after = answered();

    const more = makeLeanAgain(after, before, pool);

    expect(after).toEqual(answered());
    expect(objects + more.objects).toBe(makeLean(answered(), new StringPool()).objects);
  });

  it('makes the texts and pairs of what is new those of the pool', () => {
    const pool = new StringPool();
    const [first, second] = [answered(), answered()];
    makeLean(first, pool);
    makeLeanAgain(second, told, pool);

    expect(second.response.headers[0]).toBe(first.response.headers[0]);
  });

  it('gives back what is no more', () => {
    const pool = new StringPool();
    const whole = answered();
    makeLean(whole, pool);

    expect(makeLeanAgain({ ...whole, response: undefined }, whole, pool).objects).toBeLessThan(0);
    expect(makeLeanAgain({ ...whole }, whole, pool)).toEqual({ objects: 0, texts: 0 });
  });
});
