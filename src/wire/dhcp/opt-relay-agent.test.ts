import { describe, expect, it } from 'vitest';
import { fromHex } from '../bytes.ts';
import { itIsACodec } from '../testing/codec-laws.ts';
import {
  formatRelayAgentInformation,
  parseRelayAgentInformation,
  serializeRelayAgentInformation,
} from './opt-relay-agent.ts';

// RFC 3046 §2.0: circuit id "port7", remote id 0012f0.
const SAMPLE = fromHex('01 05 706f727437', '02 03 0012f0');

describe('parseRelayAgentInformation', () => {
  it('reads sub-options in wire order with their offsets', () => {
    expect(parseRelayAgentInformation(SAMPLE)).toEqual({
      ok: true,
      value: [
        { code: 1, data: fromHex('706f727437'), offset: 0 },
        { code: 2, data: fromHex('0012f0'), offset: 7 },
      ],
    });
  });

  it('takes 0 and 255 as codes with a length: there is neither PAD nor END', () => {
    expect(parseRelayAgentInformation(fromHex('00 01 aa', 'ff 00', '01 01 bb'))).toMatchObject({
      value: [{ code: 0 }, { code: 255 }, { code: 1, offset: 5 }],
    });
  });

  it.each([
    { hex: '01 01 aa 02', offset: 4, field: '82.2 length' },
    { hex: '01 01 aa 02 03 00', offset: 5, field: '82.2' },
    { hex: '00', offset: 1, field: '82.0 length' },
  ])('reports $field for $hex', ({ hex, offset, field }) => {
    expect(parseRelayAgentInformation(fromHex(hex))).toMatchObject({
      error: { code: 'WIRE_TRUNCATED', offset, field },
    });
  });

  itIsACodec(
    {
      parse: parseRelayAgentInformation,
      serialize: serializeRelayAgentInformation,
      format: formatRelayAgentInformation,
    },
    { 'two sub-options': SAMPLE, nothing: fromHex() },
  );
});

describe('serializeRelayAgentInformation', () => {
  it.each([
    { code: 256, data: fromHex() },
    { code: 1, data: new Uint8Array(256) },
  ])('refuses what has no encoding', (subOption) => {
    expect(() => serializeRelayAgentInformation([subOption])).toThrow(
      expect.objectContaining({ code: 'WIRE_UNENCODABLE' }),
    );
  });
});

describe('formatRelayAgentInformation', () => {
  it('writes text as text and the rest as hex', () => {
    const parsed = parseRelayAgentInformation(fromHex(`010570 6f727437`, '02 03 0012f0', 'c8 00'));
    if (!parsed.ok) throw parsed.error;
    expect(formatRelayAgentInformation(parsed.value)).toBe('circuit-id "port7", remote-id 0012f0, 200');
  });
});
