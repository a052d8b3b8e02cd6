import { describe, expect, it } from 'vitest';
import { fromHex } from './bytes.ts';
import { itIsACodec } from './testing/codec-laws.ts';
import { blockNumber, formatTftp, parseTftp, serializeTftp, tftpOption } from './tftp.ts';

const text = (ascii: string): string => Buffer.from(ascii, 'latin1').toString('hex');

// captures/lab/uefi-x64-dumb.pcap, frames 10 to 12 and 17: EDK2's size probe, and an ACK.
const RRQ = fromHex(
  '0001',
  text('ipxe.efi\0'),
  text('octet\0'),
  text('tsize\0'),
  text('0\0'),
  text('blksize\0'),
  text('1468\0'),
  text('windowsize\0'),
  text('4\0'),
);
const OACK = fromHex('0006', text('blksize\0'), text('1468\0'), text('tsize\0'), text('850528\0'));
const ERROR = fromHex('0005', '0008', text('User aborted the transfer\0'));
const ACK = fromHex('0004', '0001');
// The rest by hand, after RFC 1350 §5 and RFC 2347.
const WRQ = fromHex('0002', text('zz.bin\0'), text('netascii\0'));
const DATA = fromHex('0003', 'ffff', '0102030405');
const NAMELESS = fromHex('0001', '00', '00', '00', '00', '00', text('octet\0'));
const UNKNOWN = fromHex('0009', '0102');

describe('parseTftp', () => {
  it.each([
    {
      bytes: RRQ,
      value: {
        kind: 'rrq',
        file: 'ipxe.efi',
        mode: 'octet',
        options: [
          { name: 'tsize', value: '0' },
          { name: 'blksize', value: '1468' },
          { name: 'windowsize', value: '4' },
        ],
      },
    },
    { bytes: WRQ, value: { kind: 'wrq', file: 'zz.bin', mode: 'netascii', options: [] } },
    { bytes: DATA, value: { kind: 'data', block: 65535, data: fromHex('0102030405') } },
    { bytes: ACK, value: { kind: 'ack', block: 1, trailing: fromHex('') } },
    {
      bytes: ERROR,
      value: { kind: 'error', code: 8, message: 'User aborted the transfer', trailing: fromHex('') },
    },
    {
      bytes: OACK,
      value: {
        kind: 'oack',
        options: [
          { name: 'blksize', value: '1468' },
          { name: 'tsize', value: '850528' },
        ],
      },
    },
    { bytes: UNKNOWN, value: { kind: 'unknown', opcode: 9, trailing: fromHex('0102') } },
  ])('reads $value.kind', ({ bytes, value }) => {
    expect(parseTftp(bytes)).toEqual({ ok: true, value });
    expect(serializeTftp(value as never)).toEqual(bytes);
  });

  it('keeps order, duplicates and letter case of options', () => {
    const bytes = fromHex(
      '0006',
      text('TSize\0'),
      text('1\0'),
      text('blksize\0'),
      text('512\0'),
      text('tsize\0'),
      '00',
    );

    expect(parseTftp(bytes)).toMatchObject({
      value: {
        options: [
          { name: 'TSize', value: '1' },
          { name: 'blksize', value: '512' },
          { name: 'tsize', value: '' },
        ],
      },
    });
  });

  it('reads empty names and values, as odd clients send them', () => {
    expect(parseTftp(NAMELESS)).toMatchObject({
      value: {
        file: '',
        mode: '',
        options: [
          { name: '', value: '' },
          { name: '', value: 'octet' },
        ],
      },
    });
  });

  it('keeps octets that are not ASCII as they are', () => {
    expect(parseTftp(fromHex('0001', 'c3a4ff00', text('octet\0')))).toMatchObject({
      value: { file: '\u00c3\u00a4\u00ff' },
    });
  });

  it.each([
    { name: 'an empty datagram', bytes: '', field: 'opcode', offset: 0 },
    { name: 'half an opcode', bytes: '00', field: 'opcode', offset: 0 },
    { name: 'DATA cut inside the block number', bytes: '0003 00', field: 'block', offset: 2 },
    { name: 'ACK without a block number', bytes: '0004', field: 'block', offset: 2 },
    { name: 'ERROR without a code', bytes: '0005 00', field: 'code', offset: 2 },
    { name: 'ERROR without NUL', bytes: '0005 0001 6e6f', field: 'message', offset: 4 },
    { name: 'a request without a name', bytes: '0001', field: 'filename', offset: 2 },
    { name: 'a name without NUL', bytes: '0001 6162', field: 'filename', offset: 2 },
    { name: 'a mode without NUL', bytes: '0001 616200 6f63', field: 'mode', offset: 5 },
    { name: 'no mode at all', bytes: '0001 616200', field: 'mode', offset: 5 },
    { name: 'an option name without NUL', bytes: '0002 6100 6200 63', field: 'option name', offset: 6 },
    { name: 'an option without a value', bytes: '0001 6100 6200 6300', field: 'option value', offset: 8 },
    { name: 'an OACK value without NUL', bytes: '0006 6100 62', field: 'option value', offset: 4 },
  ])('reports WIRE_TRUNCATED in $field at byte $offset for $name', ({ bytes, field, offset }) => {
    expect(parseTftp(fromHex(bytes))).toMatchObject({
      ok: false,
      error: { code: 'WIRE_TRUNCATED', field, offset },
    });
  });

  itIsACodec(
    { parse: parseTftp, serialize: serializeTftp, format: formatTftp },
    { RRQ, WRQ, DATA, ACK, ERROR, OACK, NAMELESS, UNKNOWN },
  );
});

describe('serializeTftp', () => {
  it('throws WIRE_UNENCODABLE for a NUL inside text', () => {
    expect(() => serializeTftp({ kind: 'rrq', file: 'a\0b', mode: 'octet', options: [] })).toThrow(
      expect.objectContaining({ code: 'WIRE_UNENCODABLE', field: 'filename' }),
    );
  });
});

describe('formatTftp', () => {
  it.each([
    { bytes: RRQ, line: 'RRQ ipxe.efi octet tsize=0 blksize=1468 windowsize=4' },
    { bytes: DATA, line: 'DATA 65535, 5 bytes' },
    { bytes: ACK, line: 'ACK 1' },
    { bytes: ERROR, line: 'ERROR 8 "User aborted the transfer"' },
    { bytes: OACK, line: 'OACK blksize=1468 tsize=850528' },
    { bytes: NAMELESS, line: 'RRQ "" "" ""="" ""=octet' },
  ])('says $line', ({ bytes, line }) => {
    const parsed = parseTftp(bytes);
    expect(parsed.ok && formatTftp(parsed.value)).toBe(line);
  });
});

describe('blockNumber', () => {
  it('goes from 65535 on to 0', () => {
    expect([1, 65535, 65536, 65537].map(blockNumber)).toEqual([1, 65535, 0, 1]);
  });
});

describe('tftpOption', () => {
  it('finds the first of that name in any letter case', () => {
    const options = [
      { name: 'BLKSIZE', value: '8' },
      { name: 'blksize', value: '9' },
    ];
    expect(tftpOption(options, 'blksize')).toBe('8');
    expect(tftpOption(options, 'tsize')).toBeUndefined();
  });
});
