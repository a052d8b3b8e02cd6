import { describe, expect, it } from 'vitest';
import { ipv6FromBytes, mac } from './address.ts';
import { fromHex } from './bytes.ts';
import { formatIcmpv6, type Icmpv6, icmpv6Checksum, parseIcmpv6, serializeIcmpv6 } from './icmpv6.ts';
import { itIsACodec } from './testing/codec-laws.ts';

// captures/lab/uefi-x64-dumb.pcap, frame 1 from ICMPv6 on: dnsmasq's advertisement.
const ADVERTISEMENT = fromHex(
  '86 00 145b', // type, code, checksum
  '40 00 0708', // hop limit, flags, lifetime
  '00000000 00000000', // reachable time, retrans timer
  '03 04 40 c0 ffffffff ffffffff 00000000 fd000188000000000000000000000000', // prefix
  '05 01 0000 000005dc', // mtu
  '01 01 5eaa293700dd', // source link-layer address
  '19 03 0000 ffffffff fe80000000000000d0a092fffe253745', // recursive DNS server
);
const ROUTER = ipv6FromBytes(fromHex('fe80000000000000d0a092fffe253745'));
const ALL_NODES = ipv6FromBytes(fromHex('ff020000000000000000000000000001'));
// captures/lab/bios-ipxe-rom.pcap, frame 5: iPXE solicits.
const SOLICITATION = fromHex('85 00 213d', '00000000', '01 01 001234567890');
// captures/lab/uefi-x64-dumb.pcap, frame 3: EDK2 looks whether its address is free.
const NEIGHBOUR_SOLICITATION = fromHex('87 00 5544', '00000000', 'fe80000000000000021234fffe567892');
// Written by hand after RFC 4861 §4.4: solicited and override, with a reserved bit that no one may set.
const NEIGHBOUR_ADVERTISEMENT = fromHex(
  '88 00 0000',
  '60000001',
  'fe80000000000000021234fffe567892',
  '02 01 001234567892',
);
// RFC 4443 §4.1 and §3.1, by hand.
const ECHO = fromHex('80 00 0000', '1234 0001', '6869');
const UNREACHABLE = fromHex('01 04 0000', '00000000', '6000000000083aff');
// captures/lab/bios-ipxe-rom.pcap, frame 1: a multicast listener report.
const REPORT = fromHex(
  '8f009d110000000204000000ff0200000000000000000001ff253745',
  '04000000ff02000000000000000000000000006a',
);
// Reserved bits everywhere, an option that no one knows, a link-layer address of another length.
const ODD = fromHex(
  '86 00 0000 40 3f 0000 00000000 00000000',
  '03 04 40 d1 00000001 00000002 12345678 fd000188000000000000000000000000',
  '05 01 ffff 000005dc',
  '19 03 0001 ffffffff fe80000000000000d0a092fffe253745',
  '01 02 5eaa293700dd0000000000000000',
  '19 02 0000 ffffffff 0000000000000000', // room for half an address
  'fd 01 000000000000',
);

