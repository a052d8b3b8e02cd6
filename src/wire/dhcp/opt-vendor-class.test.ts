import { describe, expect, it } from 'vitest';
import { itIsACodec } from '../testing/codec-laws.ts';
import {
  clientVendorClass,
  formatVendorClass,
  parseVendorClass,
  serializeVendorClass,
} from './opt-vendor-class.ts';

const octets = (text: string): Uint8Array => Buffer.from(text, 'latin1');

describe('parseVendorClass', () => {
  it.each([
    {
      text: 'PXEClient:Arch:00007:UNDI:003016',
      value: { kind: 'PXEClient', architecture: 7, undi: { major: 3, minor: 16 }, suffix: '' },
    },
    {
      // Decimal: 00016 is x64 HTTP, not 0x16.
      text: 'HTTPClient:Arch:00016:UNDI:003001',
      value: { kind: 'HTTPClient', architecture: 16, undi: { major: 3, minor: 1 }, suffix: '' },
    },
    {
      text: 'PXEClient:Arch:00009:UNDI:003010:PID:NCS-5508',
      value: { kind: 'PXEClient', architecture: 9, undi: { major: 3, minor: 10 }, suffix: ':PID:NCS-5508' },
    },
    {
      text: 'PXEClient',
      value: { kind: 'PXEClient', architecture: undefined, undi: undefined, suffix: '' },
    },
    {
      text: 'PXEClient:Arch:00000',
      value: { kind: 'PXEClient', architecture: 0, undi: undefined, suffix: '' },
    },
    {
      // PXE 2.1 Table 2-4 prints it so.
      text: 'PXEClient Arch:00000:UNDI:002001',
      value: { kind: 'PXEClient', architecture: undefined, suffix: ' Arch:00000:UNDI:002001' },
    },
    {
      text: 'PXEClient:Arch:7:UNDI:003016',
      value: { kind: 'PXEClient', architecture: undefined, suffix: ':Arch:7:UNDI:003016' },
    },
    { text: 'pxeclient:Arch:00000:UNDI:002001', value: { kind: 'other' } },
    { text: 'xPXEClienty', value: { kind: 'other' } },
    { text: 'PXEClien', value: { kind: 'other' } },
    { text: 'U-Boot.armv8', value: { kind: 'other' } },
    { text: '', value: { kind: 'other' } },
  ])('reads "$text"', ({ text, value }) => {
    expect(parseVendorClass(octets(text))).toMatchObject({
      ok: true,
      value: { ...value, text, trailingNuls: 0 },
    });
  });

  it('takes a NUL at the end off, and counts it', () => {
    expect(parseVendorClass(octets('PXEClient:Arch:00000:UNDI:002001\0'))).toMatchObject({
      value: { kind: 'PXEClient', architecture: 0, suffix: '', trailingNuls: 1 },
    });
  });

  itIsACodec(
    { parse: parseVendorClass, serialize: serializeVendorClass, format: formatVendorClass },
    {
      'a PXE client': octets('PXEClient:Arch:00000:UNDI:002001'),
      'a text with a line feed and NULs': octets('PXEClient:Arch:00000\n\0\0'),
      'another class': octets('udhcp 1.36.1'),
    },
  );
});

describe('clientVendorClass', () => {
  it('writes what parseVendorClass reads', () => {
    const text = clientVendorClass('HTTPClient', 16, { major: 3, minor: 1 });
    expect(text).toBe('HTTPClient:Arch:00016:UNDI:003001');
    expect(parseVendorClass(octets(text))).toMatchObject({
      value: { architecture: 16, undi: { major: 3, minor: 1 } },
    });
  });
});
