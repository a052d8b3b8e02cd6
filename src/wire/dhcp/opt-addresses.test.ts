import { describe, expect, it } from 'vitest';
import { ipv4 } from '../address.ts';
import { fromHex } from '../bytes.ts';
import { itIsACodec } from '../testing/codec-laws.ts';
import { addressesOption, parseAddress, parseAddresses } from './opt-addresses.ts';

// ipphone-cisco7911-overload3-opt150.pcap, frame 2: option 150 as text.
const TEXT_IN_150 = Buffer.from('74.213.137.138\0');

describe('parseAddresses', () => {
  it('reads a list in wire order', () => {
    expect(parseAddresses(fromHex('0abc0014 08080808'))).toEqual({
      ok: true,
      value: ['10.188.0.20', '8.8.8.8'],
    });
  });

  it('reports the octets behind the last whole address', () => {
    expect(parseAddresses(TEXT_IN_150)).toMatchObject({
      error: { code: 'WIRE_TRUNCATED', offset: 12, field: 'IPv4 address' },
    });
  });

  itIsACodec(
    {
      parse: parseAddresses,
      serialize: (list) => addressesOption(...list),
      format: (list) => list.join(' '),
    },
    { 'two addresses': fromHex('0abc0014 08080808'), 'an empty list': fromHex() },
  );
});

describe('parseAddress', () => {
  it('reads the first address', () => {
    expect(parseAddress(fromHex('0abc000a 01'))).toEqual({ ok: true, value: ipv4('10.188.0.10') });
  });

  it('reports less than four octets', () => {
    expect(parseAddress(fromHex('0abc00'))).toMatchObject({ error: { code: 'WIRE_TRUNCATED', offset: 0 } });
  });
});
