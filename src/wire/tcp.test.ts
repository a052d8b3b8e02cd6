import { describe, expect, it } from 'vitest';
import { ipv4 } from './address.ts';
import { fromHex } from './bytes.ts';
import { formatTcp, parseTcp, serializeTcp, tcpChecksum, tcpFlags } from './tcp.ts';
import { itIsACodec } from './testing/codec-laws.ts';

// captures/lab/bios-ipxe-rom.pcap, frame 29 from TCP on: iPXE's SYN.
const SYN = fromHex(
  '3692 0050', // ports
  '14863277', // sequence number
  '00000000', // acknowledgment number
  'b0 02', // data offset, flags
  'fffc bf21 0000', // window, checksum, urgent pointer
  '0101 080a0066e2d000000000', // timestamps
  '0101 0402', // SACK permitted
  '01 030309', // window scale
  '020405b4', // MSS
);
const addresses = { source: ipv4('10.188.0.66'), destination: ipv4('10.188.0.10') };
// captures/lab/bios-ipxe-rom.pcap, frame 30: the answer, its checksum left to offload.
const SYN_ACK = fromHex(
  '0050 3692 0fc5b196 14863278 a012 fe88 15f2 0000',
  '020405b4 0402 080aacb616b00066e2d0 01 03030a',
);
// By hand, after RFC 2018 §3: a duplicate ACK with two blocks; NS bit, CWR, ECE, urgent; end of list with padding.
const SACK = fromHex(
  '0050 3692 00000001 00000002 a1f8 0400 0000 0005',
  '0512 00000010 00000020 00000030 00000040 00 a5',
  '6869',
);
const BAD_OPTION = fromHex('0050 3692 00000001 00000002 7000 0400 0000 0000', '02 04 05b4 08 0a 0000', 'ff');

describe('parseTcp', () => {
  it('reads every field and the options in wire order', () => {
    expect(parseTcp(SYN)).toEqual({
      ok: true,
      value: {
        sourcePort: 13970,
        destinationPort: 80,
        seq: 0x14863277,
        ack: 0,
        flags: tcpFlags('syn'),
        reserved: 0,
        window: 65532,
        checksum: 0xbf21,
        urgentPointer: 0,
        options: [
          { kind: 'nop' },
          { kind: 'nop' },
          { kind: 'timestamps', value: 0x66e2d0, echo: 0 },
          { kind: 'nop' },
          { kind: 'nop' },
          { kind: 'sack-permitted' },
          { kind: 'nop' },
          { kind: 'window-scale', shift: 9 },
          { kind: 'mss', mss: 1460 },
        ],
        payload: new Uint8Array(0),
      },
    });
  });

  it('reads SACK blocks, reserved bits, all flags and what is behind the end of the list', () => {
    expect(parseTcp(SACK)).toMatchObject({
      value: {
        reserved: 1,
        flags: { fin: false, syn: false, rst: false, psh: true, ack: true, urg: true, ece: true, cwr: true },
        urgentPointer: 5,
        options: [
          {
            kind: 'sack',
            blocks: [
              { left: 16, right: 32 },
              { left: 48, right: 64 },
            ],
          },
          { kind: 'end', padding: fromHex('a5') },
        ],
        payload: fromHex('6869'),
      },
    });
  });

  it('keeps options that reach beyond the header, and the segment around them', () => {
    expect(parseTcp(BAD_OPTION)).toMatchObject({
      value: {
        options: [
          { kind: 'mss', mss: 1460 },
          { kind: 'malformed', bytes: fromHex('080a0000') },
        ],
        payload: fromHex('ff'),
      },
    });
  });

  it.each([
    {
      name: 'an MSS of one octet',
      option: '02 03 05 00',
      kept: { kind: 'unknown', code: 2, bytes: fromHex('05') },
    },
    { name: 'a length of 0', option: '08 00 00 00', kept: { kind: 'malformed', bytes: fromHex('08000000') } },
    { name: 'a length of 1', option: '08 01 00 00', kept: { kind: 'malformed', bytes: fromHex('08010000') } },
    { name: 'no length', option: '01 01 01 08', kept: { kind: 'malformed', bytes: fromHex('08') } },
    {
      name: 'SACK without blocks',
      option: '05 02 01 01',
      kept: { kind: 'unknown', code: 5, bytes: fromHex('') },
    },
    {
      name: 'a code no one knows',
      option: 'fd 04 f9 89',
      kept: { kind: 'unknown', code: 253, bytes: fromHex('f989') },
    },
  ])('keeps $name as octets', ({ option, kept }) => {
    const bytes = fromHex('0050 3692 00000001 00000002 6000 0400 0000 0000', option);
    const parsed = parseTcp(bytes);
    expect(parsed.ok && parsed.value.options).toContainEqual(kept);
    expect(parsed.ok && serializeTcp(parsed.value)).toEqual(bytes);
  });

  it.each([
    { length: 0, field: 'source port', offset: 0 },
    { length: 3, field: 'destination port', offset: 2 },
    { length: 7, field: 'sequence number', offset: 4 },
    { length: 8, field: 'acknowledgment number', offset: 8 },
    { length: 13, field: 'data offset', offset: 12 },
    { length: 15, field: 'window', offset: 14 },
    { length: 17, field: 'checksum', offset: 16 },
    { length: 19, field: 'urgent pointer', offset: 18 },
    { length: 43, field: 'options', offset: 20 },
  ])('reports $field for the first $length octets', ({ length, field, offset }) => {
    expect(parseTcp(SYN.subarray(0, length))).toMatchObject({
      error: { code: 'WIRE_TRUNCATED', field, offset },
    });
  });

  it('reports WIRE_MALFORMED for a data offset of 4', () => {
    expect(parseTcp(SYN.with(12, 0x40))).toMatchObject({
      error: { code: 'WIRE_MALFORMED', field: 'data offset', offset: 12 },
    });
  });

  itIsACodec(
    { parse: parseTcp, serialize: serializeTcp, format: formatTcp },
    { SYN, 'SYN and ACK': SYN_ACK, SACK, 'an option that reaches too far': BAD_OPTION },
  );
});

