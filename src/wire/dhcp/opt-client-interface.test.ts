import { describe, expect, it } from 'vitest';
import { fromHex } from '../bytes.ts';
import { itIsACodec } from '../testing/codec-laws.ts';
import {
  formatClientInterface,
  parseClientInterface,
  serializeClientInterface,
} from './opt-client-interface.ts';

describe('parseClientInterface', () => {
  it('reads type and version, and keeps what follows', () => {
    expect(parseClientInterface(fromHex('01 03 10 aa'))).toEqual({
      ok: true,
      value: { type: 1, major: 3, minor: 16, trailing: fromHex('aa') },
    });
  });

  it.each([
    { length: 0, field: 'interface type' },
    { length: 1, field: 'interface major' },
    { length: 2, field: 'interface minor' },
  ])('reports $field for $length octets', ({ length, field }) => {
    expect(parseClientInterface(new Uint8Array(length))).toMatchObject({
      error: { code: 'WIRE_TRUNCATED', offset: length, field },
    });
  });

  itIsACodec(
    { parse: parseClientInterface, serialize: serializeClientInterface, format: formatClientInterface },
    { 'UNDI 3.16': fromHex('010310') },
  );
});

describe('formatClientInterface', () => {
  it('says UNDI for type 1', () => {
    const version = { major: 2, minor: 1, trailing: fromHex() };
    expect(formatClientInterface({ type: 1, ...version })).toBe('UNDI 2.1');
    expect(formatClientInterface({ type: 2, ...version })).toBe('type 2, 2.1');
  });
});
