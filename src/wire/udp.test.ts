import { describe, expect, it } from 'vitest';
import { ipv4, ipv6FromBytes } from './address.ts';
import { fromHex } from './bytes.ts';
import { itIsACodec } from './testing/codec-laws.ts';
import { formatUdp, parseUdp, serializeUdp, udpChecksum } from './udp.ts';

// captures/lab/bios-ipxe-rom.pcap, frame 25 from UDP on: iPXE asks for pxe.example.com.
const QUERY = fromHex(
  'f8ab', // source port
  '0035', // destination port
  '0029', // length
  'ab62', // checksum
  'fa470100000100000000000003707865076578616d706c6503636f6d0000010001',
);
const addresses = { source: ipv4('10.188.0.66'), destination: ipv4('10.188.0.20') };

describe('parseUdp', () => {
  it('reads every field', () => {
    expect(parseUdp(QUERY)).toEqual({
      ok: true,
      value: {
        sourcePort: 63659,
        destinationPort: 53,
        length: 41,
        checksum: 0xab62,
        payload: QUERY.subarray(8),
        trailing: new Uint8Array(0),
        missing: 0,
      },
    });
  });

  it('says what is missing where the datagram was cut behind its header', () => {
    expect(parseUdp(QUERY.subarray(0, 10))).toMatchObject({ value: { payload: { length: 2 }, missing: 31 } });
  });

  it.each([
    { bytes: '', code: 'WIRE_TRUNCATED', field: 'source port', offset: 0 },
    { bytes: 'f8ab00', code: 'WIRE_TRUNCATED', field: 'destination port', offset: 2 },
    { bytes: 'f8ab003500', code: 'WIRE_TRUNCATED', field: 'length', offset: 4 },
    { bytes: 'f8ab00350029ab', code: 'WIRE_TRUNCATED', field: 'checksum', offset: 6 },
    { bytes: 'f8ab00350007ab62', code: 'WIRE_MALFORMED', field: 'length', offset: 4 },
    { bytes: 'f8ab00350000ab62', code: 'WIRE_MALFORMED', field: 'length', offset: 4 },
  ])('reports $code in $field for "$bytes"', ({ bytes, code, field, offset }) => {
    expect(parseUdp(fromHex(bytes))).toMatchObject({ error: { code, field, offset } });
  });

  itIsACodec(
    { parse: parseUdp, serialize: serializeUdp, format: formatUdp },
    { 'a query': QUERY, 'octets behind the length': fromHex('0044004300090000', 'ff', 'a5a5') },
  );
});

describe('serializeUdp', () => {
  it('computes length and checksum with the addresses', () => {
    const datagram = { sourcePort: 63659, destinationPort: 53, payload: QUERY.subarray(8) };
    expect(serializeUdp(datagram, addresses)).toEqual(QUERY);
  });

  it('computes them over IPv6 too', () => {
    const pair = {
      source: ipv6FromBytes(fromHex('fe80000000000000021234fffe567890')),
      destination: ipv6FromBytes(fromHex('fe80000000000000d0a092fffe253745')),
    };
    const bytes = serializeUdp({ sourcePort: 1, destinationPort: 53, payload: fromHex('010203') }, pair);
    const parsed = parseUdp(bytes);
    expect(parsed.ok && udpChecksum(bytes, parsed.value, pair)).toBe('correct');
  });

  it('sends all ones where the checksum computes to 0', () => {
    const plain = serializeUdp({ sourcePort: 1, destinationPort: 2, payload: fromHex('0000') }, addresses);
    const rest = plain.subarray(6, 8);
    expect(
      serializeUdp({ sourcePort: 1, destinationPort: 2, payload: rest }, addresses).subarray(6, 8),
    ).toEqual(fromHex('ffff'));
  });

  it('writes no checksum, or any given one, without addresses', () => {
    const datagram = { sourcePort: 1, destinationPort: 2, payload: fromHex('00') };
    expect(serializeUdp(datagram).subarray(6, 8)).toEqual(fromHex('0000'));
    expect(serializeUdp({ ...datagram, checksum: 0xbeef }).subarray(6, 8)).toEqual(fromHex('beef'));
  });

  it('throws WIRE_UNENCODABLE for more than 65527 octets', () => {
    const datagram = { sourcePort: 1, destinationPort: 2, payload: new Uint8Array(65528) };
    expect(() => serializeUdp(datagram)).toThrow(
      expect.objectContaining({ code: 'WIRE_UNENCODABLE', field: 'length' }),
    );
  });
});

describe('udpChecksum', () => {
  it.each([
    { name: 'as sent', bytes: QUERY, state: 'correct' },
    { name: 'an octet changed', bytes: QUERY.with(12, 1), state: 'wrong' },
    { name: 'none', bytes: QUERY.with(6, 0).with(7, 0), state: 'absent' },
    { name: 'cut', bytes: QUERY.subarray(0, 20), state: 'unknown' },
    { name: 'padding behind it', bytes: new Uint8Array([...QUERY, 1, 2]), state: 'correct' },
  ])('says $state for $name', ({ bytes, state }) => {
    const parsed = parseUdp(bytes);
    expect(parsed.ok && udpChecksum(bytes, parsed.value, addresses)).toBe(state);
  });
});