describe('parseIcmpv6', () => {
  it('reads a router advertisement with its options in wire order', () => {
    expect(parseIcmpv6(ADVERTISEMENT)).toEqual({
      ok: true,
      value: {
        kind: 'router-advertisement',
        code: 0,
        checksum: 0x145b,
        hopLimit: 64,
        managed: false,
        otherConfig: false,
        lifetime: 1800,
        reachableTime: 0,
        retransTimer: 0,
        options: [
          {
            kind: 'prefix',
            prefix: 'fd00:188::',
            prefixLength: 64,
            onLink: true,
            autonomous: true,
            validLifetime: 0xffffffff,
            preferredLifetime: 0xffffffff,
          },
          { kind: 'mtu', mtu: 1500 },
          { kind: 'source-link-layer', address: '5e:aa:29:37:00:dd' },
          { kind: 'rdnss', lifetime: 0xffffffff, servers: [ROUTER] },
        ],
      },
    });
  });

  it.each([
    {
      bytes: SOLICITATION,
      value: {
        kind: 'router-solicitation',
        options: [{ kind: 'source-link-layer', address: '00:12:34:56:78:90' }],
      },
    },
    {
      bytes: NEIGHBOUR_SOLICITATION,
      value: { kind: 'neighbour-solicitation', target: 'fe80::212:34ff:fe56:7892' },
    },
    {
      bytes: NEIGHBOUR_ADVERTISEMENT,
      value: {
        kind: 'neighbour-advertisement',
        target: 'fe80::212:34ff:fe56:7892',
        router: false,
        solicited: true,
        override: true,
        reserved: 1,
        options: [{ kind: 'target-link-layer', address: '00:12:34:56:78:92' }],
      },
    },
    { bytes: ECHO, value: { kind: 'echo-request', id: 0x1234, sequence: 1, data: fromHex('6869') } },
    {
      bytes: UNREACHABLE,
      value: { kind: 'destination-unreachable', code: 4, quoted: UNREACHABLE.subarray(8) },
    },
    { bytes: REPORT, value: { kind: 'unknown', type: 143, body: REPORT.subarray(4) } },
  ])('reads $value.kind', ({ bytes, value }) => {
    expect(parseIcmpv6(bytes)).toMatchObject({ ok: true, value });
  });

  it('keeps an option whose length does not suit its type as octets', () => {
    expect(parseIcmpv6(ODD)).toMatchObject({
      value: {
        options: [
          { kind: 'prefix', reserved: { flags: 0x11, octets: 0x12345678 } },
          { kind: 'mtu', reserved: 0xffff },
          { kind: 'rdnss', reserved: 1 },
          { kind: 'unknown', type: 1, bytes: { length: 14 } },
          { kind: 'unknown', type: 25, bytes: { length: 14 } },
          { kind: 'unknown', type: 253, bytes: { length: 6 } },
        ],
      },
    });
  });

  it.each([
    { name: 'nothing', bytes: '', code: 'WIRE_TRUNCATED', field: 'type', offset: 0 },
    { name: 'half a checksum', bytes: '8500ff', code: 'WIRE_TRUNCATED', field: 'checksum', offset: 2 },
    {
      name: 'no lifetime',
      bytes: '8600000040 00',
      code: 'WIRE_TRUNCATED',
      field: 'router lifetime',
      offset: 6,
    },
    {
      name: 'half a target',
      bytes: '8700000000000000fe80',
      code: 'WIRE_TRUNCATED',
      field: 'target address',
      offset: 8,
    },
    {
      name: 'an option of length 0',
      bytes: '85000000000000000100',
      code: 'WIRE_MALFORMED',
      field: 'option length',
      offset: 9,
    },
    {
      name: 'an option cut',
      bytes: '85000000000000000101aa',
      code: 'WIRE_TRUNCATED',
      field: 'option value',
      offset: 10,
    },
    {
      name: 'an option of one octet',
      bytes: '850000000000000001',
      code: 'WIRE_TRUNCATED',
      field: 'option length',
      offset: 9,
    },
  ])('reports $code in $field for $name', ({ bytes, code, field, offset }) => {
    expect(parseIcmpv6(fromHex(bytes))).toMatchObject({ error: { code, field, offset } });
  });

  itIsACodec(
    { parse: parseIcmpv6, serialize: serializeIcmpv6, format: formatIcmpv6 },
    {
      'a router advertisement': ADVERTISEMENT,
      'a router solicitation': SOLICITATION,
      'a neighbour solicitation': NEIGHBOUR_SOLICITATION,
      'a neighbour advertisement': NEIGHBOUR_ADVERTISEMENT,
      'an echo request': ECHO,
      'destination unreachable': UNREACHABLE,
      'a type that is not read': REPORT,
      'reserved bits and odd options': ODD,
    },
  );
});

describe('serializeIcmpv6', () => {
  it('computes the checksum with the addresses', () => {
    const parsed = parseIcmpv6(ADVERTISEMENT);
    if (!parsed.ok) throw parsed.error;
    const addresses = { source: ROUTER, destination: ALL_NODES };
    expect(serializeIcmpv6({ ...parsed.value, checksum: 0 }, addresses)).toEqual(ADVERTISEMENT);
    expect(icmpv6Checksum(ADVERTISEMENT, addresses)).toBe('correct');
    expect(icmpv6Checksum(ADVERTISEMENT.with(4, 1), addresses)).toBe('wrong');
    expect(icmpv6Checksum(ADVERTISEMENT, addresses, 4)).toBe('unknown');
  });

  it('builds the advertisement of a router that hosts may not use, with neither prefix nor DNS', () => {
    const bytes = serializeIcmpv6({
      kind: 'router-advertisement',
      hopLimit: 0,
      managed: false,
      otherConfig: false,
      lifetime: 0,
      reachableTime: 0,
      retransTimer: 0,
      options: [{ kind: 'source-link-layer', address: mac('52:54:00:00:00:01') }],
    });
    expect(bytes).toEqual(fromHex('86000000 0000 0000 00000000 00000000', '0101 525400000001'));
  });

  it('refuses an unknown option that does not fill its eights of octets', () => {
    const options = [{ kind: 'unknown', type: 253, bytes: fromHex('00') }] as const;
    expect(() => serializeIcmpv6({ kind: 'router-solicitation', options })).toThrow(
      expect.objectContaining({ code: 'WIRE_UNENCODABLE', field: 'option value' }),
    );
  });
});

describe('formatIcmpv6', () => {
  it.each<{ bytes: Uint8Array; text: string }>([
    {
      bytes: ADVERTISEMENT,
      text: 'ICMPv6 router-advertisement lifetime 1800, prefix fd00:188::/64, mtu 1500, source-link-layer 5e:aa:29:37:00:dd, dns fe80::d0a0:92ff:fe25:3745',
    },
    {
      bytes: NEIGHBOUR_SOLICITATION,
      text: 'ICMPv6 neighbour-solicitation who has fe80::212:34ff:fe56:7892?',
    },
  ])('says "$text"', ({ bytes, text }) => {
    const parsed = parseIcmpv6(bytes) as { readonly value: Icmpv6 };
    expect(formatIcmpv6(parsed.value)).toBe(text);
  });
});
