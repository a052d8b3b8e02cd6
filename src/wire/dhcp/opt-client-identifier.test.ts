import { describe, expect, it } from 'vitest';
import { fromHex } from '../bytes.ts';
import { itIsACodec } from '../testing/codec-laws.ts';
import {
  formatClientIdentifier,
  identifiedMac,
  parseClientIdentifier,
  serializeClientIdentifier,
} from './opt-client-identifier.ts';

const IPXE = fromHex('01 001234567890');
const UUID = fromHex('00 4c4c4544 0039 4e10 804e b9c04f4d344a');
const DUID = fromHex('ff 00000001 0001 0001 2a3b4c5d 001234567890');

describe('parseClientIdentifier', () => {
  it.each([
    {
      data: IPXE,
      value: { kind: 'hardware', htype: 1, address: IPXE.subarray(1) },
      text: 'ether 00:12:34:56:78:90',
    },
    {
      data: UUID,
      value: { kind: 'opaque', octets: UUID.subarray(1) },
      text: 'opaque 4c4c454400394e10804eb9c04f4d344a',
    },
    {
      data: DUID,
      value: { kind: 'duid', iaid: 1, duid: DUID.subarray(5) },
      text: 'iaid 00000001 duid 000100012a3b4c5d001234567890',
    },
    // IOS-XR sends its serial number without a type: its first letter stands where the type would.
    {
      data: fromHex('46 4f 43'),
      value: { kind: 'hardware', htype: 0x46, address: fromHex('4f43') },
      text: 'type 70 4f43',
    },
    { data: fromHex('01 0012'), value: { kind: 'hardware', htype: 1 }, text: 'type 1 0012' },
  ])('reads $text', ({ data, value, text }) => {
    const parsed = parseClientIdentifier(data);
    expect(parsed).toMatchObject({ ok: true, value });
    if (parsed.ok) expect(formatClientIdentifier(parsed.value)).toBe(text);
  });

  it.each([
    { hex: '', offset: 0, field: 'client identifier type' },
    { hex: 'ff 000000', offset: 1, field: 'IAID' },
  ])('reports $field for "$hex"', ({ hex, offset, field }) => {
    expect(parseClientIdentifier(fromHex(hex))).toMatchObject({
      error: { code: 'WIRE_TRUNCATED', offset, field },
    });
  });

  itIsACodec(
    { parse: parseClientIdentifier, serialize: serializeClientIdentifier, format: formatClientIdentifier },
    { 'type and MAC address': IPXE, 'a UUID': UUID, 'a DUID': DUID },
  );
});

describe('serializeClientIdentifier', () => {
  it.each([
    { kind: 'hardware' as const, htype: 0, address: fromHex() },
    { kind: 'hardware' as const, htype: 255, address: fromHex() },
    { kind: 'duid' as const, iaid: 2 ** 32, duid: fromHex() },
  ])('refuses $kind with a type or IAID of another kind', (id) => {
    expect(() => serializeClientIdentifier(id)).toThrow(
      expect.objectContaining({ code: 'WIRE_UNENCODABLE' }),
    );
  });
});

describe('identifiedMac', () => {
  it('is there for type 1 with six octets alone', () => {
    expect(identifiedMac({ kind: 'hardware', htype: 1, address: IPXE.subarray(1) })).toBe(
      '00:12:34:56:78:90',
    );
    expect(identifiedMac({ kind: 'hardware', htype: 6, address: IPXE.subarray(1) })).toBeUndefined();
    expect(identifiedMac({ kind: 'hardware', htype: 1, address: IPXE })).toBeUndefined();
    expect(identifiedMac({ kind: 'opaque', octets: IPXE.subarray(1) })).toBeUndefined();
  });
});
