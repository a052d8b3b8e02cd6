import { describe, expect, it } from 'vitest';
import { ipv4 } from '../address.ts';
import { fromHex } from '../bytes.ts';
import { itIsACodec } from '../testing/codec-laws.ts';
import { classlessRoutesOption, formatClasslessRoute, parseClasslessRoutes } from './opt-classless-routes.ts';

// RFC 3442, the examples of "Classless Route Option Format", each with a router behind it.
const EXAMPLES = {
  'the default route': fromHex('00 0abc0001'),
  '10.0.0.0/8': fromHex('08 0a 0abc0001'),
  '10.17.0.0/16 and 10.27.129.0/24': fromHex('10 0a11 0abc0001 18 0a1b81 0abc0002'),
  '10.198.122.47/32': fromHex('20 0ac67a2f 00000000'),
  'a width within an octet': fromHex('19 0ae50080 0abc0001'),
};

describe('parseClasslessRoutes', () => {
  it('reads as many octets of each destination as its width needs', () => {
    const parsed = parseClasslessRoutes(EXAMPLES['10.17.0.0/16 and 10.27.129.0/24']);
    expect(parsed.ok && parsed.value.map(formatClasslessRoute)).toEqual([
      '10.17.0.0/16 via 10.188.0.1',
      '10.27.129.0/24 via 10.188.0.2',
    ]);
  });

  it('reports a width above 32', () => {
    expect(parseClasslessRoutes(fromHex('21 0a11000000 0abc0001'))).toMatchObject({
      error: { code: 'WIRE_TRUNCATED', offset: 0, field: 'classless route' },
    });
  });

  itIsACodec(
    {
      parse: parseClasslessRoutes,
      serialize: classlessRoutesOption,
      format: (routes) => routes.map(formatClasslessRoute).join(', '),
    },
    EXAMPLES,
  );
});

describe('classlessRoutesOption', () => {
  it.each([
    [{ destination: ipv4('10.1.0.0'), width: 8, router: ipv4('10.0.0.1') }, 'destination'],
    [{ destination: ipv4('10.0.0.0'), width: 33, router: ipv4('10.0.0.1') }, 'width'],
  ])('refuses %o', (route, field) => {
    expect(() => classlessRoutesOption([route])).toThrow(
      expect.objectContaining({ code: 'WIRE_UNENCODABLE', field }),
    );
  });
});
