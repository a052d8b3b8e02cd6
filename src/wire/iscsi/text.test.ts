import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex } from '../bytes.ts';
import { iscsiTextValue, parseIscsiText, serializeIscsiText } from './text.ts';

const octets = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'));

describe('parseIscsiText', () => {
  it('keeps order, duplicates, letter case, empty values and what has no "="', () => {
    expect(parseIscsiText(octets('A=1\0a=2\0A=3=4\0B=\0odd\0'))).toEqual({
      pairs: [
        { key: 'A', value: '1' },
        { key: 'a', value: '2' },
        { key: 'A', value: '3=4' },
        { key: 'B', value: '' },
        { key: 'odd', value: undefined },
      ],
      unfinished: '',
    });
  });

  it('keeps what goes on in the next PDU apart', () => {
    expect(parseIscsiText(octets('A=1\0Target'))).toEqual({
      pairs: [{ key: 'A', value: '1' }],
      unfinished: 'Target',
    });
  });

  it('reads anything, and it is written back octet by octet', () => {
    const text = fc.array(fc.constantFrom(0, 0x3d, 0x41, 0xff), { maxLength: 30 });
    fc.assert(
      fc.property(text, (bytes) => {
        const data = Uint8Array.from(bytes);
        expect(toHex(serializeIscsiText(parseIscsiText(data)))).toBe(toHex(data));
      }),
    );
  });
});

describe('iscsiTextValue', () => {
  it('takes the first of several, in that letter case', () => {
    const { pairs } = parseIscsiText(octets('a=0\0A=1\0A=2\0'));
    expect(iscsiTextValue(pairs, 'A')).toBe('1');
    expect(iscsiTextValue(pairs, 'B')).toBeUndefined();
  });
});
