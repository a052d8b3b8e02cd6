import { describe, expect, it } from 'vitest';
import { buildDhcpMessage } from './build-message.ts';
import { parseDhcpMessage } from './message.ts';
import {
  formatMessageType,
  MESSAGE_TYPE,
  type MessageTypeName,
  messageTypeCode,
  messageTypeName,
  messageTypeOf,
  parseMessageType,
  serializeMessageType,
} from './opt-message-type.ts';

const NAMES = Object.entries(MESSAGE_TYPE) as [MessageTypeName, number][];

describe('parseMessageType', () => {
  it.each(NAMES)('reads and writes %s as %i', (name, code) => {
    expect(parseMessageType(Uint8Array.of(code))).toEqual({ ok: true, value: code });
    expect(serializeMessageType(name)).toEqual(Uint8Array.of(code));
    expect(messageTypeName(code)).toBe(name);
    expect(formatMessageType(code)).toBe(name.toUpperCase());
  });

  it('reports an empty option', () => {
    expect(parseMessageType(new Uint8Array(0))).toMatchObject({
      error: { code: 'WIRE_TRUNCATED', offset: 0, field: 'DHCP message type' },
    });
  });
});

describe('formatMessageType', () => {
  it.each([0, 9, 13, 255])('has no name for %i', (code) => {
    expect(messageTypeName(code)).toBeUndefined();
    expect(formatMessageType(code)).toBe(`type ${code}`);
  });
});

describe('messageTypeOf', () => {
  it.each([
    { name: 'option 53 of a known code', data: [5], type: 'ack', code: 5 },
    { name: 'option 53 of another code', data: [13], type: undefined, code: 13 },
    { name: 'an empty option 53', data: [], type: undefined, code: undefined },
    { name: 'no option 53', data: undefined, type: undefined, code: undefined },
  ])('is $type for $name', ({ data, type, code }) => {
    const options = data === undefined ? [] : [{ code: 53, data: Uint8Array.from(data) }];
    const message = parseDhcpMessage(buildDhcpMessage({ xid: 1, chaddr: new Uint8Array(6), options }));
    if (!message.ok) throw message.error;
    expect(messageTypeOf(message.value)).toBe(type);
    expect(messageTypeCode(message.value)).toBe(code);
  });
});
