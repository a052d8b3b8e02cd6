import { describe, expect, it } from 'vitest';
import { ipv4 } from './address.ts';
import { fromHex } from './bytes.ts';
import { formatIpv4, isFragment, parseIpv4, serializeIpv4 } from './ipv4.ts';
import { itIsACodec } from './testing/codec-laws.ts';

// captures/lab/bios-ipxe-rom.pcap, frame 29 from IP on: iPXE's SYN.
const SYN = fromHex(
  '45 00 0040', // version, IHL, tos, total length
  '05a4 0000', // identification, fragment
  '40 06 5f51', // ttl, protocol, header checksum
  '0abc0042', // source
  '0abc000a', // destination
  '369200501486327700000000b002fffcbf2100000101080a0066e2d0000000000101040201030309020405b4',
);
// Written by hand: router alert (RFC 2113), the second fragment of three, four octets of payload, two of padding.
const FRAGMENT = fromHex(
  '46 c0 001c', // IHL 6
  '1234 20b9', // more fragments, offset 185 * 8
  '01 11 0000', // checksum wrong on purpose
  'c0000201 c0000202',
  '94040000', // option
  'deadbeef',
  '0000',
);
const RESERVED_FLAG = serializeIpv4({
  source: ipv4('10.0.0.1'),
  destination: ipv4('10.0.0.2'),
  protocol: 17,
  reservedFlag: true,
  payload: fromHex('00'),
});

describe('parseIpv4', () => {
  it('reads every field', () => {
    expect(parseIpv4(SYN)).toEqual({
      ok: true,
      value: {
        source: '10.188.0.66',
        destination: '10.188.0.10',
        protocol: 6,
        tos: 0,
        ttl: 64,
        identification: 0x05a4,
        dontFragment: false,
        reservedFlag: false,
        fragment: { offset: 0, more: false },
        totalLength: 64,
        checksum: { value: 0x5f51, correct: true },
        options: new Uint8Array(0),
        payload: SYN.subarray(20),
        trailing: new Uint8Array(0),
        missing: 0,
      },
    });
  });

  it('recognises a fragment, keeps options and padding, and says that the checksum is wrong', () => {
    const parsed = parseIpv4(FRAGMENT);

    expect(parsed).toMatchObject({
      value: {
        fragment: { offset: 1480, more: true },
        checksum: { value: 0, correct: false },
        options: fromHex('94040000'),
        payload: fromHex('deadbeef'),
        trailing: fromHex('0000'),
      },
    });
    expect(parsed.ok && isFragment(parsed.value)).toBe(true);
  });

  it('hands over the header and what there is of a packet that a snap length cut', () => {
    expect(parseIpv4(SYN.subarray(0, 40))).toMatchObject({
      value: { totalLength: 64, payload: { length: 20 }, missing: 24 },
    });
  });

  it('takes a total length of 0 as segmentation offload: all that was captured counts', () => {
    const parsed = parseIpv4(SYN.with(2, 0).with(3, 0));

    expect(parsed).toMatchObject({ value: { totalLength: 0, payload: { length: 44 }, missing: 0 } });
  });

  it.each([
    { name: 'nothing', bytes: '', code: 'WIRE_TRUNCATED', field: 'version', offset: 0 },
    { name: 'IPv6', bytes: '60', code: 'WIRE_MALFORMED', field: 'version', offset: 0 },
    { name: 'IHL 4', bytes: '44', code: 'WIRE_MALFORMED', field: 'IHL', offset: 0 },
    {
      name: 'a header cut in the ttl',
      bytes: '4500003d04a20000',
      code: 'WIRE_TRUNCATED',
      field: 'ttl',
      offset: 8,
    },
    {
      name: 'a header cut in the destination',
      bytes: '4500003d04a20000401160410abc00420abc',
      code: 'WIRE_TRUNCATED',
      field: 'destination',
      offset: 16,
    },
    {
      name: 'options that are not there',
      bytes: '4f00003d04a20000401160410abc00420abc00140000',
      code: 'WIRE_TRUNCATED',
      field: 'options',
      offset: 20,
    },
    {
      name: 'a total length shorter than the header',
      bytes: '4500001304a20000401160410abc00420abc0014',
      code: 'WIRE_MALFORMED',
      field: 'total length',
      offset: 2,
    },
  ])('reports $code in $field for $name', ({ bytes, code, field, offset }) => {
    expect(parseIpv4(fromHex(bytes))).toMatchObject({ error: { code, field, offset } });
  });

  itIsACodec(
    { parse: parseIpv4, serialize: serializeIpv4, format: formatIpv4 },
    {
      'a SYN': SYN,
      'a fragment with options and a wrong checksum': FRAGMENT,
      'the reserved flag': RESERVED_FLAG,
      'a packet of segmentation offload': SYN.with(2, 0).with(3, 0),
      'the checksum 0xffff that stands for 0': negativeZero(),
    },
  );
});

