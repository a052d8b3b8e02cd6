import { describe, expect, it } from 'vitest';
import { fromHex } from './bytes.ts';
import { itIsACodec } from './testing/codec-laws.ts';
import { formatTokenRing, isLlcFrame, parseTokenRing, serializeTokenRing } from './token-ring.ts';

// A TFTP request of IBM's LCCM to a Token Ring server: the first octets of the frame, LLC and IP's first two behind them.
const PLAIN = fromHex('10', '40', '002035012b59', '0006291793f8', 'aaaa030000000800', '4500');
// The same by hand with routing information of 6 octets: the source's first bit is set.
const ROUTED = fromHex(
  '10',
  '40',
  '002035012b59',
  '8006291793f8',
  '0620 0011 0022',
  'aaaa030000000800',
  '4500',
);

describe('parseTokenRing', () => {
  it('knows source and destination, and where LLC starts', () => {
    const parsed = parseTokenRing(PLAIN);
    expect(parsed).toMatchObject({
      value: { source: '00:06:29:17:93:f8', destination: '00:20:35:01:2b:59', payload: PLAIN.subarray(14) },
    });
    expect(parsed.ok && isLlcFrame(parsed.value)).toBe(true);
  });

  it('takes the bit that announces routing information off the source', () => {
    expect(parseTokenRing(ROUTED)).toMatchObject({
      value: { source: '00:06:29:17:93:f8', routing: fromHex('062000110022'), payload: PLAIN.subarray(14) },
    });
  });

  it.each([
    { length: 1, field: 'access control', offset: 0 },
    { length: 7, field: 'destination', offset: 2 },
    { length: 13, field: 'source', offset: 8 },
    { length: 15, field: 'routing information', offset: 14 },
    { length: 19, field: 'routing information', offset: 14 },
  ])('reports $field for the first $length octets', ({ length, field, offset }) => {
    expect(parseTokenRing(ROUTED.subarray(0, length))).toMatchObject({
      error: { code: 'WIRE_TRUNCATED', field, offset },
    });
  });

  it('refuses routing information of an odd length', () => {
    const odd = ROUTED.slice();
    odd[14] = 0x05;
    expect(parseTokenRing(odd)).toMatchObject({
      error: { code: 'WIRE_MALFORMED', field: 'routing information' },
    });
  });

  itIsACodec(
    { parse: parseTokenRing, serialize: serializeTokenRing, format: formatTokenRing },
    { PLAIN, ROUTED },
  );
});
