import { describe, expect, it } from 'vitest';
import { ipv6FromBytes } from './address.ts';
import { fromHex } from './bytes.ts';
import { formatIpv6, parseIpv6, serializeIpv6 } from './ipv6.ts';
import { itIsACodec } from './testing/codec-laws.ts';

// captures/lab/bios-ipxe-rom.pcap, frame 5 from IP on: iPXE solicits a router.
const SOLICITATION = fromHex(
  '60000000', // version, class, flow label
  '0010 3a ff', // payload length, next header, hop limit
  'fe80000000000000021234fffe567890', // source
  'ff020000000000000000000000000002', // destination
  '8500213d000000000101001234567890',
);
// captures/lab/bios-ipxe-rom.pcap, frame 1 from IP on: a multicast report behind a hop-by-hop header with router alert.
const HOP_BY_HOP = fromHex(
  '60000000 0038 00 01',
  'fe80000000000000d0a092fffe253745',
  'ff020000000000000000000000000016',
  '3a00050200000100', // hop-by-hop header, next header 58
  '8f009d110000000204000000ff0200000000000000000001ff25374504000000ff02000000000000000000000000006a',
);
// Written by hand after RFC 8200 §4.5 and RFC 4302 §2: routing, authentication, and a later fragment's header.
const FRAGMENT = fromHex(
  '6a212345 002c 2b 40',
  'fe80000000000000021234fffe567890',
  'fe80000000000000d0a092fffe253745',
  '3300000000000000', // routing header
  '2c0400000000000100000001aabbccddeeff00112233', // authentication header: (4 + 2) * 4 = 24 octets
  '4455',
  '110005a900000007', // fragment header: next UDP, offset 181 * 8, more
  '00112233',
  'a5', // behind the payload length
);

describe('parseIpv6', () => {
  it('reads every field', () => {
    expect(parseIpv6(SOLICITATION)).toEqual({
      ok: true,
      value: {
        source: 'fe80::212:34ff:fe56:7890',
        destination: 'ff02::2',
        trafficClass: 0,
        flowLabel: 0,
        hopLimit: 255,
        payloadLength: 16,
        extensions: [],
        protocol: 58,
        fragment: { offset: 0, more: false },
        payload: SOLICITATION.subarray(40),
        trailing: new Uint8Array(0),
        missing: 0,
      },
    });
  });

  it('skips extension headers and keeps them', () => {
    expect(parseIpv6(HOP_BY_HOP)).toMatchObject({
      value: {
        extensions: [{ protocol: 0, bytes: fromHex('3a00050200000100') }],
        protocol: 58,
        payload: HOP_BY_HOP.subarray(48),
      },
    });
  });

  it('reads nothing into what follows the header of a later fragment', () => {
    expect(parseIpv6(FRAGMENT)).toMatchObject({
      value: {
        trafficClass: 0xa2,
        flowLabel: 0x12345,
        extensions: [{ protocol: 43 }, { protocol: 51, bytes: { length: 24 } }, { protocol: 44 }],
        protocol: 17,
        fragment: { offset: 1448, more: true },
        payload: fromHex('00112233'),
        trailing: fromHex('a5'),
      },
    });
    // The same with a destination options number in place of UDP: still octets from the middle.
    expect(parseIpv6(FRAGMENT.with(72, 60))).toMatchObject({
      value: { protocol: 60, payload: { length: 4 } },
    });
  });

  it.each([
    { name: 'nothing', length: 0, field: 'version', offset: 0 },
    { name: 'half a flow label', length: 2, field: 'flow label', offset: 0 },
    { name: 'no payload length', length: 4, field: 'payload length', offset: 4 },
    { name: 'no hop limit', length: 7, field: 'hop limit', offset: 7 },
    { name: 'half a source', length: 20, field: 'source', offset: 8 },
    { name: 'half a destination', length: 39, field: 'destination', offset: 24 },
    { name: 'half an extension header', length: 44, field: 'extension header', offset: 40 },
    { name: 'an extension header cut behind its length', length: 60, field: 'extension header', offset: 48 },
  ])('reports WIRE_TRUNCATED in $field for $name', ({ length, field, offset }) => {
    expect(parseIpv6(FRAGMENT.subarray(0, length))).toMatchObject({
      error: { code: 'WIRE_TRUNCATED', field, offset },
    });
  });

  it('reports an extension header that reaches behind the payload length', () => {
    expect(parseIpv6(HOP_BY_HOP.with(41, 7))).toMatchObject({
      error: { code: 'WIRE_TRUNCATED', field: 'extension header', offset: 40 },
    });
  });

  it('reports WIRE_MALFORMED for another version', () => {
    expect(parseIpv6(fromHex('45'))).toMatchObject({
      error: { code: 'WIRE_MALFORMED', field: 'version', offset: 0 },
    });
  });

  itIsACodec(
    { parse: parseIpv6, serialize: serializeIpv6, format: formatIpv6 },
    { 'a router solicitation': SOLICITATION, 'a hop-by-hop header': HOP_BY_HOP, 'a fragment': FRAGMENT },
  );
});

describe('serializeIpv6', () => {
  const source = ipv6FromBytes(SOLICITATION, 8);
  const destination = ipv6FromBytes(SOLICITATION, 24);

  it('computes the payload length', () => {
    const packet = { source, destination, protocol: 58, hopLimit: 255, payload: SOLICITATION.subarray(40) };
    expect(serializeIpv6(packet)).toEqual(SOLICITATION);
  });

  it('refuses extension headers whose chain does not end at the protocol', () => {
    const extensions = [{ protocol: 0, bytes: fromHex('1100050200000100') }];
    expect(() =>
      serializeIpv6({ source, destination, protocol: 58, extensions, payload: fromHex('') }),
    ).toThrow(expect.objectContaining({ code: 'WIRE_UNENCODABLE', field: 'next header' }));
  });
});
