import { describe, expect, it } from 'vitest';
import { fromHex } from './bytes.ts';
import { formatIcmp, parseIcmp, serializeIcmp, UNREACHABLE_CODE } from './icmp.ts';
import { parseIpv4 } from './ipv4.ts';
import { itIsACodec } from './testing/codec-laws.ts';
import { parseUdp } from './udp.ts';

// captures/lab/bios-ipxe-rom.pcap, frame 12 from ICMP on: dnsmasq looks whether the address is in use.
const ECHO = fromHex('08 00 58cb 9f34 0000', '0000000000000000000000000000000000000000');
// tianocore/user-attachments BZ-880-net0.pcap, frame 24 (BSD-2-Clause-Patent): nobody serves TFTP.
const UNREACHABLE = fromHex(
  '03 03 d2d2', // type, code, checksum
  '0000 0000', // unused, next-hop MTU
  '45000074 62900000 40114285 c0a82a12 c0a82a01', // the quoted IP header
  '0682 0045 0060 8672', // UDP
  '0001687474703a2f2f3139322e3136382e34322e313a383038302f4546492f424f4f542f677275627836342e656669006f637465740074',
  '73697a65003000626c6b73697a6500313436380077696e646f7773697a65003400',
);
// By hand, after RFC 1191 §4 and RFC 792.
const TOO_BIG = fromHex('03 04 fa13', '0000 0208', '0000');
const EXPIRED = fromHex('0b 00 f4ff', '00000000');
const TIMESTAMP = fromHex('0d 00 f2ff', '00000000');

describe('parseIcmp', () => {
  it('reads an echo request', () => {
    expect(parseIcmp(ECHO)).toEqual({
      ok: true,
      value: {
        kind: 'echo-request',
        code: 0,
        checksum: { value: 0x58cb, correct: true },
        id: 0x9f34,
        sequence: 0,
        data: new Uint8Array(20),
      },
    });
  });

  it('hands over the quoted datagram, which the other parsers read', () => {
    const icmp = parseIcmp(UNREACHABLE);
    expect(icmp).toMatchObject({
      value: { kind: 'destination-unreachable', code: 3, checksum: { correct: true } },
    });

    const ip =
      icmp.ok && icmp.value.kind === 'destination-unreachable' ? parseIpv4(icmp.value.quoted) : undefined;
    expect(ip).toMatchObject({ ok: true, value: { destination: '192.168.42.1', protocol: 17 } });
    expect(ip?.ok && parseUdp(ip.value.payload)).toMatchObject({
      value: { sourcePort: 1666, destinationPort: 69 },
    });
  });

  it('reads a quotation of 8 octets behind the header (RFC 792) as a datagram with octets missing', () => {
    const icmp = parseIcmp(UNREACHABLE.subarray(0, 8 + 20 + 8));
    const ip =
      icmp.ok && icmp.value.kind === 'destination-unreachable' ? parseIpv4(icmp.value.quoted) : undefined;
    expect(ip).toMatchObject({ value: { missing: 88 } });
    expect(ip?.ok && parseUdp(ip.value.payload)).toMatchObject({
      value: { destinationPort: 69, missing: 88 },
    });
  });

  it.each([
    {
      bytes: TOO_BIG,
      value: { kind: 'destination-unreachable', code: UNREACHABLE_CODE.fragmentationNeeded, nextHopMtu: 520 },
    },
    { bytes: EXPIRED, value: { kind: 'time-exceeded', quoted: new Uint8Array(0) } },
    { bytes: TIMESTAMP, value: { kind: 'unknown', type: 13, body: new Uint8Array(4) } },
    { bytes: ECHO.with(4, 0), value: { checksum: { value: 0x58cb, correct: false } } },
  ])('reads $value', ({ bytes, value }) => {
    expect(parseIcmp(bytes)).toMatchObject({ ok: true, value });
  });

  it.each([
    { length: 0, field: 'type', offset: 0 },
    { length: 1, field: 'code', offset: 1 },
    { length: 3, field: 'checksum', offset: 2 },
    { length: 4, field: 'unused', offset: 4 },
    { length: 7, field: 'next-hop MTU', offset: 6 },
  ])('reports $field for the first $length octets', ({ length, field, offset }) => {
    expect(parseIcmp(TOO_BIG.subarray(0, length))).toMatchObject({
      error: { code: 'WIRE_TRUNCATED', field, offset },
    });
  });

  itIsACodec(
    { parse: parseIcmp, serialize: serializeIcmp, format: formatIcmp },
    {
      'an echo request': ECHO,
      'destination unreachable': UNREACHABLE,
      'fragmentation needed': TOO_BIG,
      'time exceeded': EXPIRED,
      'a type that is not read': TIMESTAMP,
      'a wrong checksum': ECHO.with(4, 0),
      'unused octets': TOO_BIG.with(4, 1),
    },
  );
});

describe('serializeIcmp', () => {
  it('computes the checksum', () => {
    expect(
      serializeIcmp({ kind: 'echo-request', id: 0x9f34, sequence: 0, data: new Uint8Array(20) }),
    ).toEqual(ECHO);
  });

  it('writes a wrong checksum only where it is asked to', () => {
    const bytes = serializeIcmp({
      kind: 'echo-reply',
      checksum: { value: 0xbeef, correct: false },
      id: 1,
      sequence: 2,
      data: new Uint8Array(0),
    });
    expect(bytes).toEqual(fromHex('0000 beef 0001 0002'));
  });
});

describe('formatIcmp', () => {
  it('names the code', () => {
    const parsed = parseIcmp(UNREACHABLE);
    expect(parsed.ok && formatIcmp(parsed.value)).toBe('ICMP destination-unreachable port, quotes 116 bytes');
  });
});
