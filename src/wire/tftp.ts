/**
 * TFTP: RFC 1350 §5 (packets), RFC 2347 "Packet Formats" (options, OACK); block number roll-over is in no RFC.
 *
 *   RRQ, WRQ | 00 01 or 00 02 | filename:asciiz | mode:asciiz | ( name:asciiz | value:asciiz )* |
 *   DATA     | 00 03 | block:u16 | data |
 *   ACK      | 00 04 | block:u16 |
 *   ERROR    | 00 05 | code:u16 | message:asciiz |
 *   OACK     | 00 06 | ( name:asciiz | value:asciiz )* |
 *
 * Parsing keeps what the peer sent (option order, duplicates, letter case, unknown codes, trailing octets) and never judges
 * it; src/checks/tftp/ judges. Text is one character an octet.
 */
import { ByteReader, ByteWriter, NO_BYTES, u16At } from './bytes.ts';
import { type ParseResult, parsing } from './wire-error.ts';

declare const brand: unique symbol;
export type BlockNumber = number & { readonly [brand]: 'BlockNumber' };
export type TftpOption = { readonly name: string; readonly value: string };

export type TftpRequest = {
  readonly kind: 'rrq' | 'wrq';
  /** The filename, as sent. */
  readonly file: string;
  readonly mode: string;
  readonly options: readonly TftpOption[];
};

export type Tftp =
  | TftpRequest
  /** Everything behind the block number is data: there is nothing trailing. */
  | { readonly kind: 'data'; readonly block: BlockNumber; readonly data: Uint8Array }
  | { readonly kind: 'ack'; readonly block: BlockNumber; readonly trailing: Uint8Array }
  | { readonly kind: 'error'; readonly code: number; readonly message: string; readonly trailing: Uint8Array }
  | { readonly kind: 'oack'; readonly options: readonly TftpOption[] }
  | { readonly kind: 'unknown'; readonly opcode: number; readonly trailing: Uint8Array };

export const TFTP_OPCODE = { rrq: 1, wrq: 2, data: 3, ack: 4, error: 5, oack: 6 } as const;

/** RFC 1350 "Error Codes"; 8 is RFC 2347's. */
export const TFTP_ERROR = {
  notDefined: 0,
  fileNotFound: 1,
  accessViolation: 2,
  diskFull: 3,
  illegalOperation: 4,
  unknownTransferId: 5,
  fileAlreadyExists: 6,
  noSuchUser: 7,
  optionNegotiation: 8,
} as const;

/** Block numbers are 16 bits: 65536 becomes 0, as clients and servers in the field do it. */
export function blockNumber(count: number): BlockNumber {
  return (count % 0x10000) as BlockNumber;
}

/** The value of the first option of that name, in any letter case (RFC 2347: names are case-insensitive). */
export function tftpOption(options: readonly TftpOption[], name: string): string | undefined {
  return options.find((option) => option.name.toLowerCase() === name)?.value;
}

/**
 * Never throws, whatever the bytes. DATA is a view. Errors: WIRE_TRUNCATED at the field that is cut, and at the text that
 * has no NUL (`filename`, `mode`, `option name`, `option value`, `message`).
 */
export function parseTftp(bytes: Uint8Array): ParseResult<Tftp> {
  // A transfer is DATA and ACK, thousands of them: these two are read without a cursor.
  if (bytes.length >= 4) {
    const opcode = u16At(bytes, 0);
    if (opcode === TFTP_OPCODE.data) {
      return {
        ok: true,
        value: { kind: 'data', block: u16At(bytes, 2) as BlockNumber, data: bytes.subarray(4) },
      };
    }
    if (opcode === TFTP_OPCODE.ack) {
      const trailing = bytes.length === 4 ? NO_BYTES : bytes.subarray(4);
      return { ok: true, value: { kind: 'ack', block: u16At(bytes, 2) as BlockNumber, trailing } };
    }
  }
  return parsing(() => read(new ByteReader(bytes)));
}

