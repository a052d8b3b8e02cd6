import { u16At } from '../wire/bytes.ts';
import type { Stream } from './stream.ts';

const RECORD_HEAD = 5;

/**
 * One direction of a TLS connection: the record headers stay (RFC 8446 §5.1: type, version, length), what is in the records is
 * blanked. Names and certificates go in the clear in a handshake; encrypted records may be opened one day.
 */
export function scrubTls({ bytes }: Stream): Uint8Array {
  const made = new Uint8Array(bytes.length);
  for (let at = 0; at + RECORD_HEAD <= bytes.length; at += RECORD_HEAD + u16At(bytes, at + 3)) {
    const type = bytes[at] as number;
    if (type < 20 || type > 24 || bytes[at + 1] !== 3) break;
    made.set(bytes.subarray(at, at + RECORD_HEAD), at);
  }
  return made;
}
