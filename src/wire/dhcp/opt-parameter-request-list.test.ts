import { describe, expect, it } from 'vitest';
import { fromHex } from '../bytes.ts';
import { itIsACodec } from '../testing/codec-laws.ts';
import {
  formatParameterRequestList,
  parseParameterRequestList,
  serializeParameterRequestList,
} from './opt-parameter-request-list.ts';

// hx-uefi-httpclient-discover.pcap, frame 1: 204 is an octet that EDK2 never set.
const EDK2_HTTP = fromHex('01 02 03 04 05 06 0c 0d 0f 11 12 16 17 1c 28 29 2a 2b 32 33 36 3a 3b 3c cc 43 61');

describe('parseParameterRequestList', () => {
  it('keeps order, duplicates and codes that make no sense', () => {
    expect(parseParameterRequestList(fromHex('03 01 03 00 ff'))).toEqual({
      ok: true,
      value: [3, 1, 3, 0, 255],
    });
  });

  itIsACodec(
    {
      parse: parseParameterRequestList,
      serialize: serializeParameterRequestList,
      format: formatParameterRequestList,
    },
    { 'a list with a stray octet': EDK2_HTTP, 'an empty list': fromHex() },
  );
});

describe('serializeParameterRequestList', () => {
  it('refuses what is no octet', () => {
    expect(() => serializeParameterRequestList([1, 256])).toThrow(
      expect.objectContaining({ code: 'WIRE_UNENCODABLE', offset: 1 }),
    );
  });
});

describe('formatParameterRequestList', () => {
  it.each([
    { codes: [...EDK2_HTTP], text: '1-6,12,13,15,17,18,22,23,28,40-43,50,51,54,58-60,204,67,97' },
    { codes: [1, 2, 4, 5, 6], text: '1,2,4-6' },
    { codes: [3, 2, 1], text: '3,2,1' },
    { codes: [7], text: '7' },
    { codes: [], text: '' },
  ])('writes $text', ({ codes, text }) => {
    expect(formatParameterRequestList(codes)).toBe(text);
  });
});
