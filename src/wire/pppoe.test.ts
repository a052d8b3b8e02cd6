import { describe, expect, it } from 'vitest';
import { fromHex } from './bytes.ts';
import { formatPppoeSession, parsePppoeSession, serializePppoeSession } from './pppoe.ts';
import { itIsACodec } from './testing/codec-laws.ts';

// After RFC 2516 appendix B's session packet, with IPv4 inside and two octets of padding behind.
const IP = fromHex('11', '00', '1234', '0004', '0021', '4500', 'ffff');
const COMPRESSED = fromHex('11', '00', '1234', '0003', '57', '6000');

describe('parsePppoeSession', () => {
  it('reads the session and the protocol, and cuts the payload to the length', () => {
    expect(parsePppoeSession(IP)).toMatchObject({
      value: { sessionId: 0x1234, protocol: 0x21, payload: fromHex('4500'), trailing: fromHex('ffff') },
    });
  });

  it('knows a protocol that was compressed to one octet (RFC 1661 §6.5)', () => {
    expect(parsePppoeSession(COMPRESSED)).toMatchObject({
      value: { compressed: true, protocol: 0x57, payload: fromHex('6000') },
    });
  });

  it('refuses a length without room for the protocol', () => {
    expect(parsePppoeSession(fromHex('11 00 1234 0001 0021 4500'))).toMatchObject({
      error: { code: 'WIRE_MALFORMED', field: 'length', offset: 4 },
    });
  });

  it.each([
    { length: 0, field: 'version', offset: 0 },
    { length: 3, field: 'session id', offset: 2 },
    { length: 5, field: 'length', offset: 4 },
    { length: 7, field: 'PPP protocol', offset: 7 },
  ])('reports $field for the first $length octets', ({ length, field, offset }) => {
    expect(parsePppoeSession(IP.subarray(0, length))).toMatchObject({
      error: { code: 'WIRE_TRUNCATED', field, offset },
    });
  });

  itIsACodec(
    { parse: parsePppoeSession, serialize: serializePppoeSession, format: formatPppoeSession },
    { IP, COMPRESSED },
  );
});
