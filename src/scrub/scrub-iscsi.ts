/**
 * One direction of an iSCSI connection (RFC 7143 §11): headers stay, texts of login and text requests are replaced value by value,
 * blocks of the disk are blanked, reasons of failed commands stay.
 *
 *   | opcode:u8 | flags:u8 | ...:2 | additional header length:u8 | data length:u24 | ... to 48 | additional headers | data, padded to 4 |
 *
 * A header digest stays, since its header does; a data digest is blanked with the data.
 */
import { latin1 } from '../wire/bytes.ts';
import { type IscsiDigests, iscsiLengths, NO_DIGESTS } from '../wire/iscsi/pdu.ts';
import type { Pseudonyms } from './pseudonyms.ts';
import { scrubText } from './scrub-text.ts';
import { hasGap, type Stream } from './stream.ts';

const HEADER = 48;
const IMMEDIATE = 0x40;
/** Initiator's and target's: NOP, command, task management, login, text, data, logout, R2T, asynchronous, reject. */
const OPCODES: ReadonlySet<number> = new Set([
  0, 1, 2, 3, 4, 5, 6, 0x10, 0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x31, 0x32, 0x3f,
]);
const SCSI_RESPONSE = 0x21;
/** Its length, and sense data of the fixed format (SPC-4 §4.5.3): why a command failed, of which no part is whose disk it is. */
const SENSE = 2 + 18;
const LOGIN_RESPONSE = 0x23;
const LOGINS: ReadonlySet<number> = new Set([3, LOGIN_RESPONSE]);
const TEXTS: ReadonlySet<number> = new Set([3, 4, 0x23, 0x24]);
const SECRET_KEYS = /^(CHAP_[NRCI]|SRP_.*|KRB_.*|SPKM.*)$/;

/** What a connection's login agreed on, from both directions of it: RFC 7143 §13.1. */
export function agreedDigests(streams: readonly Stream[]): IscsiDigests {
  const agreed = { header: false, data: false };
  for (const stream of streams) {
    for (const { opcode, data, length } of pdus(stream, NO_DIGESTS)) {
      // None has a digest before the login is over.
      if (!LOGINS.has(opcode)) break;
      if (opcode !== LOGIN_RESPONSE) continue;
      const pairs = latin1(stream.bytes.subarray(data, data + length)).split('\0');
      agreed.header ||= pairs.includes('HeaderDigest=CRC32C');
      agreed.data ||= pairs.includes('DataDigest=CRC32C');
    }
  }
  return agreed;
}

export function scrubIscsi(stream: Stream, to: Pseudonyms, digests: IscsiDigests): Uint8Array {
  const { bytes } = stream;
  const made = new Uint8Array(bytes.length);
  for (const { at, opcode, ahs, data, length } of pdus(stream, digests)) {
    made.set(bytes.subarray(at, at + HEADER), at);
    made.set(bytes.subarray(at + HEADER + ahs, data), at + HEADER + ahs);
    if (opcode === SCSI_RESPONSE) made.set(bytes.subarray(data, data + Math.min(length, SENSE)), data);
    if (TEXTS.has(opcode) && data + length <= bytes.length && !hasGap(stream, data, data + length)) {
      const text = latin1(bytes.subarray(data, data + length)).split('\0');
      made.set(Buffer.from(text.map((pair) => scrubPair(pair, to)).join('\0'), 'latin1'), data);
    }
  }
  return made;
}

/** Where each PDU is, up to the first place where none is to be found. */
function* pdus(stream: Stream, digests: IscsiDigests) {
  const { bytes } = stream;
  for (let at = 0; at + HEADER <= bytes.length; ) {
    const opcode = (bytes[at] as number) & ~IMMEDIATE & 0xff;
    if (!OPCODES.has(opcode) || hasGap(stream, at, at + HEADER)) return;
    const length =
      ((bytes[at + 5] as number) << 16) | ((bytes[at + 6] as number) << 8) | (bytes[at + 7] as number);
    const header = { totalAhsLength: bytes[at + 4] as number, dataSegmentLength: length };
    const { ahs, headerDigest, padding, dataDigest } = iscsiLengths(
      header,
      LOGINS.has(opcode) ? NO_DIGESTS : digests,
    );
    const data = at + HEADER + ahs + headerDigest;
    yield { at, opcode, ahs, data, length };
    at = data + length + padding + dataDigest;
  }
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
