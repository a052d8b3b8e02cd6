import { describe, expect, it } from 'vitest';
import { fromHex } from '../bytes.ts';
import { itIsACodec } from '../testing/codec-laws.ts';
import { formatUserClass, hasUserClass, parseUserClass, serializeUserClass } from './opt-user-class.ts';

const IPXE = '69 50 58 45';

describe('parseUserClass', () => {
  it.each([
    { name: 'the raw iPXE of every iPXE', hex: IPXE, encoding: 'raw', classes: ['iPXE'] },
    { name: 'one RFC 3004 class', hex: `04 ${IPXE}`, encoding: 'rfc3004', classes: ['iPXE'] },
    {
      name: 'two RFC 3004 classes',
      hex: `03 666f6f 04 ${IPXE}`,
      encoding: 'rfc3004',
      classes: ['foo', 'iPXE'],
    },
    { name: 'a length over the end', hex: `09 ${IPXE}`, encoding: 'raw', classes: ['\tiPXE'] },
    { name: 'a length short of the end', hex: `03 ${IPXE}`, encoding: 'raw', classes: ['\x03iPXE'] },
    {
      name: 'an empty class, which RFC 3004 forbids',
      hex: `04 ${IPXE} 00`,
      encoding: 'raw',
      classes: ['\x04iPXE\0'],
    },
    { name: 'a raw text with NUL', hex: `${IPXE} 00`, encoding: 'raw', classes: ['iPXE\0'] },
    { name: 'nothing', hex: '', encoding: 'raw', classes: [''] },
    // What Cisco's IOS-XR calls itself: ten octets, no lengths.
    { name: 'exr-config', hex: '6578722d636f6e666967', encoding: 'raw', classes: ['exr-config'] },
  ])('reads $name as $encoding, and writes it back', ({ hex, encoding, classes }) => {
    const parsed = parseUserClass(fromHex(hex));
    expect(parsed).toEqual({ ok: true, value: { encoding, classes } });
    if (parsed.ok) expect(Buffer.from(serializeUserClass(parsed.value))).toEqual(Buffer.from(fromHex(hex)));
  });

  itIsACodec(
    { parse: parseUserClass, serialize: serializeUserClass, format: formatUserClass },
    { raw: fromHex(IPXE), 'a list': fromHex(`03 666f6f 04 ${IPXE}`) },
  );
});

describe('serializeUserClass', () => {
  it.each([
    { encoding: 'rfc3004' as const, classes: [''] },
    { encoding: 'rfc3004' as const, classes: ['a'.repeat(256)] },
    { encoding: 'rfc3004' as const, classes: ['→'] },
    { encoding: 'raw' as const, classes: ['a', 'b'] },
    { encoding: 'raw' as const, classes: [] },
  ])('refuses $encoding $classes', (value) => {
    expect(() => serializeUserClass(value)).toThrow(expect.objectContaining({ code: 'WIRE_UNENCODABLE' }));
  });
});

describe('hasUserClass', () => {
  it.each([
    { classes: ['foo', 'iPXE'], has: true },
    { classes: ['iPXE\0'], has: true },
    { classes: ['ipxe'], has: false },
    { classes: ['iPXE2'], has: false },
    { classes: [''], has: false },
  ])('is $has for $classes', ({ classes, has }) => {
    expect(hasUserClass({ encoding: 'rfc3004', classes }, 'iPXE')).toBe(has);
  });
});

describe('formatUserClass', () => {
  it('says which encoding is not the one of the RFC', () => {
    expect(formatUserClass({ encoding: 'raw', classes: ['iPXE'] })).toBe('"iPXE" raw');
    expect(formatUserClass({ encoding: 'rfc3004', classes: ['foo', 'iPXE'] })).toBe('"foo", "iPXE"');
  });
});
