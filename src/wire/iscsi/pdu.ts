/**
 * iSCSI PDUs: RFC 7143 §11.2 (basic header segment, additional header segments, digests, data segment).
 *
 *    0 |X|I| opcode:6 | flags:u8 | opcode-specific:u16            |
 *    4 | TotalAHSLength:u8 (words) | DataSegmentLength:u24         |
 *    8 | LUN or opcode-specific: 8 octets                          |
 *   16 | Initiator Task Tag:u32                                    |
 *   20 | opcode-specific: 7 words                                  |
 *   48 | AHS ... | [header digest:u32] | data ... | padding to a word | [data digest:u32]
 *
 * A PDU is kept as it came, reserved bits and padding included; what its fields mean is message.ts's to say.
 * Not handled: what stands inside an AHS, RFC 3720's X bit for restarts, checking the digests' CRC32C.
 */
import { ByteReader, ByteWriter, NO_BYTES } from '../bytes.ts';
import { type ParseResult, parsing, WireError } from '../wire-error.ts';
import { iscsiOpcodeName } from './opcode.ts';

/** RFC 7143 §11.2.1. */
export const BASIC_HEADER_OCTETS = 48;
export const DIGEST_OCTETS = 4;
const SPECIFIC_WORDS = 7;
const WORD = 4;

/** Which digests the two have agreed on: none until the login is over (RFC 7143 §13.1). */
export type IscsiDigests = { readonly header: boolean; readonly data: boolean };
export const NO_DIGESTS: IscsiDigests = { header: false, data: false };

/** The first 48 octets. */
export type IscsiHeader = {
  /** Bit 0x80 of the first octet, reserved. */
  readonly reservedBit: boolean;
  readonly immediate: boolean;
  readonly opcode: number;
  /** The second octet; bit 0x80 is F or T. */
  readonly flags: number;
  /** Octets 2 and 3: versions, or response and status. */
  readonly specific: number;
  /** In words of four octets. */
  readonly totalAhsLength: number;
  readonly dataSegmentLength: number;
  /** Octets 8 to 15: the LUN; ISID and TSIH of a login. */
  readonly lun: Uint8Array;
  readonly initiatorTaskTag: number;
  /** Octets 20 to 47. */
  readonly words: readonly number[];
};

export type IscsiPdu = IscsiHeader & {
  readonly ahs: Uint8Array;
  readonly headerDigest: number | undefined;
  /** DataSegmentLength octets; fewer where a stream did not keep them (IscsiItem). */
  readonly data: Uint8Array;
  /** Up to the next word. */
  readonly padding: Uint8Array;
  readonly dataDigest: number | undefined;
};

/** How many octets stand behind the header, by its own lengths. */
export function iscsiLengths(
  header: Pick<IscsiHeader, 'totalAhsLength' | 'dataSegmentLength'>,
  digests: IscsiDigests,
): {
  readonly ahs: number;
  readonly headerDigest: number;
  readonly padding: number;
  readonly dataDigest: number;
} {
  const { totalAhsLength, dataSegmentLength } = header;
  return {
    ahs: totalAhsLength * WORD,
    headerDigest: digests.header ? DIGEST_OCTETS : 0,
    padding: (WORD - (dataSegmentLength % WORD)) % WORD,
    // RFC 7143 §11.2.4: a PDU without data has no data digest.
    dataDigest: digests.data && dataSegmentLength > 0 ? DIGEST_OCTETS : 0,
  };
}

/** One PDU and what stands behind it. Never throws, whatever the octets. */
export function parseIscsiPdu(
  bytes: Uint8Array,
  digests: IscsiDigests = NO_DIGESTS,
): ParseResult<{ readonly pdu: IscsiPdu; readonly trailing: Uint8Array }> {
  return parsing(() => {
    const r = new ByteReader(bytes);
    const header = readIscsiHeader(r);
    const lengths = iscsiLengths(header, digests);
    const pdu: IscsiPdu = {
      ...header,
      ahs: r.bytes('AHS', lengths.ahs),
      headerDigest: lengths.headerDigest > 0 ? r.u32('header digest') : undefined,
      data: r.bytes('data segment', header.dataSegmentLength),
      padding: r.bytes('padding', lengths.padding),
      dataDigest: lengths.dataDigest > 0 ? r.u32('data digest') : undefined,
    };
    return { pdu, trailing: r.rest() };
  });
}

