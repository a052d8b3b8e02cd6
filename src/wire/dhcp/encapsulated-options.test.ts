import { describe, expect, it } from 'vitest';
import { fromHex } from '../bytes.ts';
import { itIsACodec } from '../testing/codec-laws.ts';
import { readEncapsulation, writeEncapsulation } from './encapsulated-options.ts';

describe('readEncapsulation', () => {
  it('ends at END and keeps what follows', () => {
    expect(readEncapsulation(fromHex('06 01 08', 'ff', '0a 00'), '43')).toEqual({
      ok: true,
      value: { subOptions: [{ code: 6, data: fromHex('08'), offset: 0 }], end: fromHex('ff 0a00') },
    });
  });

  it('needs no END, and lists pads', () => {
    expect(readEncapsulation(fromHex('00 06 01 08 00'), '43')).toMatchObject({
      value: {
        subOptions: [
          { code: 0, offset: 0 },
          { code: 6, offset: 1 },
          { code: 0, offset: 4 },
        ],
        end: fromHex(),
      },
    });
  });

  it.each([
    { hex: '06', offset: 1, field: '43.6 length' },
    { hex: '06 01 08 0a 05 00', offset: 5, field: '43.10' },
    { hex: 'fe ff', offset: 2, field: '43.254' },
  ])('reports $field for $hex', ({ hex, offset, field }) => {
    expect(readEncapsulation(fromHex(hex), '43')).toMatchObject({
      error: { code: 'WIRE_TRUNCATED', offset, field },
    });
  });

  itIsACodec(
    {
      parse: (data) => readEncapsulation(data, '43'),
      serialize: ({ subOptions, end }) => writeEncapsulation(subOptions, end, '43'),
      format: ({ subOptions }) => `${subOptions.length} sub-options`,
    },
    { 'pads, END and octets behind it': fromHex('00 06 01 08 00 ff 0a 00') },
  );
});

describe('writeEncapsulation', () => {
  it.each([
    { code: 255, data: fromHex() },
    { code: -1, data: fromHex() },
    { code: 0, data: fromHex('00') },
    { code: 6, data: new Uint8Array(256) },
  ])('refuses code $code with such data', (subOption) => {
    expect(() => writeEncapsulation([subOption], fromHex(), '43')).toThrow(
      expect.objectContaining({ code: 'WIRE_UNENCODABLE' }),
    );
  });
});