/** A header whose checksum computes to 0, with 0xffff in its place (RFC 1624 §3). */
function negativeZero(): Uint8Array {
  const base = {
    source: ipv4('10.0.0.1'),
    destination: ipv4('10.0.0.2'),
    protocol: 17,
    payload: fromHex(''),
  };
  const first = parseIpv4(serializeIpv4(base));
  if (!first.ok) throw first.error;
  const bytes = serializeIpv4({ ...base, identification: first.value.checksum.value });
  expect([bytes[10], bytes[11]]).toEqual([0, 0]);
  return bytes.with(10, 0xff).with(11, 0xff);
}

describe('serializeIpv4', () => {
  it('computes lengths and checksum from addresses and payload alone', () => {
    const bytes = serializeIpv4({
      source: ipv4('10.188.0.66'),
      destination: ipv4('10.188.0.10'),
      protocol: 6,
      identification: 0x05a4,
      payload: SYN.subarray(20),
    });
    expect(bytes).toEqual(SYN);
  });

  it('computes the checksum anew where a parsed packet is changed', () => {
    const parsed = parseIpv4(SYN);
    if (!parsed.ok) throw parsed.error;
    const changed = parseIpv4(serializeIpv4({ ...parsed.value, ttl: 1 }));
    expect(changed).toMatchObject({ value: { ttl: 1, checksum: { correct: true } } });
  });

  it('writes a wrong checksum and a wrong length only where it is asked to', () => {
    const base = {
      source: ipv4('10.0.0.1'),
      destination: ipv4('10.0.0.2'),
      protocol: 17,
      payload: fromHex('00'),
    };
    const bytes = serializeIpv4({ ...base, checksum: { value: 0xbeef, correct: false }, missing: 100 });
    expect(parseIpv4(bytes)).toMatchObject({
      value: { checksum: { value: 0xbeef, correct: false }, totalLength: 121, missing: 100 },
    });
  });

  it.each([
    { name: 'options of three octets', change: { options: fromHex('010101') }, field: 'options' },
    {
      name: 'a fragment offset of 4',
      change: { fragment: { offset: 4, more: false } },
      field: 'fragment offset',
    },
    {
      name: 'a fragment offset of 65536',
      change: { fragment: { offset: 65536, more: false } },
      field: 'fragment offset',
    },
    { name: 'ttl 256', change: { ttl: 256 }, field: 'ttl' },
    { name: 'more than 65535 octets', change: { payload: new Uint8Array(65536) }, field: 'total length' },
  ])('throws WIRE_UNENCODABLE in $field for $name', ({ change, field }) => {
    const base = {
      source: ipv4('10.0.0.1'),
      destination: ipv4('10.0.0.2'),
      protocol: 17,
      payload: fromHex('00'),
    };
    expect(() => serializeIpv4({ ...base, ...change })).toThrow(
      expect.objectContaining({ code: 'WIRE_UNENCODABLE', field }),
    );
  });
});
