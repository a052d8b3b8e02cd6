import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex } from './bytes.ts';
import { parsePrismOrAvs, parseRadiotap } from './radio-header.ts';

// radiotap.org: version, pad, length, present (flags only), flags (the frame ends in its check sequence).
const FLAGS_ONLY = fromHex('00 00 0900', '02000000', '10');
// Two words of present fields: the time is pushed to 16, the flags stand behind it.
const TIME_AND_FLAGS = fromHex('00 00 1900', '03000080', '00000000', '00000000', '0102030405060708', '60');
const NEITHER = fromHex('00 00 0a00', '04000000', '0c00');

describe('parseRadiotap', () => {
  it.each([
    { name: 'flags', bytes: FLAGS_ONLY, value: { length: 9, padded: false, hasFcs: true, badFcs: false } },
    {
      name: 'flags behind a time',
      bytes: TIME_AND_FLAGS,
      value: { length: 25, padded: true, hasFcs: false, badFcs: true },
    },
    { name: 'no flags', bytes: NEITHER, value: { length: 10, padded: false, hasFcs: false, badFcs: false } },
  ])('reads a header with $name', ({ bytes, value }) => {
    expect(parseRadiotap(bytes)).toEqual({ ok: true, value });
  });

  it.each([
    { name: 'another version', bytes: '01 00 0900 02000000 10', code: 'WIRE_MALFORMED', field: 'version' },
    {
      name: 'a length below its own',
      bytes: '00 00 0400 02000000 10',
      code: 'WIRE_MALFORMED',
      field: 'length',
    },
    { name: 'flags without room', bytes: '00 00 0800 02000000', code: 'WIRE_MALFORMED', field: 'length' },
    { name: 'a cut header', bytes: '00 00 2000 02000000 10', code: 'WIRE_TRUNCATED', field: 'fields' },
    { name: 'half a head', bytes: '00 00 20', code: 'WIRE_TRUNCATED', field: 'present' },
  ])('reports $code at $field for $name', ({ bytes, code, field }) => {
    expect(parseRadiotap(fromHex(bytes))).toMatchObject({ error: { code, field } });
  });
});

describe('parsePrismOrAvs', () => {
  const behind = '00'.repeat(8);
  it.each([
    { name: 'Prism, little-endian', bytes: `44000000 10000000 ${behind}` },
    { name: 'Prism, big-endian', bytes: `00000041 00000010 ${behind}` },
    { name: 'AVS', bytes: `80211001 00000010 ${behind}` },
  ])('finds the length of $name', ({ bytes }) => {
    expect(parsePrismOrAvs(fromHex(bytes))).toMatchObject({ ok: true, value: { length: 16 } });
  });

  it.each([
    { bytes: '12345678 10000000', code: 'WIRE_MALFORMED', field: 'message code' },
    { bytes: '44000000 04000000', code: 'WIRE_MALFORMED', field: 'length' },
    { bytes: '44000000 10000000', code: 'WIRE_TRUNCATED', field: 'fields' },
    { bytes: '440000', code: 'WIRE_TRUNCATED', field: 'length' },
  ])('reports $code at $field for $bytes', ({ bytes, code, field }) => {
    expect(parsePrismOrAvs(fromHex(bytes))).toMatchObject({ error: { code, field } });
  });
});

it.each([
  { name: 'parseRadiotap', parse: parseRadiotap },
  { name: 'parsePrismOrAvs', parse: parsePrismOrAvs },
])('$name never throws, and never says more octets than there are', ({ parse }) => {
  const starts = [FLAGS_ONLY, TIME_AND_FLAGS, fromHex('44000000 08000000'), fromHex('80211001 00000008')];
  const bytes = fc
    .tuple(
      fc.constantFrom(...starts),
      fc.uint8Array({ maxLength: 20 }),
      fc.nat({ max: 30 }),
      fc.nat({ max: 255 }),
    )
    .map(([start, noise, at, to]) => {
      const whole = Uint8Array.from([...start, ...noise]);
      if (at < whole.length) whole[at] = to;
      return whole;
    });
  fc.assert(
    fc.property(bytes, (octets) => {
      const parsed = parse(octets);
      if (parsed.ok) expect(parsed.value.length).toBeLessThanOrEqual(octets.length);
    }),
    { numRuns: 2000 },
  );
});
