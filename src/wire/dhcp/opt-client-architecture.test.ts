import { describe, expect, it } from 'vitest';
import { fromHex } from '../bytes.ts';
import { itIsACodec } from '../testing/codec-laws.ts';
import {
  architectureName,
  formatClientArchitectures,
  isHttpArchitecture,
  parseClientArchitectures,
  serializeClientArchitectures,
} from './opt-client-architecture.ts';

describe('parseClientArchitectures', () => {
  it.each([
    { name: 'one code', hex: '0007', codes: [7] },
    { name: 'two codes, most preferred first', hex: '0007 0010', codes: [7, 16] },
    { name: 'a code that nobody has, first', hex: '00fe 0007', codes: [254, 7] },
    { name: 'big-endian codes only', hex: '0700', codes: [1792] },
    { name: 'an empty list', hex: '', codes: [] },
  ])('reads $name', ({ hex, codes }) => {
    expect(parseClientArchitectures(fromHex(hex))).toEqual({ ok: true, value: codes });
  });

  it.each([
    { length: 1, offset: 0 },
    { length: 3, offset: 2 },
  ])('reports a length of $length', ({ length, offset }) => {
    expect(parseClientArchitectures(new Uint8Array(length))).toMatchObject({
      error: { code: 'WIRE_TRUNCATED', offset, field: 'architecture type' },
    });
  });

  itIsACodec(
    {
      parse: parseClientArchitectures,
      serialize: serializeClientArchitectures,
      format: formatClientArchitectures,
    },
    { 'two codes': fromHex('0007 0010') },
  );
});

describe('serializeClientArchitectures', () => {
  it('refuses a code of 17 bits', () => {
    expect(() => serializeClientArchitectures([7, 0x10000])).toThrow(
      expect.objectContaining({ code: 'WIRE_UNENCODABLE', offset: 2 }),
    );
  });
});

describe('architectureName', () => {
  // IANA, "Processor Architecture Types"; 7 and 9 are as IANA has them, not as RFC 4578 §2.1 prints them.
  it.each([
    [0, 'x86 BIOS'],
    [6, 'IA32 UEFI'],
    [7, 'x64 UEFI'],
    [9, 'EBC'],
    [10, 'ARM32 UEFI'],
    [11, 'ARM64 UEFI'],
    [12, 'PowerPC Open Firmware'],
    [16, 'x64 UEFI HTTP'],
    [19, 'ARM64 UEFI HTTP'],
    [20, 'x86 BIOS HTTP'],
    [22, 'ARM64 U-Boot'],
    [27, 'RISC-V64 UEFI'],
    [31, 's390 basic'],
    [34, 'MIPS64 UEFI'],
    [39, 'LoongArch64 UEFI'],
    [41, 'ARM rpiboot'],
    [42, undefined],
    [65535, undefined],
  ])('calls %i %s', (code, name) => {
    expect(architectureName(code)).toBe(name);
  });
});

describe('isHttpArchitecture', () => {
  it('knows the HTTP codes of the registry', () => {
    const http = Array.from({ length: 64 }, (_, code) => code).filter(isHttpArchitecture);
    expect(http).toEqual([15, 16, 17, 18, 19, 20, 23, 24, 26, 28, 30, 38, 40]);
  });
});

describe('formatClientArchitectures', () => {
  it('writes code and name', () => {
    expect(formatClientArchitectures([7, 254])).toBe('7 (x64 UEFI), 254');
  });
});