function read(r: ByteReader): Tftp {
  const opcode = r.u16('opcode');
  switch (opcode) {
    case TFTP_OPCODE.rrq:
    case TFTP_OPCODE.wrq:
      return {
        kind: opcode === TFTP_OPCODE.rrq ? 'rrq' : 'wrq',
        file: r.asciiz('filename'),
        mode: r.asciiz('mode'),
        options: readOptions(r),
      };
    case TFTP_OPCODE.data:
      return { kind: 'data', block: r.u16('block') as BlockNumber, data: r.rest() };
    case TFTP_OPCODE.ack:
      return { kind: 'ack', block: r.u16('block') as BlockNumber, trailing: r.rest() };
    case TFTP_OPCODE.error:
      return { kind: 'error', code: r.u16('code'), message: r.asciiz('message'), trailing: r.rest() };
    case TFTP_OPCODE.oack:
      return { kind: 'oack', options: readOptions(r) };
    default:
      return { kind: 'unknown', opcode, trailing: r.rest() };
  }
}

function readOptions(r: ByteReader): readonly TftpOption[] {
  const options: TftpOption[] = [];
  while (!r.done) options.push({ name: r.asciiz('option name'), value: r.asciiz('option value') });
  return options;
}

type Sendable<T> = T extends { readonly trailing: Uint8Array }
  ? Omit<T, 'trailing'> & { readonly trailing?: Uint8Array }
  : T;

/** What serializeTftp needs: any parsed packet is one. */
export type TftpFields = Sendable<Tftp>;

/** Byte-exact inverse: what parseTftp read from `b` serializes back to `b`. Throws WireError on NUL in text. */
export function serializeTftp(packet: TftpFields): Uint8Array {
  const w = new ByteWriter(packet.kind === 'data' ? 4 + packet.data.length : 64);
  w.u16('opcode', packet.kind === 'unknown' ? packet.opcode : TFTP_OPCODE[packet.kind]);
  switch (packet.kind) {
    case 'rrq':
    case 'wrq':
      w.asciiz('filename', packet.file).asciiz('mode', packet.mode);
      writeOptions(w, packet.options);
      break;
    case 'data':
      w.u16('block', packet.block).raw(packet.data);
      break;
    case 'ack':
      w.u16('block', packet.block).raw(packet.trailing ?? NO_BYTES);
      break;
    case 'error':
      w.u16('code', packet.code)
        .asciiz('message', packet.message)
        .raw(packet.trailing ?? NO_BYTES);
      break;
    case 'oack':
      writeOptions(w, packet.options);
      break;
    case 'unknown':
      w.raw(packet.trailing ?? NO_BYTES);
      break;
    default:
      packet satisfies never;
  }
  return w.bytes();
}

function writeOptions(w: ByteWriter, options: readonly TftpOption[]): void {
  for (const { name, value } of options) w.asciiz('option name', name).asciiz('option value', value);
}

/** `RRQ ipxe.efi octet tsize=0 blksize=1468`, `DATA 17, 1468 bytes`, `ERROR 1 "File not found"` */
export function formatTftp(packet: Tftp): string {
  switch (packet.kind) {
    case 'rrq':
    case 'wrq':
      return [
        packet.kind.toUpperCase(),
        shown(packet.file),
        shown(packet.mode),
        ...packet.options.map(formatOption),
      ].join(' ');
    case 'data':
      return `DATA ${packet.block}, ${packet.data.length} bytes`;
    case 'ack':
      return `ACK ${packet.block}`;
    case 'error':
      return `ERROR ${packet.code} ${JSON.stringify(packet.message)}`;
    case 'oack':
      return ['OACK', ...packet.options.map(formatOption)].join(' ');
    case 'unknown':
      return `TFTP opcode ${packet.opcode}, ${packet.trailing.length} bytes`;
  }
}

function formatOption({ name, value }: TftpOption): string {
  return `${shown(name)}=${shown(value)}`;
}

/** Bare where one can read it so, else quoted: a name may be empty or hold control characters. */
function shown(text: string): string {
  return /^[!-~]+$/.test(text) ? text : JSON.stringify(text);
}
