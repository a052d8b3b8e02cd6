import { describe, expect, it } from 'vitest';
import { fromHex } from '../bytes.ts';
import { itIsACodec } from '../testing/codec-laws.ts';
import { formatText, parseText, quoteText, serializeText, textOption } from './opt-text.ts';

describe('parseText', () => {
  it.each([
    { name: 'text', hex: '70 78 65', text: 'pxe', trailingNuls: 0 },
    { name: 'text and a NUL, as dnsmasq sends 67', hex: '70 78 65 00', text: 'pxe', trailingNuls: 1 },
    { name: 'NULs in the middle and at the end', hex: '61 00 62 00 00', text: 'a\0b', trailingNuls: 2 },
    { name: 'NULs alone', hex: '00 00', text: '', trailingNuls: 2 },
    { name: 'nothing', hex: '', text: '', trailingNuls: 0 },
    { name: 'octets above 127', hex: 'c3 bc', text: 'Ã¼', trailingNuls: 0 },
  ])('reads $name, and writes it back', ({ hex, text, trailingNuls }) => {
    expect(parseText(fromHex(hex))).toEqual({ ok: true, value: { text, trailingNuls } });
    expect(serializeText({ text, trailingNuls })).toEqual(fromHex(hex));
  });

  itIsACodec(
    { parse: parseText, serialize: serializeText, format: formatText },
    { 'a name': Buffer.from('undionly.kpxe\0') },
  );
});

describe('textOption', () => {
  it('writes no NUL, and refuses what is no octet', () => {
    expect(textOption('pxe')).toEqual(fromHex('707865'));
    expect(() => textOption('a→')).toThrow(expect.objectContaining({ code: 'WIRE_UNENCODABLE', offset: 1 }));
  });
});

describe('quoteText', () => {
  it('leaves no control character in the line', () => {
    expect(quoteText('a\n\u001b[2J\u007f\u009b"')).toBe('"a\\n\\u001b[2J\\u007f\\u009b\\""');
  });
});