describe('serializeTcp', () => {
  it('computes the checksum with the addresses', () => {
    const parsed = parseTcp(SYN);
    if (!parsed.ok) throw parsed.error;
    expect(serializeTcp({ ...parsed.value, checksum: 0 }, addresses)).toEqual(SYN);
  });

  it('fills options up to fours', () => {
    const segment = { sourcePort: 1, destinationPort: 2, seq: 3, flags: tcpFlags('syn') };
    const bytes = serializeTcp({ ...segment, options: [{ kind: 'window-scale', shift: 7 }] });
    expect(bytes.subarray(20)).toEqual(fromHex('03030700'));
    expect(bytes[12]).toBe(0x60);
  });

  it('throws WIRE_UNENCODABLE for more than 40 octets of options', () => {
    const options = [{ kind: 'unknown', code: 253, bytes: new Uint8Array(39) }] as const;
    expect(() =>
      serializeTcp({ sourcePort: 1, destinationPort: 2, seq: 3, flags: tcpFlags(), options }),
    ).toThrow(expect.objectContaining({ code: 'WIRE_UNENCODABLE', field: 'options' }));
  });
});

describe('tcpChecksum', () => {
  it('tells correct, wrong, unfinished and unknown apart', () => {
    expect(tcpChecksum(SYN, addresses)).toBe('correct');
    expect(tcpChecksum(SYN.with(4, 0), addresses)).toBe('wrong');
    expect(tcpChecksum(SYN_ACK, { source: addresses.destination, destination: addresses.source })).toBe(
      'unfinished',
    );
    expect(tcpChecksum(SYN, addresses, 1)).toBe('unknown');
  });
});

describe('formatTcp', () => {
  it('names flags and options', () => {
    const parsed = parseTcp(SYN_ACK);
    expect(parsed.ok && formatTcp(parsed.value)).toBe(
      'TCP 80 > 13970 syn,ack seq 264614294 ack 344339064 window 65160 mss 1460 sack-permitted timestamps 2897614512 6742736 wscale 10, 0 bytes',
    );
  });
});
