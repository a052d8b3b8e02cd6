import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../bytes.ts';
import { itIsACodec } from '../testing/codec-laws.ts';
import { formatIpxeOptions, ipxeOptionName, parseIpxeOptions, serializeIpxeOptions } from './opt-ipxe.ts';

// The write-up's DISCOVER: "177.5.1.26.244.16.0.24.1.1.35.1.1...".
const WRITE_UP = fromHex(
  'b1 05 01 1af4 1000', // bus-id: PCI, virtio
  '18 01 01  23 01 01  22 01 01  19 01 01  21 01 01  10 01 02  13 01 01  11 01 01',
  'eb 03 01 00 00', // version
  '17 01 01  15 01 01  12 01 01',
);
// What a server tells iPXE: no-pxedhcp and a priority of -1, with END.
const FROM_SERVER = fromHex('b0 01 01', '01 01 ff', 'ff');

describe('parseIpxeOptions', () => {
  it("reads features, version and bus of the write-up's client", () => {
    expect(parseIpxeOptions(WRITE_UP)).toMatchObject({
      ok: true,
      value: {
        features: [
          'bzimage',
          'comboot',
          'elf',
          'multiboot',
          'pxe',
          'pxeext',
          'http',
          'iscsi',
          'dns',
          'tftp',
          'aoe',
        ],
        version: '1.0.0',
        busId: { type: 1, vendor: 0x1af4, device: 0x1000 },
        noPxedhcp: undefined,
        priority: undefined,
        end: fromHex(),
      },
    });
  });

  it('reads what a server tells iPXE', () => {
    expect(parseIpxeOptions(FROM_SERVER)).toMatchObject({
      value: { noPxedhcp: 1, priority: -1, features: [], version: undefined, end: fromHex('ff') },
    });
  });

  it('has no value where the length is another one, and keeps the sub-option', () => {
    expect(parseIpxeOptions(fromHex('eb 02 0100', 'b1 04 01020304', 'b0 00', '01 00'))).toMatchObject({
      value: {
        version: undefined,
        busId: undefined,
        noPxedhcp: undefined,
        priority: undefined,
        subOptions: [{ code: 235 }, { code: 177 }, { code: 176 }, { code: 1 }],
      },
    });
  });

  it('numbers a feature without a name', () => {
    expect(parseIpxeOptions(fromHex('2a 01 01'))).toMatchObject({ value: { features: ['feature-42'] } });
  });

  it('reports a sub-option over the end', () => {
    expect(parseIpxeOptions(fromHex('eb 03 0100'))).toMatchObject({
      error: { code: 'WIRE_TRUNCATED', offset: 2, field: '175.235' },
    });
  });

  itIsACodec(
    { parse: parseIpxeOptions, serialize: serializeIpxeOptions, format: formatIpxeOptions },
    { "the write-up's": WRITE_UP, "a server's": FROM_SERVER, 'an empty option': fromHex() },
  );
});

describe('serializeIpxeOptions', () => {
  it('writes what a server wants to say', () => {
    const data = serializeIpxeOptions({
      subOptions: [{ code: 176, data: fromHex('01') }],
      end: fromHex('ff'),
    });
    expect(toHex(data)).toBe('b00101ff');
  });
});

describe('ipxeOptionName', () => {
  it.each([
    [19, 'http'],
    [36, 'efi'],
    [176, 'no-pxedhcp'],
    [177, 'bus-id'],
    [189, 'san-drive'],
    [235, 'version'],
    [42, undefined],
    [4, undefined],
  ])('calls %i %s', (code, name) => {
    expect(ipxeOptionName(code)).toBe(name);
  });
});

describe('formatIpxeOptions', () => {
  it('writes one line', () => {
    const parsed = [WRITE_UP, FROM_SERVER].map((data) => {
      const result = parseIpxeOptions(data);
      return result.ok ? formatIpxeOptions(result.value) : result.error.message;
    });
    expect(parsed).toEqual([
      'iPXE 1.0.0, bus 1 1af4:1000, bzimage comboot elf multiboot pxe pxeext http iscsi dns tftp aoe',
      'no-pxedhcp 1, priority -1',
    ]);
  });
});
