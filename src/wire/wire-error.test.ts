import { describe, expect, it } from 'vitest';
import { malformed, parsing, truncated, WireError } from './wire-error.ts';

describe('parsing', () => {
  it('makes a value of what was read', () => {
    expect(parsing(() => 5)).toEqual({ ok: true, value: 5 });
  });

  it('makes a value of a WireError', () => {
    const error = new WireError('WIRE_TRUNCATED', 4, 'block', 'need 2 bytes, have 1');
    expect(
      parsing(() => {
        throw error;
      }),
    ).toEqual({ ok: false, error });
    expect(error.message).toBe('block: need 2 bytes, have 1 (at byte 4)');
  });

  it('lets every other error through: it is a bug', () => {
    expect(() =>
      parsing(() => {
        throw new TypeError('oops');
      }),
    ).toThrow(TypeError);
  });
});

describe('truncated', () => {
  it.each([
    { need: 1, message: 'ttl: need 1 byte, have 0 (at byte 8)' },
    { need: 4, message: 'ttl: need 4 bytes, have 0 (at byte 8)' },
  ])('says $message', ({ need, message }) => {
    expect(truncated('ttl', 8, need, 0)).toMatchObject({
      ok: false,
      error: { code: 'WIRE_TRUNCATED', message },
    });
  });
});

describe('malformed', () => {
  it('says field, problem and place', () => {
    const { error } = malformed('version', 0, 'wanted 4, got 6');
    expect(error).toMatchObject({ code: 'WIRE_MALFORMED', field: 'version', offset: 0 });
    expect(error.message).toBe('version: wanted 4, got 6 (at byte 0)');
  });
});
