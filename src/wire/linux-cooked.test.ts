import { describe, expect, it } from 'vitest';
import { fromHex } from './bytes.ts';
import {
  cookedSource,
  formatLinuxCooked,
  parseLinuxCooked,
  parseLinuxCooked2,
  serializeLinuxCooked,
  serializeLinuxCooked2,
} from './linux-cooked.ts';
import { itIsACodec } from './testing/codec-laws.ts';

// Written by hand after the registry's diagrams: a broadcast from an Ethernet interface.
const V1 = fromHex(
  '0001', // packet type
  '0001', // ARPHRD
  '0006', // address length
  '001234567890 0000', // address
  '0800', // protocol
  '4500',
);
const V2 = fromHex(
  '0800', // protocol
  '0000', // reserved
  '00000003', // interface
  '0001', // ARPHRD
  '01', // packet type
  '06', // address length
  '001234567890 0000', // address
  '4500',
);
// The loopback says of itself that its address has six octets: all zero.
const LOOPBACK = fromHex('0000 0304 0006 0000000000000000 86dd');
const NO_ADDRESS = fromHex('0004 fffe 0000 0000000000000000 0800');

describe('parseLinuxCooked', () => {
  it('reads who sent what, and as what it came', () => {
    const parsed = parseLinuxCooked(V1);
    expect(parsed).toEqual({
      ok: true,
      value: {
        packetType: 1,
        hardwareType: 1,
        addressLength: 6,
        address: fromHex('0012345678900000'),
        protocol: 0x0800,
        payload: fromHex('4500'),
      },
    });
    expect(parsed.ok && cookedSource(parsed.value)).toBe('00:12:34:56:78:90');
  });

  it.each([
    { name: 'the loopback', bytes: LOOPBACK },
    { name: 'an interface without addresses', bytes: NO_ADDRESS },
  ])('knows no sender on $name', ({ bytes }) => {
    const parsed = parseLinuxCooked(bytes);
    expect(parsed.ok && cookedSource(parsed.value)).toBe(undefined);
  });

  it.each([
    { length: 1, field: 'packet type', offset: 0 },
    { length: 3, field: 'ARPHRD', offset: 2 },
    { length: 4, field: 'address length', offset: 4 },
    { length: 13, field: 'address', offset: 6 },
    { length: 15, field: 'protocol', offset: 14 },
  ])('reports $field for the first $length octets', ({ length, field, offset }) => {
    expect(parseLinuxCooked(V1.subarray(0, length))).toMatchObject({
      error: { code: 'WIRE_TRUNCATED', field, offset },
    });
  });

  itIsACodec(
    { parse: parseLinuxCooked, serialize: serializeLinuxCooked, format: formatLinuxCooked },
    { V1, LOOPBACK, NO_ADDRESS },
  );
});

describe('parseLinuxCooked2', () => {
  it('reads the interface too', () => {
    expect(parseLinuxCooked2(V2)).toMatchObject({
      value: {
        interfaceIndex: 3,
        packetType: 1,
        hardwareType: 1,
        protocol: 0x0800,
        payload: fromHex('4500'),
      },
    });
  });

  it.each([
    { length: 0, field: 'protocol', offset: 0 },
    { length: 7, field: 'interface', offset: 4 },
    { length: 10, field: 'packet type', offset: 10 },
    { length: 11, field: 'address length', offset: 11 },
    { length: 19, field: 'address', offset: 12 },
  ])('reports $field for the first $length octets', ({ length, field, offset }) => {
    expect(parseLinuxCooked2(V2.subarray(0, length))).toMatchObject({
      error: { code: 'WIRE_TRUNCATED', field, offset },
    });
  });

  itIsACodec(
    { parse: parseLinuxCooked2, serialize: serializeLinuxCooked2, format: formatLinuxCooked },
    { V2 },
  );
});
