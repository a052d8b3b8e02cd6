import { describe, expect, it } from 'vitest';
import { fromHex } from './bytes.ts';
import { formatLlc, parseLlc, serializeLlc } from './llc.ts';
import { itIsACodec } from './testing/codec-laws.ts';

// RFC 1042: IP over Token Ring and 802.3.
const SNAP = fromHex('aaaa03', '000000', '0800', '4500');
const SPANNING_TREE = fromHex('424203', '0000000000');
// ISO 8802-2 §5.4: an information frame, send sequence 1, receive sequence 2: two control octets.
const INFORMATION = fromHex('f0f0', '0204', 'ff');

describe('parseLlc', () => {
  it('reads the protocol of a SNAP header', () => {
    expect(parseLlc(SNAP)).toEqual({
      ok: true,
      value: {
        kind: 'snap',
        dsap: 0xaa,
        ssap: 0xaa,
        control: 3,
        oui: 0,
        protocol: 0x0800,
        payload: fromHex('4500'),
      },
    });
  });

  it('keeps any other service as octets, with one control octet or two', () => {
    expect(parseLlc(SPANNING_TREE)).toMatchObject({
      value: { kind: 'llc', control: 3, payload: { length: 5 } },
    });
    expect(parseLlc(INFORMATION)).toMatchObject({
      value: { kind: 'llc', control: 0x0402, payload: { length: 1 } },
    });
  });

  it.each([
    { length: 1, field: 'ssap', offset: 1 },
    { length: 2, field: 'control', offset: 2 },
    { length: 4, field: 'organisation code', offset: 4 },
    { length: 7, field: 'protocol', offset: 6 },
  ])('reports $field for the first $length octets', ({ length, field, offset }) => {
    expect(parseLlc(SNAP.subarray(0, length))).toMatchObject({
      error: { code: 'WIRE_TRUNCATED', field, offset },
    });
  });

  itIsACodec(
    { parse: parseLlc, serialize: serializeLlc, format: formatLlc },
    { SNAP, 'spanning tree': SPANNING_TREE, 'an information frame': INFORMATION },
  );
});
