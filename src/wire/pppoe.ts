/**
 * PPPoE sessions: RFC 2516 §4 (frame), RFC 1661 §2 and §6.5 (protocol field, compressed to one octet), RFC 1332 and RFC 5072
 * (the protocols that are IP).
 *
 *   | version:4 type:4 | code:u8 | session id:u16 | length:u16 | PPP protocol:u8 or u16 | payload |
 *
 * Not handled: discovery (EtherType 0x8863), PPP's own control protocols: they stay payload.
 */
import { ByteReader, ByteWriter } from './bytes.ts';
import { type ParseResult, parsing, WireError } from './wire-error.ts';

export const PPP_PROTOCOL = { ipv4: 0x0021, ipv6: 0x0057 } as const;

export type PppoeSession = {
  /** Version and type: 0x11. */
  readonly versionAndType: number;
  /** 0 in a session. */
  readonly code: number;
  readonly sessionId: number;
  /** As on the wire: protocol and payload. */
  readonly length: number;
  /** Whether the protocol came in one octet. */
  readonly compressed: boolean;
  readonly protocol: number;
  /** Cut to length. */
  readonly payload: Uint8Array;
  /** Octets behind the length: padding. */
  readonly trailing: Uint8Array;
};

/** Never throws. Errors: WIRE_TRUNCATED at the field that is cut; WIRE_MALFORMED: `length` that has no room for a protocol. */
export function parsePppoeSession(bytes: Uint8Array): ParseResult<PppoeSession> {
  return parsing((): PppoeSession => {
    const r = new ByteReader(bytes);
    const versionAndType = r.u8('version');
    const code = r.u8('code');
    const sessionId = r.u16('session id');
    const length = r.u16('length');
    const high = r.u8('PPP protocol');
    // RFC 1661 §2: the least significant octet of a protocol is odd, the most significant one even.
    const compressed = (high & 1) === 1;
    const protocol = compressed ? high : high * 0x100 + r.u8('PPP protocol');
    const room = length - (compressed ? 1 : 2);
    if (room < 0) {
      const problem = `wanted room for the protocol, got ${length}`;
      throw new WireError('WIRE_MALFORMED', 4, 'length', problem);
    }
    const payload = r.bytes('payload', Math.min(room, r.remaining));
    return { versionAndType, code, sessionId, length, compressed, protocol, payload, trailing: r.rest() };
  });
}

/** Byte-exact inverse: the length is written as it is, which is the way to lie about it. */
export function serializePppoeSession(session: PppoeSession): Uint8Array {
  const w = new ByteWriter(8 + session.payload.length + session.trailing.length)
    .u8('version', session.versionAndType)
    .u8('code', session.code)
    .u16('session id', session.sessionId)
    .u16('length', session.length);
  if (session.compressed) w.u8('PPP protocol', session.protocol);
  else w.u16('PPP protocol', session.protocol);
  return w.raw(session.payload).raw(session.trailing).bytes();
}

/** `PPPoE session 7 protocol 0x0021, 46 bytes` */
export function formatPppoeSession(session: PppoeSession): string {
  const protocol = `0x${session.protocol.toString(16).padStart(4, '0')}`;
  return `PPPoE session ${session.sessionId} protocol ${protocol}, ${session.payload.length} bytes`;
}
