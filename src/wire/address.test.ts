import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Ipv6Address,
  ipToBytes,
  ipv4,
  ipv4FromBytes,
  ipv4FromNumber,
  ipv4ToBytes,
  ipv4ToNumber,
  ipv6FromBytes,
  ipv6ToBytes,
  mac,
  macFromBytes,
  macToBytes,
  parseIpv4,
  parseMac,
} from './address.ts';
import { fromHex } from './bytes.ts';

const unencodable = expect.objectContaining({ code: 'WIRE_UNENCODABLE' });

describe('parseMac', () => {
  it.each(['00:12:34:AB:78:90', '00-12-34-ab-78-90', '0012.34ab.7890', '001234ab7890'])(
    'reads %s',
    (text) => {
      expect(parseMac(text)).toBe('00:12:34:ab:78:90');
    },
  );

  it.each(['', '00:12:34:ab:78', '00:12:34:ab:78:90:11', '00:12:34:ab:78:9g'])(
    'reads nothing into "%s"',
    (text) => {
      expect(parseMac(text)).toBeUndefined();
      expect(() => mac(text)).toThrow(unencodable);
    },
  );
});

describe('macFromBytes', () => {
  it('reads at an offset, and macToBytes writes it back', () => {
    const bytes = fromHex('ff 00a0cf1234fe ff');
    expect(macFromBytes(bytes, 1)).toBe('00:a0:cf:12:34:fe');
    expect(macToBytes(macFromBytes(bytes, 1))).toEqual(bytes.subarray(1, 7));
  });
});

describe('parseIpv4', () => {
  it.each(['0.0.0.0', '10.188.0.66', '255.255.255.255'])('reads %s', (text) => {
    expect(parseIpv4(text)).toBe(text);
  });

  it.each([
    '',
    '10.188.0',
    '10.188.0.66.1',
    '10.188.0.256',
    '10.188.00.1',
    '010.0.0.1',
    '10.188.0.-1',
    ' 10.0.0.1',
  ])('reads nothing into "%s"', (text) => {
    expect(parseIpv4(text)).toBeUndefined();
    expect(() => ipv4(text)).toThrow(unencodable);
  });
});

describe('ipv4FromBytes', () => {
  it('is undone by ipv4ToBytes, and agrees with the numbers', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4, maxLength: 4 }), (bytes) => {
        const address = ipv4FromBytes(bytes);
        expect(ipv4ToBytes(address)).toEqual(bytes);
        expect(ipToBytes(address)).toEqual(bytes);
        expect(ipv4FromNumber(ipv4ToNumber(address))).toBe(address);
      }),
    );
    expect(ipv4ToNumber(ipv4('10.0.0.1'))).toBe(0x0a000001);
    expect(ipv4ToNumber(ipv4('255.0.0.1'))).toBe(0xff000001);
  });
});

describe('ipv6FromBytes', () => {
  // RFC 5952 §4: lower case, no leading zeros, the longest run of zeros shortened, the first of equals, never a single group.
  it.each([
    { octets: '00000000000000000000000000000000', text: '::' },
    { octets: '00000000000000000000000000000001', text: '::1' },
    { octets: 'fe800000000000000000000000000000', text: 'fe80::' },
    { octets: 'fe80000000000000d0a092fffe253745', text: 'fe80::d0a0:92ff:fe25:3745' },
    { octets: '20010db8000000000001000000000001', text: '2001:db8::1:0:0:1' },
    { octets: '20010db8000000010001000100010001', text: '2001:db8:0:1:1:1:1:1' },
    { octets: '20010000000000010000000000000001', text: '2001:0:0:1::1' },
    { octets: '00010002000300040005000600070008', text: '1:2:3:4:5:6:7:8' },
  ])('writes $text, and ipv6ToBytes reads it', ({ octets, text }) => {
    expect(ipv6FromBytes(fromHex('ff', octets), 1)).toBe(text);
    expect(ipv6ToBytes(text as Ipv6Address)).toEqual(fromHex(octets));
    expect(ipToBytes(text as Ipv6Address)).toEqual(fromHex(octets));
  });

  it('is undone by ipv6ToBytes', () => {
    const octet = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.array(octet, { minLength: 16, maxLength: 16 }), (octets) => {
        const bytes = Uint8Array.from(octets);
        expect(ipv6ToBytes(ipv6FromBytes(bytes))).toEqual(bytes);
      }),
    );
  });
});

describe('ipv6ToBytes', () => {
  it.each([
    '',
    '1',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1::2::3',
    '12345::',
    '1x::',
    'fe80::1%eth0',
    '::10.0.0.1',
  ])('throws WIRE_UNENCODABLE for "%s"', (text) => {
    expect(() => ipv6ToBytes(text as Ipv6Address)).toThrow(unencodable);
  });
});
