import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex } from './bytes.ts';
import { type DatagramFragment, IpReassembly } from './ip-reassembly.ts';

function reassembled(...fragments: readonly DatagramFragment[]): IpReassembly {
  const reassembly = new IpReassembly();
  for (const fragment of fragments) reassembly.add(fragment);
  return reassembly;
}

const HEAD = { offset: 0, more: true, payload: fromHex('0001020304050607'), missing: 0 };
const MIDDLE = { offset: 8, more: true, payload: fromHex('08090a0b0c0d0e0f'), missing: 0 };
const TAIL = { offset: 16, more: false, payload: fromHex('1011'), missing: 0 };
const WHOLE = fromHex('000102030405060708090a0b0c0d0e0f1011');

/** A payload cut at multiples of eight, as RFC 791 §3.2 cuts it. */
const cutUp = fc
  .record({
    payload: fc.uint8Array({ minLength: 1, maxLength: 200 }),
    cuts: fc.uniqueArray(fc.integer({ min: 1, max: 24 }), { maxLength: 8 }),
  })
  .map(({ payload, cuts }) => {
    const places = [0, ...cuts.map((cut) => cut * 8).filter((at) => at < payload.length)].sort(
      (a, b) => a - b,
    );
    const fragments = places.map((at, i): DatagramFragment => {
      const end = places[i + 1];
      return { offset: at, more: end !== undefined, payload: payload.subarray(at, end), missing: 0 };
    });
    return { payload, fragments };
  });

describe('IpReassembly', () => {
  it('puts a datagram together from fragments in any order, some of them twice', () => {
    const shuffled = cutUp.chain(({ payload, fragments }) =>
      fc.record({
        payload: fc.constant(payload),
        order: fc.shuffledSubarray([...fragments, ...fragments], { minLength: fragments.length * 2 }),
      }),
    );
    fc.assert(
      fc.property(shuffled, ({ payload, order }) => {
        const reassembly = reassembled(...order);
        expect(reassembly.isComplete).toBe(true);
        expect(reassembly.octets()).toEqual({ payload: new Uint8Array(payload), missing: 0 });
        expect(reassembly.heldOctets).toBe(payload.length);
      }),
    );
  });

  it('is not complete, and holds what stands before the hole, while one is missing', () => {
    const withHole = cutUp
      .filter(({ fragments }) => fragments.length > 1)
      .chain(({ payload, fragments }) =>
        fc.record({
          payload: fc.constant(payload),
          fragments: fc.constant(fragments),
          lost: fc.nat({ max: fragments.length - 1 }),
        }),
      );
    fc.assert(
      fc.property(withHole, ({ payload, fragments, lost }) => {
        const reassembly = reassembled(...fragments.filter((_, i) => i !== lost));
        const hole = fragments[lost] as DatagramFragment;
        const known = hole.more ? payload.length : hole.offset;
        expect(reassembly.isComplete).toBe(false);
        expect(reassembly.octets()).toEqual({
          payload: payload.slice(0, hole.offset),
          missing: known - hole.offset,
        });
      }),
    );
  });

  it('keeps of overlapping fragments the octets that came first', () => {
    const overlapping = fc.array(
      fc.record({
        offset: fc.nat({ max: 12 }),
        octet: fc.nat({ max: 255 }),
        length: fc.integer({ min: 1, max: 5 }),
      }),
      { minLength: 1, maxLength: 20 },
    );
    fc.assert(
      fc.property(overlapping, (fragments) => {
        const reassembly = new IpReassembly();
        const model: number[] = [];
        for (const { offset, octet, length } of fragments) {
          const payload = new Uint8Array(8 * length).fill(octet);
          reassembly.add({ offset: 8 * offset, more: true, payload, missing: 0 });
          for (let i = 0; i < payload.length; i++) model[8 * offset + i] ??= octet;
        }
        const hole = Array.from(model).indexOf(undefined as unknown as number);
        const known = hole < 0 ? model : model.slice(0, hole);
        expect([...reassembly.octets().payload]).toEqual(known);
        expect(reassembly.octets().missing).toBe(model.length - known.length);
      }),
    );
  });

  it('is complete, and says what is missing, where the capture cut a fragment', () => {
    const cut = { ...MIDDLE, payload: MIDDLE.payload.subarray(0, 3), missing: 5 };
    const reassembly = reassembled(HEAD, cut, TAIL);
    expect(reassembly.isComplete).toBe(true);
    expect(reassembly.octets()).toEqual({ payload: WHOLE.subarray(0, 11), missing: 7 });
  });

  it.each([
    { name: 'behind the end', fragment: { ...MIDDLE, offset: 24 } },
    { name: 'beyond 65,535 octets', fragment: { ...MIDDLE, offset: 0xfff8 } },
  ])('leaves out a fragment $name', ({ fragment }) => {
    expect(reassembled(TAIL, fragment, MIDDLE, HEAD).octets()).toEqual({ payload: WHOLE, missing: 0 });
  });

  it('keeps copies', () => {
    const payload = HEAD.payload.slice();
    const reassembly = reassembled({ ...HEAD, payload }, MIDDLE, TAIL);
    payload.fill(0xa5);
    expect(reassembly.octets().payload).toEqual(WHOLE);
  });
});