/** Throws WireError where the reader's octets end. */
export function readIscsiHeader(r: ByteReader): IscsiHeader {
  const first = r.u8('opcode');
  return {
    reservedBit: (first & 0x80) !== 0,
    immediate: (first & 0x40) !== 0,
    opcode: first & 0x3f,
    flags: r.u8('flags'),
    specific: r.u16('opcode-specific fields'),
    totalAhsLength: r.u8('TotalAHSLength'),
    dataSegmentLength: r.u8('DataSegmentLength') * 0x10000 + r.u16('DataSegmentLength'),
    lun: r.bytes('LUN', 8),
    initiatorTaskTag: r.u32('Initiator Task Tag'),
    words: Array.from({ length: SPECIFIC_WORDS }, () => r.u32('opcode-specific fields')),
  };
}

/** What parseIscsiPdu read is written back octet by octet. Throws WireError for lengths that its parts do not have. */
export function serializeIscsiPdu(pdu: IscsiPdu): Uint8Array {
  mustHave('AHS', pdu.totalAhsLength * WORD, pdu.ahs.length);
  mustHave('data segment', pdu.dataSegmentLength, pdu.data.length);
  mustHave('LUN', 8, pdu.lun.length);
  mustHave('opcode-specific words', SPECIFIC_WORDS, pdu.words.length);
  const w = new ByteWriter(BASIC_HEADER_OCTETS + pdu.ahs.length + pdu.data.length + 2 * DIGEST_OCTETS)
    .u8('opcode', (pdu.reservedBit ? 0x80 : 0) | (pdu.immediate ? 0x40 : 0) | pdu.opcode)
    .u8('flags', pdu.flags)
    .u16('opcode-specific fields', pdu.specific)
    .u8('TotalAHSLength', pdu.totalAhsLength)
    .u8('DataSegmentLength', pdu.dataSegmentLength >> 16)
    .u16('DataSegmentLength', pdu.dataSegmentLength & 0xffff)
    .raw(pdu.lun)
    .u32('Initiator Task Tag', pdu.initiatorTaskTag);
  for (const word of pdu.words) w.u32('opcode-specific fields', word);
  w.raw(pdu.ahs);
  if (pdu.headerDigest !== undefined) w.u32('header digest', pdu.headerDigest);
  w.raw(pdu.data).raw(pdu.padding);
  if (pdu.dataDigest !== undefined) w.u32('data digest', pdu.dataDigest);
  return w.bytes();
}

function mustHave(field: string, wanted: number, got: number): void {
  if (wanted !== got) {
    throw new WireError('WIRE_UNENCODABLE', 0, field, `wanted ${wanted} as the header says, got ${got}`);
  }
}

/** Fields that are not given are zero; lengths and padding follow from the data. */
export function iscsiPdu(
  fields: Partial<IscsiHeader> & Pick<IscsiHeader, 'opcode'> & { readonly data?: Uint8Array },
): IscsiPdu {
  const data = fields.data ?? NO_BYTES;
  const dataSegmentLength = data.length;
  const words = fields.words ?? [];
  return {
    reservedBit: false,
    immediate: false,
    flags: 0,
    specific: 0,
    lun: new Uint8Array(8),
    initiatorTaskTag: 0,
    ...fields,
    words: Array.from({ length: SPECIFIC_WORDS }, (_, i) => words[i] ?? 0),
    totalAhsLength: 0,
    dataSegmentLength,
    ahs: NO_BYTES,
    headerDigest: undefined,
    data,
    padding: new Uint8Array(iscsiLengths({ totalAhsLength: 0, dataSegmentLength }, NO_DIGESTS).padding),
    dataDigest: undefined,
  };
}

/** One line, without what the fields mean: formatIscsi (message.ts) says that. */
export function formatIscsiPdu(pdu: IscsiPdu): string {
  const name = iscsiOpcodeName(pdu.opcode) ?? `opcode 0x${pdu.opcode.toString(16).padStart(2, '0')}`;
  return `${name}, ${pdu.dataSegmentLength} bytes of data`;
}
