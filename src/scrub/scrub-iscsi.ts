/**
 * One direction of an iSCSI connection (RFC 7143 §11): headers stay, texts of login and text requests are replaced value by value,
 * blocks of the disk are blanked.
 *
 *   | opcode:u8 | flags:u8 | ...:2 | additional header length:u8 | data length:u24 | ... to 48 | additional headers | data, padded to 4 |
 *
 * Digests are not reckoned with: behind one the headers are not found again, and the rest of the stream is blanked.
 */
import { latin1 } from '../wire/bytes.ts';
import type { Pseudonyms } from './pseudonyms.ts';
import { scrubText } from './scrub-text.ts';
import { hasGap, type Stream } from './stream.ts';

const HEADER = 48;
const IMMEDIATE = 0x40;
/** Initiator's and target's: NOP, command, task management, login, text, data, logout, R2T, asynchronous, reject. */
const OPCODES: ReadonlySet<number> = new Set([
  0, 1, 2, 3, 4, 5, 6, 0x10, 0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x31, 0x32, 0x3f,
]);
const TEXTS: ReadonlySet<number> = new Set([3, 4, 0x23, 0x24]);
const SECRET_KEYS = /^(CHAP_[NRCI]|SRP_.*|KRB_.*|SPKM.*)$/;

export function scrubIscsi(stream: Stream, to: Pseudonyms): Uint8Array {
  const { bytes } = stream;
  const made = new Uint8Array(bytes.length);
  for (let at = 0; at + HEADER <= bytes.length; ) {
    const opcode = (bytes[at] as number) & ~IMMEDIATE & 0xff;
    if (!OPCODES.has(opcode) || hasGap(stream, at, at + HEADER)) break;
    const data = at + HEADER + 4 * (bytes[at + 4] as number);
    const length =
      ((bytes[at + 5] as number) << 16) | ((bytes[at + 6] as number) << 8) | (bytes[at + 7] as number);
    made.set(bytes.subarray(at, at + HEADER), at);
    if (TEXTS.has(opcode) && data + length <= bytes.length && !hasGap(stream, data, data + length)) {
      const text = latin1(bytes.subarray(data, data + length)).split('\0');
      made.set(Buffer.from(text.map((pair) => scrubPair(pair, to)).join('\0'), 'latin1'), data);
    }
    at = data + Math.ceil(length / 4) * 4;
  }
  return made;
}

function scrubPair(pair: string, to: Pseudonyms): string {
  const [name = '', value = ''] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
  if (!SECRET_KEYS.test(name))
    return name === 'TargetAlias' || name === 'InitiatorAlias'
      ? `${name}=${to.serial(value)}`
      : scrubText(pair, to);
  to.secrets++;
  return `${name}=${'x'.repeat(value.length)}`;
}
