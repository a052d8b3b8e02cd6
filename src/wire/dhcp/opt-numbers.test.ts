import { describe, expect, it } from 'vitest';
import { fromHex } from '../bytes.ts';
import {
  INFINITE_LEASE,
  parseU8,
  parseU16,
  parseU32,
  u8Option,
  u16Option,
  u32Option,
} from './opt-numbers.ts';

const TABLE = [
  { name: 'u8', parse: parseU8, serialize: u8Option, hex: 'ff', value: 255 },
  { name: 'u16', parse: parseU16, serialize: u16Option, hex: '05c0', value: 1472 },
  { name: 'u16', parse: parseU16, serialize: u16Option, hex: 'ffff', value: 65535 },
  { name: 'u32', parse: parseU32, serialize: u32Option, hex: '0000a8c0', value: 43200 },
  { name: 'u32', parse: parseU32, serialize: u32Option, hex: 'ffffffff', value: INFINITE_LEASE },
];

describe('numbers in options', () => {
  it.each(TABLE)('reads and writes $value as $name', ({ parse, serialize, hex, value }) => {
    expect(parse(fromHex(hex))).toEqual({ ok: true, value });
    expect(serialize(value)).toEqual(fromHex(hex));
    expect(parse(fromHex(hex, 'a5'))).toEqual({ ok: true, value });
  });

  it.each(TABLE)('reports every shorter length of $name, with the field it was told', ({ parse, hex }) => {
    const data = fromHex(hex);
    for (let n = 0; n < data.length; n++)
      expect(parse(data.subarray(0, n), 'lease time')).toMatchObject({
        error: { code: 'WIRE_TRUNCATED', offset: 0, field: 'lease time' },
      });
  });

  it.each(TABLE)('refuses what is no $name', ({ serialize, hex }) => {
    for (const value of [-1, 2 ** (4 * hex.length), 0.5, Number.NaN])
      expect(() => serialize(value, 'T1')).toThrow(
        expect.objectContaining({ code: 'WIRE_UNENCODABLE', field: 'T1' }),
      );
  });
});
